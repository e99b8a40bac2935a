"""Change sets: what they foresee, and which of them can be executed."""

import pytest
from botocore.exceptions import ClientError

TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "things",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    },
}


def queue(**properties):
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def foreseen(change_set):
    changes = [item["ResourceChange"] for item in change_set["Changes"]]
    return [
        (item["Action"], item["LogicalResourceId"], item["ResourceType"], item.get("Replacement"))
        for item in changes
    ]


def test_additions_changes_and_removals_are_foreseen(stacks):
    stacks.deploy({"A": queue(QueueName="a"), "B": queue(QueueName="b"), "C": queue(QueueName="c")})
    change_set = stacks.prepare(
        {"A": queue(QueueName="a", DelaySeconds=1), "B": queue(QueueName="b2"), "D": queue()}
    )
    assert foreseen(change_set) == [
        ("Modify", "A", "AWS::SQS::Queue", "False"),
        ("Modify", "B", "AWS::SQS::Queue", "True"),
        ("Add", "D", "AWS::SQS::Queue", None),
        ("Remove", "C", "AWS::SQS::Queue", None),
    ]


def test_what_names_a_replaced_resource_is_foreseen_to_change(stacks):
    policy = {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {"Queues": [{"Ref": "A"}], "PolicyDocument": {"Statement": []}},
    }
    stacks.deploy({"A": queue(QueueName="a"), "Policy": policy})
    change_set = stacks.prepare({"A": queue(QueueName="a2"), "Policy": policy})
    assert foreseen(change_set)[1] == ("Modify", "Policy", "AWS::SQS::QueuePolicy", "False")


def test_a_part_of_what_is_not_known_yet_can_be_selected(stacks):
    arn = {"Fn::Split": [":", {"Fn::GetAtt": ["A", "Arn"]}]}
    topic = {
        "Type": "AWS::SNS::Topic",
        "Properties": {"TopicName": {"Fn::Select": [5, arn]}},
    }
    stacks.deploy({"A": queue(QueueName="a"), "Topic": topic})
    assert stacks.physical_id("Topic").endswith(":a")


def test_a_parameter_alone_changes_the_resources_that_use_it(stacks):
    template = {"A": queue(QueueName="a", DelaySeconds={"Ref": "Delay"}), "B": queue()}
    slots = {"Delay": {"Type": "Number", "Default": 0}}
    stacks.deploy(template, Parameters=slots)
    change_set = stacks.prepare(template, Parameters=slots, parameters={"Delay": "5"})
    assert [(action, name) for action, name, *_ in foreseen(change_set)] == [("Modify", "A")]


def test_another_key_replaces_a_table(stacks):
    stacks.deploy({"Table": TABLE})
    properties = {
        **TABLE["Properties"],
        "AttributeDefinitions": [{"AttributeName": "name", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
    }
    change_set = stacks.prepare({"Table": {**TABLE, "Properties": properties}})
    assert foreseen(change_set) == [("Modify", "Table", "AWS::DynamoDB::Table", "True")]


def test_a_change_set_without_changes_fails_in_the_words_of_aws(stacks):
    stacks.deploy({"A": queue(QueueName="a")})
    change_set = stacks.prepare({"A": queue(QueueName="a")})
    assert change_set["Status"] == "FAILED"
    assert change_set["ExecutionStatus"] == "UNAVAILABLE"
    assert change_set["StatusReason"] == (
        "The submitted information didn't contain changes. "
        "Submit different information to create a change set."
    )
    with pytest.raises(ClientError, match="InvalidChangeSetStatus"):
        stacks.aws.execute_change_set(ChangeSetName=change_set["ChangeSetId"])


def test_a_new_output_is_a_change(stacks):
    stacks.deploy({"A": queue(QueueName="a")})
    change_set = stacks.prepare(
        {"A": queue(QueueName="a")}, Outputs={"Url": {"Value": {"Ref": "A"}}}
    )
    assert change_set["Status"] == "CREATE_COMPLETE"


def test_change_sets_of_one_name_belong_to_their_stacks(stacks):
    for name in ("one", "two"):
        stacks.number = 0
        stacks.prepare({"A": queue(QueueName=name)}, name=name)
    found = stacks.aws.describe_change_set(ChangeSetName="change-1", StackName="one")
    assert found["StackName"] == "one"
    stacks.aws.delete_change_set(ChangeSetName="change-1", StackName="one")
    with pytest.raises(ClientError, match="ChangeSetNotFound"):
        stacks.aws.describe_change_set(ChangeSetName="change-1", StackName="one")
    listed = stacks.aws.list_change_sets(StackName="two")["Summaries"]
    assert [item["ChangeSetName"] for item in listed] == ["change-1"]


def test_a_second_change_set_of_one_name_is_refused(stacks):
    stacks.prepare({"A": queue()})
    stacks.number = 0
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        stacks.prepare({"A": queue()}, kind="CREATE")


def test_executing_one_voids_the_others_of_its_stack_alone(stacks):
    stacks.deploy({"A": queue()})
    first = stacks.prepare({"A": queue(DelaySeconds=1)})
    second = stacks.prepare({"A": queue(DelaySeconds=2)})
    elsewhere = stacks.prepare({"A": queue()}, name="other")
    stacks.aws.execute_change_set(ChangeSetName=first["ChangeSetId"])
    with pytest.raises(ClientError, match="ChangeSetNotFound"):
        stacks.aws.describe_change_set(ChangeSetName=second["ChangeSetId"])
    for change_set, status in ((first, "EXECUTE_COMPLETE"), (elsewhere, "AVAILABLE")):
        found = stacks.aws.describe_change_set(ChangeSetName=change_set["ChangeSetId"])
        assert found["ExecutionStatus"] == status


def test_iam_resources_have_to_be_acknowledged(stacks):
    named = {**stacks.role, "Properties": {**stacks.role["Properties"], "RoleName": "it"}}
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_IAM\]"):
        stacks.prepare({"Role": stacks.role}, capabilities=[])
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]"):
        stacks.prepare({"Role": named}, capabilities=["CAPABILITY_IAM"])
    made = stacks.prepare({"Role": stacks.role}, capabilities=["CAPABILITY_IAM"])
    assert made["Status"] == "CREATE_COMPLETE"


def test_a_stack_is_changed_by_one_at_a_time(stacks):
    from moto.cloudformation.models import cloudformation_backends

    stacks.deploy({"A": queue()})
    change_set = stacks.prepare({"A": queue(DelaySeconds=1)})
    busy = cloudformation_backends["123456789012"]["us-east-1"].get_stack("it")
    busy.status = "UPDATE_IN_PROGRESS"
    with pytest.raises(ClientError, match="is in UPDATE_IN_PROGRESS state"):
        stacks.aws.execute_change_set(ChangeSetName=change_set["ChangeSetId"])


def test_a_stack_that_exists_cannot_be_created(stacks):
    stacks.deploy({"A": queue()})
    with pytest.raises(ClientError, match="already exists and cannot be created again"):
        stacks.prepare({"A": queue()}, kind="CREATE")


def test_a_stack_that_does_not_exist_cannot_be_updated(stacks):
    with pytest.raises(ClientError, match="does not exist"):
        stacks.prepare({"A": queue()}, kind="UPDATE")
