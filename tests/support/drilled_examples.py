"""An example system on a whole embedded account, drilled as its people drill it."""

import contextlib
import copy
import html
import json
import re
from datetime import datetime, timedelta

from people import MACHINES, People, until

from infra.discovery import ROOT
from tasks import store
from tasks.backups import sentinels

# Quick enough for waits of minutes, and slow enough for objectives of minutes: a function takes
# its own time on the account's clock, a second of it ten.
CLOCK = 10.0
DRILL = "daytwo-restore-drill"
COPY = re.compile("drill-[0-9a-f]{8}")


class DrilledExample(People):
    """A system of examples/; nothing of it runs by the clock but where a test says so."""

    def __init__(self, account, folder, system):
        super().__init__(account, folder)
        self.system = system
        self.manifest = unscheduled(system)
        self.put(self.manifest)
        # On AWS a table can be restored to about five minutes ago; here to half a minute ago.
        account.controls.set("dynamodb", latest_seconds=30)

    # What people and schedules do.

    def backed_up(self, environment, kind="backups"):
        """Back an environment up from the command line; gives the rows of all its backups."""
        done = self.daytwo("backup", self.system, environment, "--kind", kind, "--wait")
        assert done.exit_code == 0, done.output
        return [
            row
            for row in self.said("backups", "list", self.system)["backups"]
            if (row["environment"], row["kind"]) == (environment, kind)
        ]

    def drill(self, scenario, *options, code=0):
        """Drill from the command line and wait; gives the evidence."""
        with self.opening() as opened:
            done = self.daytwo("drill", self.system, scenario, *options, "--wait")
        (identifier,) = opened or {""}
        assert done.exit_code == code, f"{done.output}\n{self.story(identifier)}"
        return self.evidence(identifier)

    def scheduled(self, scenario, expression):
        """Let a scenario's schedule in the manifest start it once; gives the evidence."""
        changed = copy.deepcopy(self.manifest)
        changed["recovery"]["scenarios"][scenario]["schedule"] = expression
        self.put(changed)
        machine = f"{MACHINES}{DRILL}"
        client = self.account.client("stepfunctions")

        def started():
            listed = client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")
            return listed["executions"]

        (execution, *_) = until(started, f"the schedule of {scenario}")
        self.put(self.manifest)
        ended = self.end(execution["executionArn"])
        assert ended["status"] == "SUCCEEDED", ended
        return self.evidence(execution["name"])

    def beat(self, environment):
        """Write the sentinels as the heartbeat does, and tell the moment that stands in them."""
        asked = {"system": self.system, "environment": environment}
        ended = self.end(self.begin("daytwo-heartbeat", asked))
        assert ended["status"] == "SUCCEEDED", ended
        found = self._beating(environment)
        client, asked = self.account.client("dynamodb"), (found["table"], found["sentinel"])
        item = client.get_item(TableName=asked[0], Key=asked[1], ConsistentRead=True)["Item"]
        return item[sentinels.MARK]["S"]

    def _beating(self, environment):
        table = next(one for one in self.manifest["components"] if one.get("sentinel"))
        return {**table, "table": table["table"].replace("{environment}", environment)}

    def point(self, environment):
        """Let the heart beat, and give a moment just after it that the table can be restored to."""
        beaten = datetime.fromisoformat(self.beat(environment))
        wanted = beaten.replace(microsecond=0) + timedelta(seconds=1)
        client, name = self.account.client("dynamodb"), self._beating(environment)["table"]

        def reached():
            told = client.describe_continuous_backups(TableName=name)
            window = told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
            return window["LatestRestorableDateTime"] >= wanted

        until(reached, f"{wanted} to be restorable")
        return wanted.strftime("%Y-%m-%dT%H:%M:%SZ")

    # What can be seen.

    @contextlib.contextmanager
    def opening(self):
        """Give the ids of the drills that were opened while the block lasted."""
        known, opened = self._drills(), set()
        yield opened
        opened |= self._drills() - known

    def _drills(self):
        records = self.session.state.partition(store.drill("")["pk"])
        return {record["sk"] for record in records if record.get("system") == self.system}

    def running_instances(self, environment):
        """Give the ids of the instances of an environment that run."""
        wanted = {"tag:Environment": environment, "instance-state-name": "running"}
        filters = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
        pages = self.account.client("ec2").describe_instances(Filters=filters)
        return [one["InstanceId"] for page in pages["Reservations"] for one in page["Instances"]]

    def passed(self, evidence, **components):
        """See that a drill was green, wrote its report, and left nothing behind.

        `components` are those that took part, each with a check that it must have passed;
        what the plan said would be skipped may be.
        """
        results = evidence["results"]
        assert (evidence["verdict"], results["clean"]) == ("PASS", True), evidence["words"]
        assert 0 < results["actual_seconds"] <= results["target_seconds"]
        assert results["actual_rpo_seconds"] <= results["target_rpo_seconds"]
        found = {one["component"]: one for one in evidence["components"]}
        assert found.keys() == {name.replace("_", "-") for name in components}
        for name, check in components.items():
            made = {one["name"]: one["verdict"] for one in found[name.replace("_", "-")]["checks"]}
            assert set(made.values()) <= {"PASS", "SKIPPED"}
            assert made[check] == "PASS"
        # A replaced instance is there to stay; all else leaves rows that say how it went.
        assert evidence["cleanup"] or evidence["scenario"] == "instance-replacement"
        assert {row["status"] for row in evidence["cleanup"]} <= {"gone"}
        assert all(row["proof"] for row in evidence["cleanup"])
        assert self.made() == []
        assert evidence["words"] in self.report(evidence["drill"])

    def report(self, identifier):
        """Read the report of a drill, as the command line saves it."""
        path = self.folder / "report.html"
        saved = self.daytwo("drill", "show", identifier, "--report", str(path))
        assert saved.exit_code == 0, saved.output
        return html.unescape(path.read_text("utf-8"))

    def evidence(self, identifier):
        """Give the evidence of a drill, which the command line compares with its digest."""
        return self.said("drill", "show", identifier)

    def story(self, identifier):
        """Say what came of a drill, for whoever has to find out why it was not green."""
        if not identifier:
            return "no drill was opened"
        return self.daytwo("drill", "show", identifier).output

    def made(self):
        """Give the names of all that drills made and that is there still."""
        rds = self.account.client("rds")
        found = [
            *self.account.client("dynamodb").list_tables()["TableNames"],
            *(one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]),
            *(one["DBClusterIdentifier"] for one in rds.describe_db_clusters()["DBClusters"]),
            *(one["Name"] for one in self.account.client("s3").list_buckets()["Buckets"]),
            *(
                one["FunctionName"]
                for page in self.account.client("lambda").get_paginator("list_functions").paginate()
                for one in page["Functions"]
            ),
            *(
                one["StackName"]
                for one in self.account.client("cloudformation").describe_stacks()["Stacks"]
            ),
        ]
        return sorted(name for name in found if COPY.search(name))


def unscheduled(system):
    """Read a system's manifest, with nothing that happens by the clock."""
    manifest = json.loads((ROOT / "examples" / system / "system.json").read_text("utf-8"))
    recovery = manifest["recovery"]
    timed = [recovery.get(name, {}) for name in ("heartbeat", "simulation")]
    for place in (*timed, *recovery["scenarios"].values()):
        place.pop("schedule", None)
    for kind in ("exports", "backups"):
        recovery["backups"].pop(kind, None)
    for environment in manifest["environments"]:
        for name in ("schedule", "tiers", "auto_scaling"):
            environment.get("instances", {}).pop(name, None)
    manifest.pop("schedules", None)
    return manifest
