"""A day of a system on a schedule, on a whole embedded account with its clock at 60."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from fleets import AMI
from schedules import manifest

from infra.local import control
from tasks import store
from tasks.schedules.times import DAYS
from workflows import overrides, systems
from workflows.state import StateTable

CLOCK = 60
PATIENCE_SECONDS = 120
# A name that the account's configuration operates, so that daytwo's roles reach its groups.
SYSTEM = "feedback"
GROUP = "feedback-dev-web"
BUSINESS, OFF = {"min": 1, "desired": 1, "max": 2}, {"min": 0, "desired": 0, "max": 0}
ALWAYS = {"periods": [{"days": list(DAYS), "start": "00:00", "stop": "24:00"}]}


def rarely():
    """Describe a schedule with which nothing runs now, nor in a day of the account's clock."""
    far = DAYS[(datetime.now(UTC) + timedelta(days=4)).weekday()]
    return {"periods": [{"days": [far], "start": "00:00", "stop": "00:01"}]}


class Shop:
    """Two tiers and an Auto Scaling group of an environment on a schedule."""

    def __init__(self, account):
        clients = ("ec2", "dynamodb", "stepfunctions", "cloudformation", "autoscaling")
        self.ec2, dynamodb, self.stepfunctions, cloudformation, self.autoscaling = map(
            account.client, clients
        )
        (stack,) = cloudformation.describe_stacks(StackName="daytwo")["Stacks"]
        outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in stack["Outputs"]}
        self.table = StateTable(outputs["StateTableName"], dynamodb)
        self.trail = StateTable(outputs["AuditTableName"], dynamodb)
        self.image = AMI
        self.database, self.web = self.launch(Tier="database"), self.launch(Tier="web")
        self._group()

    def launch(self, **tags):
        named = {"System": SYSTEM, **tags}
        reply = self.ec2.run_instances(
            ImageId=self.image,
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[
                {
                    "ResourceType": "instance",
                    "Tags": [{"Key": key, "Value": named[key]} for key in named],
                }
            ],
        )
        return reply["Instances"][0]["InstanceId"]

    def _group(self):
        subnet = self.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        self.autoscaling.create_launch_configuration(
            LaunchConfigurationName="web", ImageId=self.image, InstanceType="t3.micro"
        )
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=GROUP,
            LaunchConfigurationName="web",
            MinSize=1,
            DesiredCapacity=1,
            MaxSize=2,
            VPCZoneIdentifier=subnet,
        )

    def follow(self, schedule):
        """Register the system with a schedule; the next tick looks."""
        instances = {
            "tags": {"System": [SYSTEM]},
            "schedule": "office",
            "tiers": [{"name": "database", "tags": {"Tier": ["database"]}}],
            "auto_scaling": [{"group": GROUP, "business": BUSINESS, "off": OFF}],
        }
        place = {"name": "dev", "stack": f"{SYSTEM}-dev", "instances": instances}
        described = manifest(name=SYSTEM, schedules={"office": schedule}, environments=[place])
        systems.put(described, "somebody", self.table)

    def state(self):
        reply = self.ec2.describe_instances(InstanceIds=[self.database, self.web])
        states = {
            entry["InstanceId"]: entry["State"]["Name"]
            for reservation in reply["Reservations"]
            for entry in reservation["Instances"]
        }
        groups = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])
        desired = groups["AutoScalingGroups"][0]["DesiredCapacity"]
        return states[self.database], states[self.web], desired

    def record(self):
        return self.table.get(store.schedule_state(f"{SYSTEM}/dev:{SYSTEM}/office"))

    def wait(self, until):
        """Wait until something is so, and say what was so instead."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not until():
            assert time.monotonic() < end, (self.state(), self.record())
            time.sleep(0.5)

    def brought_to(self, goal):
        record = self.record()
        return record and (record["goal"], record["outcome"]) == (goal, "followed")

    def audited(self, resource):
        return [(entry["what"], entry["who"], entry["outcome"]) for entry in self.entries(resource)]

    def entries(self, resource):
        reply = self.trail.dynamodb.query(
            TableName=self.trail.name,
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues=store.to_item({":id": resource}),
        )
        return [store.from_item(item) for item in reply["Items"]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with control.running(CLOCK, tmp_path_factory.mktemp("account"), systems=()) as account:
        yield Shop(account)


def test_a_day_on_a_schedule(shop):
    """It begins with the first change, stops web before its database, and starts it after."""
    who = f"schedule {SYSTEM}/office"
    shop.follow(ALWAYS)
    shop.wait(lambda: shop.brought_to("on"))
    assert shop.state() == ("running", "running", 1)

    shop.follow(rarely())
    shop.wait(lambda: shop.brought_to("off"))
    assert shop.state() == ("stopped", "stopped", 0)

    shop.follow(ALWAYS)
    shop.wait(lambda: shop.brought_to("on"))
    assert shop.state() == ("running", "running", 1)

    both = [("stop", who, "succeeded"), ("start", who, "succeeded")]
    assert shop.audited(shop.database) == shop.audited(shop.web) == both
    assert shop.audited(GROUP) == [("capacity", who, "succeeded")] * 2
    at = {
        (entry["what"], entry["id"]): entry["recorded_at"]
        for resource in (shop.database, shop.web)
        for entry in shop.entries(resource)
    }
    assert at["stop", shop.web] <= at["stop", shop.database]
    assert at["start", shop.database] <= at["start", shop.web]


def test_an_override_keeps_an_instance_stopped_until_it_is_removed(shop):
    names = {"table": shop.table.name, "audit_table": shop.trail.name}
    names["dynamodb"] = shop.table.dynamodb
    end = datetime.now(UTC) + timedelta(days=3)
    overrides.put(shop.web, "keep-stopped", end, by="alice", reason="frozen", **names)
    shop.wait(lambda: shop.state() == ("running", "stopped", 1) and shop.brought_to("on"))

    overrides.remove(shop.table.get(store.override(shop.web)), by="alice", **names)
    shop.wait(lambda: shop.state() == ("running", "running", 1) and shop.brought_to("on"))
    assert shop.table.get(store.override(shop.web)) is None
    written = [entry["what"] for entry in shop.entries(shop.web)]
    assert {"override", "override removed"} <= set(written)


def test_ticks_with_nothing_due_call_no_function(shop):
    machines = shop.stepfunctions.list_state_machines()["stateMachines"]
    (arn,) = [one["stateMachineArn"] for one in machines if one["name"] == "daytwo-ec2-schedule"]
    executions = shop.stepfunctions.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")
    ends = [
        shop.stepfunctions.get_execution_history(executionArn=one["executionArn"])["events"]
        for one in executions["executions"][:20]
    ]
    idle = [events for events in ends if "Nothing is due" in json.dumps(events, default=str)]
    assert idle
    for events in idle:
        assert not any("lambda" in json.dumps(event, default=str) for event in events)
