"""Snapshots, isolation and patching work on the embedded account with the rights they declare."""

import json

import pytest
from batches import failed, operation, planned
from fleets import AMI
from services import healths, make_target_group, register

from tasks.fleets import fleet

ROLE = "feedback-dev-application"
MOST = {"most_rounds": 9}


@pytest.fixture(scope="module")
def ec2(house):
    return house.client("ec2")


@pytest.fixture(scope="module")
def profile(house):
    """An instance profile with a role of the system that is operated."""
    iam = house.client("iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = {"Version": "2012-10-17", "Statement": [trust]}
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(document))
    iam.create_instance_profile(InstanceProfileName=ROLE)
    iam.add_role_to_instance_profile(InstanceProfileName=ROLE, RoleName=ROLE)
    return ROLE


@pytest.fixture(scope="module")
def quarantine(ec2):
    """The group that isolates, in the default VPC."""
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="quarantine", Description="q", VpcId=vpc)
    name = group["GroupId"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=name, IpPermissions=everything)
    ec2.create_tags(Resources=[name], Tags=[{"Key": "daytwo:quarantine", "Value": ""}])
    return name


@pytest.fixture
def batch(house, ec2, profile):
    """Two instances behind a load balancer, as their operation is planned."""
    image = AMI
    launched = ec2.run_instances(
        ImageId=image, MinCount=2, MaxCount=2, IamInstanceProfile={"Name": profile}
    )["Instances"]
    ids = [one["InstanceId"] for one in launched]
    elbv2 = house.client("elbv2")
    groups = elbv2.describe_target_groups()["TargetGroups"]
    arn = groups[0]["TargetGroupArn"] if groups else make_target_group(elbv2, ec2, delay=0)
    places = register(elbv2, arn, ids)
    return [planned(one, target_groups=places, root_volume=root(ec2, one)) for one in ids]


def root(ec2, instance_id):
    """Give an instance's root volume."""
    found = ec2.describe_instances(InstanceIds=[instance_id])
    (mapping,) = found["Reservations"][0]["Instances"][0]["BlockDeviceMappings"]
    return mapping["Ebs"]["VolumeId"]


def touched(ec2, instance_id):
    """Give what isolation may touch of an instance."""
    instance = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    groups = [group["GroupId"] for group in instance["NetworkInterfaces"][0]["Groups"]]
    acls = [acl["Entries"] for acl in ec2.describe_network_acls()["NetworkAcls"]]
    return groups, instance.get("IamInstanceProfile", {}).get("Arn"), acls


@pytest.fixture
def step(run, batch):
    """Run a task on the batch: step("ec2.isolate_instances", work, "isolate")."""

    def step(task, work, action, name="op-1", **others):
        document = {"instances": batch, "work": work, "operation": operation(action, name=name)}
        return run(task, {**document, **others})["work"]

    return step


def ids_of(batch):
    return [one["instance_id"] for one in batch]


def begun(batch):
    return fleet.begin(ids_of(batch))


def test_instances_are_isolated_and_released_as_they_were(house, ec2, quarantine, batch, step):
    ids, arn = ids_of(batch), batch[0]["target_groups"][0]["arn"]
    before = [touched(ec2, one) for one in ids]

    step("ec2.create_snapshots", begun(batch), "isolate", required=False)
    assert step("ec2.record_isolations", begun(batch), "isolate")["reached"] == ids
    step("ec2.take_out_of_service", begun(batch), "isolate", at_once=True)
    work = step("ec2.isolate_instances", begun(batch), "isolate")
    work = step("ec2.check_isolation", work, "isolate", goal="isolated", **MOST)
    assert work["reached"] == ids
    work = step("ec2.take_out_of_service", begun(batch), "isolate")
    assert step("ec2.check_out_of_service", work, "isolate", **MOST)["reached"] == ids
    work = step("ec2.create_snapshots", begun(batch), "isolate")
    assert step("ec2.check_snapshots", work, "isolate", **MOST)["reached"] == ids
    assert [touched(ec2, one)[:2] for one in ids] == [([quarantine], None)] * 2
    assert not set(ids) & set(healths(house.client("elbv2"), arn))

    work = step("ec2.release_isolation", begun(batch), "release_isolation")
    work = step("ec2.check_isolation", work, "release_isolation", goal="released", **MOST)
    assert work["reached"] == ids
    work = step("ec2.put_in_service", begun(batch), "release_isolation")
    assert step("ec2.check_in_service", work, "release_isolation", **MOST)["reached"] == ids
    step("ec2.forget_isolations", begun(batch), "release_isolation")
    assert [touched(ec2, one) for one in ids] == before
    assert set(ids) <= set(healths(house.client("elbv2"), arn))


def test_instances_are_patched_and_get_their_root_volumes_back(ec2, batch, step):
    ids = ids_of(batch)
    work = step("ec2.create_snapshots", begun(batch), "patch", name="op-2")
    assert step("ec2.check_snapshots", work, "patch", name="op-2", **MOST)["reached"] == ids

    work = step("ec2.send_patch_command", begun(batch), "patch", name="op-2")
    assert step("ec2.check_patch_command", work, "patch", name="op-2", **MOST)["reached"] == ids

    work = step("ec2.replace_root_volumes", failed(ids), "patch", name="op-2")
    work = step("ec2.check_root_volumes", work, "patch", name="op-2", **MOST)
    assert [one["changed"] for one in work["failed"]] == [False, False]
    assert [root(ec2, one["instance_id"]) != one["root_volume"] for one in batch] == [True, True]
