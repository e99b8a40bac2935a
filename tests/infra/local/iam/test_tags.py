"""Conditions about the tags of what a request names."""

import json

import boto3
import pytest
from moto import mock_aws

from infra.local.iam.arns import Place
from infra.local.iam.checks import checks
from infra.local.iam.operations import identify
from infra.local.iam.policy import Decision, decide, parse
from infra.local.iam.signature import read

PLACE = Place("us-east-1", "123456789012")
TAGS = [{"Key": "daytwo:drill", "Value": "d-1"}]
BORNE = {"Null": {"aws:ResourceTag/daytwo:drill": "false"}}
OF_D_1 = {"StringEquals": {"aws:ResourceTag/Daytwo:Drill": "d-1"}}
OF_D_2 = {"StringEquals": {"aws:ResourceTag/daytwo:drill": "d-2"}}


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def instance(tags):
    specified = [{"ResourceType": "instance", "Tags": tags}] if tags else []
    reply = boto3.client("ec2").run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, TagSpecifications=specified
    )
    return {"InstanceIds": [reply["Instances"][0]["InstanceId"]]}


def volume(tags):
    specified = [{"ResourceType": "volume", "Tags": tags}] if tags else []
    made = boto3.client("ec2").create_volume(
        AvailabilityZone="us-east-1a", Size=1, TagSpecifications=specified
    )
    return {"VolumeId": made["VolumeId"]}


def snapshot(tags):
    made = boto3.client("ec2").create_snapshot(**volume([]))["SnapshotId"]
    tagged(made, tags)
    return {"SnapshotId": made}


def image(tags):
    (source,) = instance([])["InstanceIds"]
    made = boto3.client("ec2").create_image(InstanceId=source, Name="an image")["ImageId"]
    tagged(made, tags)
    return {"ImageId": made}


def tagged(resource, tags):
    if tags:
        boto3.client("ec2").create_tags(Resources=[resource], Tags=tags)


def database(tags):
    boto3.client("rds").create_db_instance(
        DBInstanceIdentifier="it",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="it",
        MasterUserPassword="it-is-secret",
        AllocatedStorage=20,
        Tags=tags,
    )
    return {"DBInstanceIdentifier": "it", "SkipFinalSnapshot": True}


def database_snapshot(tags):
    database([])
    boto3.client("rds").create_db_snapshot(
        DBInstanceIdentifier="it", DBSnapshotIdentifier="saved", Tags=tags
    )
    return {"DBSnapshotIdentifier": "saved"}


REMOVALS = {
    "terminate_instances": ("ec2", instance),
    "delete_volume": ("ec2", volume),
    "delete_snapshot": ("ec2", snapshot),
    "deregister_image": ("ec2", image),
    "delete_db_instance": ("rds", database),
    "delete_db_snapshot": ("rds", database_snapshot),
}


def answers(environ, condition, effect="Allow", resource="*"):
    """Say what a policy of one statement answers to each permission that a call needs."""
    statement = {"Effect": effect, "Action": "*", "Resource": resource, "Condition": condition}
    policy = parse(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    operation = identify(read(environ).service, environ, environ["daytwo.body"])
    return {
        decide(policy, check.action, check.resource, check.context)
        for check in checks(operation, PLACE)
    }


@pytest.mark.parametrize("removal", REMOVALS)
def test_a_removal_is_judged_by_the_tags_of_what_is_removed(sent, removal):
    service, make = REMOVALS[removal]
    environ = sent(service, removal, **make(TAGS))
    assert answers(environ, BORNE) == {Decision.ALLOWED}
    assert answers(environ, OF_D_1) == {Decision.ALLOWED}
    assert answers(environ, OF_D_2) == {Decision.NOT_ALLOWED}


@pytest.mark.parametrize("removal", REMOVALS)
def test_what_bears_no_tag_is_not_allowed_by_one(sent, removal):
    service, make = REMOVALS[removal]
    environ = sent(service, removal, **make([]))
    assert answers(environ, BORNE) == {Decision.NOT_ALLOWED}
    assert answers(environ, OF_D_1) == {Decision.NOT_ALLOWED}
    assert answers(environ, {"Null": {"aws:ResourceTag/daytwo:drill": "true"}}) == {
        Decision.ALLOWED
    }


def test_each_of_several_instances_is_judged_by_its_own_tags(sent):
    both = instance(TAGS)["InstanceIds"] + instance([])["InstanceIds"]
    found = answers(sent("ec2", "terminate_instances", InstanceIds=both), BORNE)
    assert found == {Decision.ALLOWED, Decision.NOT_ALLOWED}


@pytest.mark.parametrize(
    ("service", "removal", "what"),
    [
        ("ec2", "delete_volume", {"VolumeId": "vol-0123456789abcdef0"}),
        ("rds", "delete_db_snapshot", {"DBSnapshotIdentifier": "lost"}),
    ],
)
def test_what_is_not_there_has_no_tags(sent, service, removal, what):
    environ = sent(service, removal, **what)
    assert answers(environ, BORNE) == {Decision.NOT_ALLOWED}
    assert answers(environ, {}) == {Decision.ALLOWED}


def test_where_tags_are_not_known_a_condition_on_them_counts_against_the_caller(sent):
    environ = sent("dynamodb", "delete_table", TableName="items")
    missing = {"Null": {"aws:ResourceTag/daytwo:drill": "true"}}
    assert answers(environ, missing) == {Decision.NOT_ALLOWED}
    assert answers(environ, missing, effect="Deny") == {Decision.DENIED}
