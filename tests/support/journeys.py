"""The feedback system on a whole embedded account, acted on as its people act on it."""

import contextlib
import copy
import itertools
import json
import shutil

from people import ACCOUNT, MACHINES, People, until

from infra.discovery import ROOT
from tasks import store

SYSTEM = "feedback"
SOURCE = ROOT / "examples" / SYSTEM
CLOCK = 60.0
# In the account's time: a step is watched for 30 s, which are half a second here.
QUICK = {"strategy": "canary", "steps": [10, 100], "interval_seconds": 30, "check_seconds": 15}
# A canary that lasts long enough for something to happen in it.
SLOW = {"strategy": "canary", "steps": [10, 100], "interval_seconds": 3600, "check_seconds": 30}
BY_BOB = {"roles": ["release-manager"], "expires_seconds": 3600}


class Feedback(People):
    """The system, its releases and its three environments, through the doors that users have."""

    def __init__(self, account, folder):
        super().__init__(account, folder)
        self.manifest = json.loads((SOURCE / "system.json").read_text("utf-8"))
        # Backups and drills have accounts of their own; here nothing happens by the clock.
        self.manifest.pop("recovery")
        for environment in self.manifest["environments"]:
            environment["traffic"] = QUICK
            environment["bake"] = {"seconds": 15, "check_seconds": 15}
            environment["promote_to"] = ""
        self.put(self.manifest)
        self._sources = folder / "source"
        shutil.copytree(SOURCE, self._sources)
        self._numbers = itertools.count(1)
        self.names = [
            entry["function"] for entry in self.manifest["components"] if entry["type"] == "lambda"
        ]

    # What people do.

    @contextlib.contextmanager
    def settings(self, environment, **fields):
        """Have other settings of an environment while the block lasts; `roles` is the system's."""
        changed = copy.deepcopy(self.manifest)
        changed["roles"] = fields.pop("roles", changed["roles"])
        entry = next(one for one in changed["environments"] if one["name"] == environment)
        entry.update(fields)
        self.put(changed)
        try:
            yield
        finally:
            self.put(self.manifest)

    def publish(self, base="1.1.0", evidence=None):
        """Publish a new release like `base`, some of its evidence other; give its version.

        `evidence` gives the content of each kind that is other; None for a kind without any.
        """
        version = f"{base}-{next(self._numbers)}"
        folder = self._sources / "releases" / version
        shutil.copytree(self._sources / "releases" / base, folder)
        path = folder / "release.json"
        described = json.loads(path.read_text("utf-8"))
        described["version"] = version
        for kind, content in (evidence or {}).items():
            (name,) = described["evidence"][kind]
            if content is None:
                described["evidence"][kind] = []
                (folder / name).unlink()
            else:
                (folder / name).write_text(content, "utf-8")
        if "release.txt" in (files := described["functions"]["health"]):
            own = folder / "own.txt"
            own.write_text(version, "utf-8")
            shared = (folder / files["release.txt"]).resolve()
            files["release.txt"] = "own.txt"
            if shared.is_relative_to(folder):
                shared.unlink()
        path.write_text(json.dumps(described), "utf-8")
        result = self.daytwo("releases", "publish", str(folder), who="admin")
        assert result.exit_code == 0, result.output
        return version

    def start(self, release, environment, who="alice"):
        """Start a promotion with `daytwo promote`, and give its execution."""
        command = ("promote", SYSTEM, release, "--to", environment, "--reason", "a test")
        return self.said(*command, who=who)["execution"]

    def ask(self, **fields):
        """Start a promotion as from the console, with these fields of the input other."""
        request = {
            "system": SYSTEM,
            "release": "1.0.0",
            "environment": "dev",
            "requested_by": "somebody at the console",
            **fields,
        }
        return self.begin("daytwo-promotion", request)

    def promote(self, release, environment):
        """Promote a release, and give how the execution ended."""
        return self.end(self.start(release, environment))

    # What can be seen.

    def cleaned(self, execution):
        """Wait for the janitor of an execution, and describe how it ended."""
        client = self.account.client("stepfunctions", "alice")

        def found():
            listed = client.list_executions(stateMachineArn=f"{MACHINES}daytwo-janitor")
            described = (self.described(one["executionArn"]) for one in listed["executions"])
            return next((one for one in described if execution in one["input"]), None)

        return self.end(until(found, f"the janitor of {execution}")["executionArn"])

    def canary(self, execution, environment):
        """Wait until an execution watches a step with part of the traffic."""
        client = self.account.client("stepfunctions", "alice")

        def watches():
            assert self.described(execution)["status"] == "RUNNING", execution
            pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
            return any(
                event.get("stateEnteredEventDetails", {}).get("name") == "Watch the step: wait"
                for page in pages
                for event in page["events"]
            )

        until(watches, f"a canary in {environment}")
        assert any(weights for _, weights in self.aliases(environment).values())

    def lock(self, environment):
        """Give an environment's lock, an empty one where it is free."""
        found = self.session.state.get(store.lock(SYSTEM, environment)) or {}
        return found if "owner" in found else {}

    def aliases(self, environment):
        """Give the version and the weights of each function's alias."""
        client = self.account.client("lambda", "admin")
        found = {}
        for name in self.names:
            function = name.replace("{environment}", environment)
            alias = client.get_alias(FunctionName=function, Name="live")
            weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
            found[function] = (alias["FunctionVersion"], weights)
        return found

    def page(self, environment):
        """Give the site's entry page."""
        bucket = f"{SYSTEM}-{environment}-site-{ACCOUNT}"
        reply = self.account.client("s3").get_object(Bucket=bucket, Key="index.html")
        return reply["Body"].read().decode()

    def stack(self, environment):
        """Give the parameters of an environment's stack."""
        client = self.account.client("cloudformation")
        (stack,) = client.describe_stacks(StackName=f"{SYSTEM}-{environment}")["Stacks"]
        return {entry["ParameterKey"]: entry["ParameterValue"] for entry in stack["Parameters"]}

    def seen(self, environment):
        """Give all that a rollback has to leave as it was."""
        (row,) = (
            row
            for row in self.said("status", SYSTEM)["environments"]
            if row["environment"] == environment
        )
        return {
            "aliases": self.aliases(environment),
            "page": self.page(environment),
            "stack": self.stack(environment),
            "live": row["live"],
            "verified": row["verified"],
            "lock": row["lock"],
        }

    def quarantined(self):
        """Give the releases that are quarantined."""
        return [entry["release"] for entry in self.said("status", SYSTEM)["quarantined"]]

    def audit(self, execution):
        """Give what the audit trail says of an execution, by what happened."""
        table = self.session.output("AuditTableName")
        reply = self.account.client("dynamodb").scan(TableName=table, ConsistentRead=True)
        entries = [store.from_item(item) for item in reply["Items"]]
        return {
            (entry["what"], entry["outcome"]): entry
            for entry in entries
            if entry["execution"] == execution
        }
