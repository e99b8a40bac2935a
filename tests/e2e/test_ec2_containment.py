"""Whole operations that snapshot, patch, isolate and release, on an account with weather."""

import boto3
import pytest
from fleets import make_fleet
from house import house
from services import healths, make_group, make_target_group, members, register

from infra.local import network
from tasks import store
from tasks.fleets import isolations


@pytest.fixture
def here():
    with house(network) as here:
        yield here


@pytest.fixture
def quarantine(here):
    """The group that isolates, in the default VPC."""
    vpc = here.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = here.ec2.create_security_group(GroupName="quarantine", Description="q", VpcId=vpc)
    name = group["GroupId"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    here.ec2.revoke_security_group_egress(GroupId=name, IpPermissions=everything)
    here.ec2.create_tags(Resources=[name], Tags=[{"Key": "daytwo:quarantine", "Value": ""}])
    return name


def operate(here, action, ids, name=None, **request):
    targets = {"instance_ids": ids}
    return here.operate(action, targets, name=name or action, **request)


def groups(here, ids):
    found = here.ec2.describe_instances(InstanceIds=ids)["Reservations"]
    instances = [one for reservation in found for one in reservation["Instances"]]
    return {
        one["InstanceId"]: [group["GroupId"] for group in one["NetworkInterfaces"][0]["Groups"]]
        for one in instances
    }


def entries(here):
    acls = here.ec2.describe_network_acls()["NetworkAcls"]
    return {acl["NetworkAclId"]: acl["Entries"] for acl in acls}


def snapshots(here):
    ours = [{"Name": "tag-key", "Values": ["daytwo:operation"]}]
    return here.ec2.describe_snapshots(Filters=ours)["Snapshots"]


def root(here, instance_id):
    found = here.ec2.describe_instances(InstanceIds=[instance_id])
    (mapping,) = found["Reservations"][0]["Instances"][0]["BlockDeviceMappings"]
    return mapping["Ebs"]["VolumeId"]


def outcomes(here, ids):
    return {one: here.audit(one)[-1]["outcome"] for one in ids}


def claimed(here, name):
    key = store.to_item(store.instance_claim(name))
    return "Item" in here.dynamodb.get_item(TableName="daytwo-state", Key=key)


@pytest.mark.parametrize(
    "killed",
    [
        "",
        "create_snapshots",
        "record_isolations",
        "take_out_of_service",
        "isolate_instances",
        "check_isolation",
        "record_batch",
    ],
)
def test_instances_are_isolated_wherever_a_function_is_killed(here, quarantine, killed):
    ids = make_fleet(here.ec2, 3)

    result = operate(here, "isolate", ids, tasks=here.killed(killed) if killed else {})

    assert result.status == "SUCCEEDED"
    assert groups(here, ids) == {one: [quarantine] for one in ids}
    assert len(snapshots(here)) == len(ids)
    assert outcomes(here, ids) == dict.fromkeys(ids, "succeeded")
    assert [len(here.audit(one)) for one in ids] == [1, 1, 1]


@pytest.mark.parametrize(
    "killed",
    ["", "release_isolation", "check_isolation", "put_in_service", "forget_isolations"],
)
def test_a_release_gives_all_back_wherever_a_function_is_killed(here, quarantine, killed):
    elbv2, autoscaling = boto3.client("elbv2"), boto3.client("autoscaling")
    target_group = make_target_group(elbv2, here.ec2, delay=0)
    (member,) = make_group(autoscaling, here.ec2, 1)
    (served,) = make_fleet(here.ec2, 1)
    register(elbv2, target_group, [served])
    ids = [member, served]
    before = groups(here, ids), entries(here)

    assert operate(here, "isolate", ids).status == "SUCCEEDED"
    assert members(autoscaling)[member] == "Standby"
    assert healths(elbv2, target_group) == {}
    assert (groups(here, ids), entries(here)) != before
    result = operate(here, "release_isolation", ids, tasks=here.killed(killed) if killed else {})

    assert result.status == "SUCCEEDED"
    assert (groups(here, ids), entries(here)) == before
    assert members(autoscaling)[member] == "InService"
    assert list(healths(elbv2, target_group)) == [served]
    assert isolations.read(ids, "daytwo-state", here.dynamodb) == {}


def test_a_snapshot_that_fails_keeps_nobody_from_being_isolated(here, quarantine):
    ids = make_fleet(here.ec2, 2)
    here.weather.add("snapshot_fails", ids=ids[0])

    result = operate(here, "isolate", ids)

    assert result.error == "FailedDirty"
    assert groups(here, ids) == {one: [quarantine] for one in ids}
    assert outcomes(here, ids) == {ids[0]: "failed", ids[1]: "succeeded"}


def test_an_isolated_instance_is_not_isolated_for_anything_else_until_its_release(here, quarantine):
    ids = make_fleet(here.ec2, 1)
    operate(here, "isolate", ids)

    refused = operate(here, "stop", ids, name="stop-1")
    operate(here, "release_isolation", ids)
    stopped = operate(here, "stop", ids, name="stop-2")

    assert (refused.error, stopped.status) == ("FailedClean", "SUCCEEDED")


@pytest.mark.parametrize(
    "killed", ["", "create_snapshots", "send_patch_command", "check_patch_command"]
)
def test_instances_are_patched_once_wherever_a_function_is_killed(here, killed):
    ids = make_fleet(here.ec2, 2)

    result = operate(here, "patch", ids, tasks=here.killed(killed) if killed else {})

    commands = boto3.client("ssm").list_commands()["Commands"]
    assert result.status == "SUCCEEDED"
    assert sorted(one for command in commands for one in command["InstanceIds"]) == sorted(ids)
    assert len(snapshots(here)) == len(ids)


@pytest.mark.parametrize(
    ("kind", "killed"),
    [
        ("command_fails", "replace_root_volumes"),
        ("patches_fail", "check_root_volumes"),
        ("command_hangs", ""),
    ],
)
def test_whose_patching_fails_gets_the_root_volume_back(here, kind, killed):
    ids = make_fleet(here.ec2, 2)
    before = {one: root(here, one) for one in ids}
    here.account.weather["ssm"].add(kind, ids=ids[0])
    here.weather.set(root_volume=120)

    result = operate(
        here,
        "patch",
        ids,
        limits={"max_errors": 1, "max_unavailable": 2},
        options={"patch_seconds": 60},
        tasks=here.killed(killed) if killed else {},
    )

    assert result.error == "Incomplete"
    assert [root(here, one) != before[one] for one in ids] == [True, False]
    assert len(here.ec2.describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"]) == 1
    assert outcomes(here, ids) == {ids[0]: "failed", ids[1]: "succeeded"}
    assert claimed(here, "patch") is False


def test_whose_root_volume_does_not_come_back_is_a_persons_matter(here):
    ids = make_fleet(here.ec2, 2)
    here.account.weather["ssm"].add("command_fails", ids=ids[0])
    here.weather.add("root_volume_fails", ids=ids[0])

    result = operate(here, "patch", ids, limits={"max_errors": 1, "max_unavailable": 2})

    assert result.error == "FailedDirty"
    assert here.report("patch")["batches"][0]["changed_ids"] == [ids[0]]
    assert claimed(here, "patch") is True


def test_whom_systems_manager_does_not_know_is_left_as_it_is(here):
    ids = make_fleet(here.ec2, 2)
    here.account.weather["ssm"].add("unmanaged", ids=ids[0])

    result = operate(here, "patch", ids, limits={"max_errors": 1, "max_unavailable": 2})

    assert result.error == "Incomplete"
    assert outcomes(here, ids) == {ids[0]: "failed", ids[1]: "succeeded"}
    assert here.ec2.describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"] == []


def test_snapshots_are_seen_to_their_end(here):
    ids = make_fleet(here.ec2, 3)
    here.weather.set(snapshot=300)
    here.weather.add("snapshot_fails", ids=ids[0])

    result = operate(here, "snapshot", ids, limits={"max_errors": 1})

    assert result.error == "Incomplete"
    assert outcomes(here, ids) == {ids[0]: "failed", ids[1]: "succeeded", ids[2]: "succeeded"}
