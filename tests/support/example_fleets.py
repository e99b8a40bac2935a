"""The example systems with instances on a whole embedded account, operated by their people."""

import copy
import json
from datetime import UTC, datetime, timedelta

from people import MACHINES, People, until

from infra.discovery import ROOT
from tasks import store

SYSTEMS = ("ec2-manager", "financial")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = {"periods": [{"days": list(DAYS), "start": "00:00", "stop": "24:00"}]}
MACHINE = "daytwo-ec2-operation"
ALICE = "arn:aws:iam::123456789012:user/alice"


class Fleets(People):
    """Both systems; no instance follows a schedule but where a test says so."""

    def __init__(self, account, folder):
        super().__init__(account, folder)
        self.manifests = {name: unscheduled(name) for name in SYSTEMS}
        for manifest in self.manifests.values():
            self.put(manifest)
        self._bring_to_the_beginning()

    def _bring_to_the_beginning(self):
        """Undo what a schedule did to them before it was taken away."""
        client = self.account.client("stepfunctions")
        machine = {"stateMachineArn": f"{MACHINES}{MACHINE}", "statusFilter": "RUNNING"}
        until(lambda: not client.list_executions(**machine)["executions"], "earlier operations")
        for system in SYSTEMS:
            self.operate("start", "--tag", f"System={system}", "--tag", "Tier=ledger,worker")
        scaling = self.account.client("autoscaling")
        for group in scaling.describe_auto_scaling_groups()["AutoScalingGroups"]:
            name = group["AutoScalingGroupName"]
            sizes = {"MinSize": 2, "MaxSize": 6, "DesiredCapacity": 3}
            scaling.update_auto_scaling_group(AutoScalingGroupName=name, **sizes)

    def operate(self, action, *arguments, who="alice", code=0):
        """Do an operation from the command line, see how it ends, and give what was said."""
        result = self.daytwo("ec2", action, *arguments, "--reason", "a test", "--wait", who=who)
        assert result.exit_code == code, result.output
        return result.output

    def ask(self, action, targets, **request):
        """Start an operation as from the console, and give its execution."""
        document = {"action": action, "targets": targets, "requested_by": ALICE, **request}
        return self.begin(MACHINE, document)

    def put_schedule(self, system, environment, schedule, **fields):
        """Let the instances of an environment follow a schedule."""
        manifest = copy.deepcopy(self.manifests[system])
        manifest["schedules"] = {"tested": schedule}
        (place,) = [one for one in manifest["environments"] if one["name"] == environment]
        place["instances"] |= {"schedule": "tested", **fields}
        self.put(manifest)

    # What can be seen.

    def on_schedule(self, system, environment, goal):
        """Tell whether an environment was brought to its schedule's goal."""
        record = self.session.state.get(
            store.schedule_state(f"{system}/{environment}:{system}/tested")
        )
        return record and (record["goal"], record["outcome"]) == (goal, "followed")

    def instances(self, system, environment, tier, state="running"):
        """Give the instances of a tier by name, those in a state."""
        wanted = {
            "tag:System": system,
            "tag:Environment": environment,
            "tag:Tier": tier,
            "instance-state-name": state,
        }
        filters = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
        pages = self.account.client("ec2").describe_instances(Filters=filters)
        found = [one for page in pages["Reservations"] for one in page["Instances"]]
        return sorted(found, key=lambda one: (name_of(one), one["InstanceId"]))

    def group(self, name):
        """Describe an Auto Scaling group."""
        client = self.account.client("autoscaling")
        reply = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return reply["AutoScalingGroups"][0]

    def healthy(self, group):
        """Give the ids of the healthy targets of a group's load balancer."""
        client = self.account.client("elbv2")
        (arn,) = self.group(group)["TargetGroupARNs"]
        told = client.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {one["Target"]["Id"] for one in told if one["TargetHealth"]["State"] == "healthy"}

    def trail(self, instance_id):
        """Give what was done to an instance and how it ended, the oldest first."""
        entries = self.said("audit", "--resource", instance_id)
        return [(one["what"], one["outcome"]) for one in reversed(entries)]


def unscheduled(system):
    """Read a system's manifest without its schedules."""
    manifest = json.loads((ROOT / "examples" / system / "system.json").read_text("utf-8"))
    manifest["schedules"] = {}
    # Backups and drills have accounts of their own.
    manifest.pop("recovery", None)
    for environment in manifest["environments"]:
        for name in ("schedule", "tiers", "auto_scaling"):
            environment["instances"].pop(name, None)
    return manifest


def far_day():
    """Name a day of the week that is far, on the account's quick clock as well."""
    return DAYS[(datetime.now(UTC) + timedelta(days=4)).weekday()]


def never():
    """Describe a schedule of which no period begins within days."""
    return {"periods": [{"days": [far_day()], "start": "00:00", "stop": "00:01"}]}


def ids(instances):
    """Give the ids of instances."""
    return [one["InstanceId"] for one in instances]


def name_of(instance):
    """Give the name that an instance is tagged with."""
    return next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name")
