"""Instances to patch: EC2 and Systems Manager with weather, and the tasks on them."""

import contextlib

import boto3
from batches import acted, operation, planned
from botocore.config import Config
from fleets import make_fleet
from weather import weathered

from infra.local import ssm
from tasks.ec2 import (
    check_patch_command,
    check_root_volumes,
    create_snapshots,
    replace_root_volumes,
    send_patch_command,
)
from tasks.fleets import fleet


class Patients:
    """Three running instances, and the steps of patching them."""

    def __init__(self, account):
        self.account = account
        self.ec2_weather, self.weather = account.ec2_weather, account.weather["ssm"]
        once = Config(retries={"total_max_attempts": 1})
        self.ec2, self.ssm = (boto3.client(name, config=once) for name in ("ec2", "ssm"))
        self.ids = make_fleet(self.ec2, 3)
        started = account.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.operation = self.of_start(started)

    def of_start(self, started, **options):
        """Give the operation, of an execution that started then."""
        found = operation("patch", **options)
        return {**found, "execution": {**found["execution"], "started_at": started}}

    def send(self, ids=None, client=None):
        """Send the patch command."""
        work = fleet.begin(ids or self.ids)
        return send_patch_command.send(work, self.operation, client or self.ssm)

    def check(self, work=None, most_rounds=9):
        """Look how far patching is."""
        work = work or acted(self.ids)
        return check_patch_command.check(work, self.operation, most_rounds, self.ssm)

    def snapshot(self):
        """Take the snapshots of all."""
        create_snapshots.create(fleet.begin(self.ids), self.operation, True, self.ec2)

    def root(self, instance_id):
        """Give an instance's root volume."""
        found = self.ec2.describe_instances(InstanceIds=[instance_id])
        (mapping,) = found["Reservations"][0]["Instances"][0]["BlockDeviceMappings"]
        return mapping["Ebs"]["VolumeId"]

    def planned(self):
        """Give the instances as they were when the operation was planned."""
        return [planned(one, root_volume=self.root(one)) for one in self.ids]

    def put_back(self, work, instances, client=None):
        """Begin to put root volumes back."""
        name = self.operation["id"]
        return replace_root_volumes.put_back(instances, work, name, client or self.ec2)

    def look_back(self, work, most_rounds=9):
        """Look how far root volumes are put back."""
        return check_root_volumes.check(work, self.operation["id"], most_rounds, self.ec2)


@contextlib.contextmanager
def patients(monkeypatch):
    """Give instances to patch, in an account of their own."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with weathered(ssm) as account:
        yield Patients(account)
