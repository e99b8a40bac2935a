"""Tables of a stack with all their settings, replicas in another Region, and how they scale."""

import pytest
from botocore.exceptions import ClientError

from infra.local import cloudformation, dynamodb
from tests.infra.local.cloudformation.conftest import Stacks
from tests.infra.local.cloudformation.test_other_types import resource
from tests.support.embedded import reset_moto, running

POLICY = {"Version": "2012-10-17", "Statement": []}


@pytest.fixture
def stacks(tmp_path):
    with running(tmp_path, dynamodb, cloudformation) as account:
        reset_moto()
        yield Stacks(account)
        reset_moto()


def table(kind="Table", **properties):
    return resource(
        f"DynamoDB::{kind}",
        TableName="things",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        **properties,
    )


def settings(aws):
    told = aws.describe_table(TableName="things")["Table"]
    backups = aws.describe_continuous_backups(TableName="things")["ContinuousBackupsDescription"]
    tags = aws.list_tags_of_resource(ResourceArn=told["TableArn"])["Tags"]
    insights = aws.describe_contributor_insights(TableName="things")
    expiry = aws.describe_time_to_live(TableName="things")["TimeToLiveDescription"]
    return {
        "class": told["TableClassSummary"]["TableClass"],
        "protected": told["DeletionProtectionEnabled"],
        "expiry": expiry["TimeToLiveStatus"],
        "days": backups["PointInTimeRecoveryDescription"].get("RecoveryPeriodInDays"),
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
        "insights": insights["ContributorInsightsStatus"],
    }


def test_a_table_is_made_and_changed_with_every_setting(stacks):
    aws = stacks.client("dynamodb")
    stacks.deploy(
        {
            "Table": table(
                TableClass="STANDARD_INFREQUENT_ACCESS",
                DeletionProtectionEnabled="true",
                TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": "true"},
                PointInTimeRecoverySpecification={
                    "PointInTimeRecoveryEnabled": True,
                    "RecoveryPeriodInDays": "7",
                },
                Tags=[{"Key": "team", "Value": "one"}, {"Key": "old", "Value": "yes"}],
                ContributorInsightsSpecification={"Enabled": True},
                ResourcePolicy={"PolicyDocument": POLICY},
            )
        }
    )
    assert settings(aws) == {
        "class": "STANDARD_INFREQUENT_ACCESS",
        "protected": True,
        "expiry": "ENABLED",
        "days": 7,
        "tags": {"team": "one", "old": "yes"},
        "insights": "ENABLED",
    }
    arn = aws.describe_table(TableName="things")["Table"]["TableArn"]
    assert "Statement" in aws.get_resource_policy(ResourceArn=arn)["Policy"]
    stacks.deploy(
        {
            "Table": table(
                TableClass="STANDARD",
                DeletionProtectionEnabled=False,
                TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": False},
                Tags=[{"Key": "team", "Value": "two"}],
            )
        }
    )
    assert settings(aws) == {
        "class": "STANDARD",
        "protected": False,
        "expiry": "DISABLED",
        "days": None,
        "tags": {"team": "two"},
        "insights": "DISABLED",
    }
    with pytest.raises(ClientError, match="Resource-based policy not found"):
        aws.get_resource_policy(ResourceArn=arn)
    stacks.delete()
    assert aws.list_tables()["TableNames"] == []


def test_a_table_that_does_not_expire_is_made(stacks):
    off = {"AttributeName": "expires_at", "Enabled": False}
    stacks.deploy({"Table": table(TimeToLiveSpecification=off)})
    assert settings(stacks.client("dynamodb"))["expiry"] == "DISABLED"


def test_a_global_table_has_replicas_with_settings_of_their_own(stacks):
    east = stacks.client("dynamodb")
    west = stacks.account.client("dynamodb", "us-west-2")
    recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 3}

    def deploy(*replicas):
        made = table(
            "GlobalTable",
            StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES"},
            TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True},
            Replicas=list(replicas),
        )
        stacks.deploy({"Table": made})

    here = {"Region": "us-east-1", "Tags": [{"Key": "where", "Value": "east"}]}
    there = {"Region": "us-west-2", "PointInTimeRecoverySpecification": recovery}
    deploy(here, there)
    assert (settings(east)["days"], settings(east)["tags"]) == (None, {"where": "east"})
    assert (settings(west)["days"], settings(west)["tags"]) == (3, {})
    assert settings(west)["expiry"] == "ENABLED"
    east.put_item(TableName="things", Item={"id": {"S": "1"}})
    assert west.scan(TableName="things")["Count"] == 1
    deploy(here, {**there, "DeletionProtectionEnabled": True})
    assert (settings(west)["protected"], settings(east)["protected"]) == (True, False)
    deploy(here)
    assert west.list_tables()["TableNames"] == []
    deploy(here, there)
    stacks.delete()
    assert east.list_tables()["TableNames"] == west.list_tables()["TableNames"] == []


def test_a_table_scales_by_a_target_and_a_policy(stacks):
    aws = stacks.client("application-autoscaling")

    def deploy(most):
        target = resource(
            "ApplicationAutoScaling::ScalableTarget",
            ServiceNamespace="dynamodb",
            ResourceId={"Fn::Sub": "table/${Table}"},
            ScalableDimension="dynamodb:table:ReadCapacityUnits",
            MinCapacity="5",
            MaxCapacity=most,
            RoleARN="arn:aws:iam::123456789012:role/scaling",
        )
        policy = resource(
            "ApplicationAutoScaling::ScalingPolicy",
            PolicyName="reads",
            PolicyType="TargetTrackingScaling",
            ScalingTargetId={"Ref": "Target"},
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": 70,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "DynamoDBReadCapacityUtilization"
                },
            },
        )
        stacks.deploy({"Table": table(), "Target": target, "Policy": policy})

    deploy("50")
    deploy(80)
    (found,) = aws.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    assert (found["ResourceId"], found["MinCapacity"], found["MaxCapacity"]) == (
        "table/things",
        5,
        80,
    )
    (policy,) = aws.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    assert policy["PolicyName"] == "reads"
    stacks.delete()
    assert aws.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"] == []
