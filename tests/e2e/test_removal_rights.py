"""Tasks that remove may remove what bears their tag, and nothing else of the same type."""

import pytest
from botocore.exceptions import ClientError

from tasks.backup import prune_backups
from tasks.restore import remove_instance, remove_volume

DRILL = {"Key": "daytwo:drill", "Value": "d-1"}
BACKUP = {"Key": "daytwo:backup", "Value": "01"}


@pytest.fixture(scope="module")
def role(house):
    """Give a client of a role that has just what a task declares."""
    keys = {}

    def role(task, service):
        name = "daytwo-" + task.__name__.rpartition(".")[2]
        if name not in keys:
            keys[name] = house.role_keys(name, task.PERMISSIONS, task.CONDITIONS)
        return house.client(service, keys[name])

    return role


def volume(house, *tags):
    specified = [{"ResourceType": "volume", "Tags": tags}] if tags else []
    made = house.client("ec2").create_volume(
        AvailabilityZone="us-east-1a", Size=1, TagSpecifications=specified
    )
    return {"VolumeId": made["VolumeId"]}


def snapshot(house, *tags):
    specified = [{"ResourceType": "snapshot", "Tags": tags}] if tags else []
    made = house.client("ec2").create_snapshot(**volume(house), TagSpecifications=specified)
    return {"SnapshotId": made["SnapshotId"]}


def instance(house, *tags):
    specified = [{"ResourceType": "instance", "Tags": tags}] if tags else []
    ec2 = house.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=specified)
    return {"InstanceIds": [made["Instances"][0]["InstanceId"]]}


def refused(call, **what):
    with pytest.raises(ClientError) as caught:
        call(**what)
    return caught.value.response["Error"]["Code"] in ("UnauthorizedOperation", "AccessDenied")


@pytest.mark.parametrize("task", [remove_volume, remove_instance])
def test_a_drill_deletes_volumes_of_drills_alone(house, role, task):
    ec2 = role(task, "ec2")
    assert refused(ec2.delete_volume, **volume(house))
    assert refused(ec2.delete_volume, **volume(house, BACKUP))
    ec2.delete_volume(**volume(house, DRILL))


def test_a_drill_terminates_instances_of_drills_alone(house, role):
    ec2 = role(remove_instance, "ec2")
    assert refused(ec2.terminate_instances, **instance(house))
    ec2.terminate_instances(**instance(house, DRILL))


def test_pruning_deletes_marked_snapshots_of_volumes_alone(house, role):
    ec2 = role(prune_backups, "ec2")
    assert refused(ec2.delete_snapshot, **snapshot(house))
    ec2.delete_snapshot(**snapshot(house, BACKUP))


def test_pruning_deletes_marked_snapshots_of_databases_alone(house, role):
    rds = house.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="feedback-prod-db",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="it",
        MasterUserPassword="it-is-secret",
        AllocatedStorage=20,
    )
    rds.get_waiter("db_instance_available").wait(
        DBInstanceIdentifier="feedback-prod-db", WaiterConfig={"Delay": 1}
    )
    for name, tags in (("daytwo-marked", [BACKUP]), ("daytwo-bare", [])):
        rds.create_db_snapshot(
            DBInstanceIdentifier="feedback-prod-db", DBSnapshotIdentifier=name, Tags=tags
        )
        rds.get_waiter("db_snapshot_available").wait(
            DBSnapshotIdentifier=name, WaiterConfig={"Delay": 1}
        )
    pruning = role(prune_backups, "rds")
    assert refused(pruning.delete_db_snapshot, DBSnapshotIdentifier="daytwo-bare")
    pruning.delete_db_snapshot(DBSnapshotIdentifier="daytwo-marked")
