import boto3
import pytest
from fleets import make_fleet

from tasks.errors import GroupUnknown, Throttled
from tasks.fleets import selection

UNKNOWN = "i-0123456789abcdef0"


@pytest.fixture
def ec2(aws):
    return boto3.client("ec2")


def nobody(tags):
    return "", False


def ids(rows):
    return [row.instance_id for row in rows]


def test_a_row_has_what_guards_and_batches_ask_for(ec2):
    (one,) = make_fleet(ec2, 1, {"Name": "web-1", "Team": "a"}, type="t3.small")
    (row,) = selection.by_ids([one], lambda tags: (f"team/{tags['Team']}", True), ec2)
    assert (row.instance_id, row.name, row.type, row.zone) == (
        one,
        "web-1",
        "t3.small",
        "us-east-1a",
    )
    assert (row.state, row.owner, row.production) == ("running", "team/a", True)
    assert row.root_volume.startswith("vol-")
    assert (row.volumes, row.interfaces, row.addresses) == (1, 1, 1)
    assert (row.protected, row.spot, row.root_kind, row.tenancy) == (False, False, "ebs", "default")
    assert (row.tokens, row.hop_limit) == ("optional", 1)


@pytest.mark.parametrize(
    ("value", "protected"), [("", True), ("true", True), ("yes", True), ("False", False)]
)
def test_any_value_but_false_protects(value, protected):
    instance = {
        "InstanceId": UNKNOWN,
        "InstanceType": "t3.micro",
        "State": {"Name": "running"},
        "Tags": [{"Key": "daytwo:protected", "Value": value}],
    }
    assert selection.row(instance, nobody).protected is protected


def test_ids_that_nobody_has_are_rows_without_a_state(ec2):
    known = make_fleet(ec2, 2)
    rows = list(selection.by_ids([known[0], UNKNOWN, known[1]], nobody, ec2))
    assert sorted(ids(rows)) == sorted([*known, UNKNOWN])
    assert {row.instance_id: row.state for row in rows}[UNKNOWN] == ""


def test_many_ids_are_asked_for_two_hundred_at_a_time(ec2):
    known = make_fleet(ec2, 450)
    calls = []
    ec2.meta.events.register(
        "before-parameter-build.ec2.DescribeInstances", lambda params, **_: calls.append(params)
    )
    assert sorted(ids(selection.by_ids(known, nobody, ec2))) == sorted(known)
    assert [len(call["Filters"][0]["Values"]) for call in calls] == [200, 200, 50]


def test_pages_are_read_one_after_the_other(ec2):
    make_fleet(ec2, 1200, {"Environment": "dev"})
    calls = []
    ec2.meta.events.register(
        "before-parameter-build.ec2.DescribeInstances", lambda params, **_: calls.append(params)
    )
    rows = selection.by_tags({"Environment": ["dev"]}, nobody, ec2)
    next(rows)
    assert len(calls) == 1
    assert sum(1 for _ in rows) == 1199
    assert all(call["MaxResults"] == 500 for call in calls)


def test_an_instance_has_one_of_the_values_of_every_tag(ec2):
    both = make_fleet(ec2, 1, {"Environment": "dev", "Tier": "web"})
    make_fleet(ec2, 1, {"Environment": "dev", "Tier": "database"})
    make_fleet(ec2, 1, {"Environment": "test", "Tier": "web"})
    wanted = {"Environment": ["dev", "qa"], "Tier": ["web"]}
    assert ids(selection.by_tags(wanted, nobody, ec2)) == both


def test_a_value_with_a_wildcard_stands_for_itself(ec2):
    star = make_fleet(ec2, 1, {"Environment": "*"})
    make_fleet(ec2, 1, {"Environment": "dev"})
    assert ids(selection.by_tags({"Environment": ["*"]}, nobody, ec2)) == star


def test_an_unknown_auto_scaling_group_is_told(aws):
    ec2, autoscaling = boto3.client("ec2"), boto3.client("autoscaling")
    with pytest.raises(GroupUnknown, match="no Auto Scaling group web in us-east-1"):
        selection.by_group("web", nobody, ec2, autoscaling)


def test_the_members_of_an_auto_scaling_group_are_found(aws):
    ec2, autoscaling = boto3.client("ec2"), boto3.client("autoscaling")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="web", ImageId="ami-12c6146b", InstanceType="t3.micro"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="web",
        MinSize=2,
        MaxSize=2,
        AvailabilityZones=["us-east-1a"],
    )
    rows = list(selection.by_group("web", nobody, ec2, autoscaling))
    assert [row.group for row in rows] == ["web", "web"]


def test_throttling_may_be_retried(ec2, refusing):
    class Client:
        meta = ec2.meta

        def get_paginator(self, operation):
            class Pages:
                def paginate(self, **call):
                    refused = refusing(ec2, operation, "RequestLimitExceeded")
                    yield getattr(refused, operation)(**call)

            return Pages()

    with pytest.raises(Throttled):
        list(selection.by_ids([UNKNOWN], nobody, Client()))
