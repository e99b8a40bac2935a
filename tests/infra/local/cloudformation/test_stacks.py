"""Stacks: order, outputs, rollback and removal."""

import json

import pytest
from botocore.exceptions import ClientError

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "work"}}
# A name of two letters is too short.
REFUSED = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "no"}}


def test_outputs_are_there_after_a_create_change_set(stacks):
    stack = stacks.deploy(
        {"Queue": QUEUE}, Outputs={"Name": {"Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}}
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert [(item["OutputKey"], item["OutputValue"]) for item in stack["Outputs"]] == [
        ("Name", "work")
    ]


def test_a_resource_is_made_after_what_it_names_in_a_substitution(stacks):
    topic = {
        "Type": "AWS::SNS::Topic",
        "Properties": {"TopicName": {"Fn::Sub": "of-${Queue.QueueName}"}},
    }
    stacks.deploy({"Topic": topic, "Queue": QUEUE})
    assert stacks.physical_id("Topic").endswith(":of-work")


def test_a_failed_creation_removes_what_was_made_and_tells_the_reason(stacks):
    stack = stacks.attempt({"Queue": QUEUE, "Bucket": {**REFUSED, "DependsOn": "Queue"}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.client("sqs").list_queues().get("QueueUrls", []) == []
    failed = [event for event in stacks.events() if event[1] == "CREATE_FAILED"]
    assert failed[0][0] == "Bucket"
    assert "InvalidBucketName" in failed[0][2]
    assert (
        "it",
        "ROLLBACK_IN_PROGRESS",
        "The following resource(s) failed to create: [Bucket]. ",
    ) in (stacks.events())


def test_a_resource_that_failed_halfway_is_removed_as_well(stacks):
    grants = [{"PolicyName": "broken", "PolicyDocument": {"Version": "2012-10-17"}}]
    role = {**stacks.role, "Properties": {**stacks.role["Properties"], "Policies": grants}}
    assert stacks.attempt({"Role": role})["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.client("iam").list_roles()["Roles"] == []


def test_a_stack_whose_creation_failed_cannot_be_updated(stacks):
    stacks.attempt({"Bucket": REFUSED})
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        stacks.prepare({"Queue": QUEUE})


def test_a_failed_update_brings_back_settings_and_template(stacks):
    stacks.deploy({"Queue": QUEUE})
    slower = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "work", "DelaySeconds": 9}}
    added = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "added"}}
    stack = stacks.attempt(
        {"Queue": slower, "Topic": added, "Bucket": {**REFUSED, "DependsOn": ["Queue", "Topic"]}}
    )
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    url = stacks.physical_id("Queue")
    attributes = stacks.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert attributes["Attributes"]["DelaySeconds"] == "0"
    assert stacks.client("sns").list_topics()["Topics"] == []
    template = stacks.aws.get_template(StackName="it")["TemplateBody"]
    assert list(template["Resources"]) == ["Queue"]
    assert stacks.prepare({"Queue": slower})["Changes"]


def test_what_left_the_template_goes_last_and_what_is_retained_stays(stacks):
    kept = {**QUEUE, "DeletionPolicy": "Retain"}
    gone = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "gone"}}
    other = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "other"}}
    stacks.deploy({"Queue": kept, "Gone": gone})
    stacks.deploy({"Other": other})
    statuses = [(name, status) for name, status, _ in stacks.events()]
    assert statuses.index(("Other", "CREATE_COMPLETE")) < statuses.index(
        ("Gone", "DELETE_COMPLETE")
    )
    assert ("Queue", "DELETE_SKIPPED") in statuses
    assert len(stacks.client("sqs").list_queues()["QueueUrls"]) == 1


def test_a_stack_that_cannot_be_deleted_says_so_and_can_be_deleted_later(stacks):
    stacks.deploy({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}})
    stacks.client("s3").put_object(Bucket="full", Key="a", Body=b"a")
    stacks.aws.delete_stack(StackName="it")
    assert stacks.describe()["StackStatus"] == "DELETE_FAILED"
    assert any("BucketNotEmpty" in reason for _, _, reason in stacks.events())
    stacks.client("s3").delete_object(Bucket="full", Key="a")
    stacks.aws.delete_stack(StackName="it")
    with pytest.raises(ClientError, match="does not exist"):
        stacks.describe()


def test_each_resource_tells_its_type_and_its_own_status(stacks):
    stacks.deploy({"Queue": QUEUE, "Role": stacks.role})
    slower = {**QUEUE, "Properties": {**QUEUE["Properties"], "DelaySeconds": 9}}
    stacks.deploy({"Queue": slower, "Role": stacks.role})
    found = stacks.aws.describe_stack_resources(StackName="it")["StackResources"]
    assert {
        (item["LogicalResourceId"], item["ResourceType"], item["ResourceStatus"]) for item in found
    } == {
        ("Queue", "AWS::SQS::Queue", "UPDATE_COMPLETE"),
        ("Role", "AWS::IAM::Role", "CREATE_COMPLETE"),
    }


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        ({"X": {"Type": "AWS::No::Such"}}, r"Unrecognized resource types: \[AWS::No::Such\]"),
        (
            {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "No"}}}},
            r"Unresolved resource dependencies \[No\]",
        ),
        (
            {
                "A": {"Type": "AWS::SQS::Queue", "DependsOn": "B"},
                "B": {"Type": "AWS::SQS::Queue", "DependsOn": "A"},
            },
            r"Circular dependency between resources: \[A, B\]",
        ),
    ],
)
def test_a_template_that_cannot_be_deployed_is_refused_at_once(stacks, resources, reason):
    with pytest.raises(ClientError, match=reason):
        stacks.prepare(resources)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, r"Parameters: \[Name\] must have values"),
        ({"Name": "a", "Nmae": "b"}, r"Parameters: \[Nmae\] do not exist in the template"),
        ({"Name": "A"}, "must match pattern"),
        ({"Name": "a", "Size": "3"}, "must be one of AllowedValues"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(stacks, given, reason):
    slots = {
        "Name": {"Type": "String", "AllowedPattern": "[a-z]+"},
        "Size": {"Type": "Number", "Default": 1, "AllowedValues": [1, 2]},
    }
    with pytest.raises(ClientError, match=reason):
        stacks.prepare({"Queue": QUEUE}, Parameters=slots, parameters=given)


def test_a_stack_made_without_a_change_set_behaves_alike(stacks):
    template = json.dumps({"Resources": {"Queue": QUEUE}})
    stacks.aws.create_stack(StackName="it", TemplateBody=template)
    assert stacks.describe()["StackStatus"] == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match="No updates are to be performed"):
        stacks.aws.update_stack(StackName="it", TemplateBody=template)
    changed = template.replace('"work"', '"more"')
    stacks.aws.update_stack(StackName="it", TemplateBody=changed)
    assert stacks.describe()["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.physical_id("Queue").endswith("/more")
    with pytest.raises(ClientError, match="already exists"):
        stacks.aws.create_stack(StackName="it", TemplateBody=template)


def test_a_yaml_template_with_short_functions_is_read(stacks):
    template = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n"
    template += "      QueueName: !Sub '${AWS::StackName}-work'\n"
    stacks.aws.create_stack(StackName="it", TemplateBody=template)
    assert stacks.physical_id("Queue").endswith("/it-work")


def test_a_template_that_is_not_in_the_bucket_is_refused(stacks):
    stacks.client("s3").create_bucket(Bucket="templates")
    with pytest.raises(ClientError, match="S3 error"):
        stacks.aws.create_stack(
            StackName="it", TemplateURL="https://templates.s3.us-east-1.amazonaws.com/no.json"
        )
