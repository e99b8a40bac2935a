"""Simulations as tests write them: a plan, and the account around it."""

import datetime
import json

from drilled_systems import manifest

from schemas.validation import check
from tasks import store

ID = "quarterly-1"
ALICE = "arn:aws:iam::123456789012:user/alice"
BOB = "arn:aws:iam::123456789012:user/bob"
EXECUTION = {
    "id": f"arn:aws:states:us-east-1:123456789012:execution:daytwo-dr-simulation:{ID}",
    "name": ID,
    "started_at": "2026-11-02T03:00:00Z",
}
PLANNED_AT = "2026-11-02T03:00:01Z"
NOW = "2026-11-02T04:00:00Z"
TABLE = {"name": "items", "type": "dynamodb_table", "table": "shop-{environment}-items"}
TEAMS = [{"name": "platform", "role": "platform"}, {"name": "support", "role": "support"}]
SCENARIOS = {"data-corruption": {"options": {"corrupt_items": 0}}, "infrastructure-failure": {}}


def system(teams=TEAMS, scenarios=SCENARIOS, **simulation):
    """Describe a shop with two scenarios, in that order, and two teams that sign."""
    described = manifest([TABLE], scenarios)
    described["roles"] = {"platform": [BOB], "support": [BOB.replace("bob", "carol")]}
    described["recovery"]["simulation"] = {
        "teams": teams,
        "announce_seconds": 600,
        "sign_off_seconds": 3600,
        **simulation,
    }
    for environment in described["environments"]:
        environment["alarms"] = [{"name": "shop-{environment}-errors"}]
    return described


def register(table, dynamodb, described=None):
    whole = check(described or system(), "system")
    item = {**store.system(whole["name"]), "manifest": json.dumps(whole)}
    dynamodb.put_item(TableName=table, Item=store.to_item(item))


def request(**changes):
    asked = {"system": "shop", "requested_by": ALICE, **changes}
    return check(asked, "workflows/dr_simulation")


def arn(scenario, name=ID):
    """Give the execution of a scenario's drill."""
    return f"arn:aws:states:us-east-1:123456789012:execution:daytwo-restore-drill:{name}-{scenario}"


class Executions:
    """Step Functions with executions as a test says: ARN to status, error, cause."""

    class exceptions:
        class ExecutionDoesNotExist(Exception):
            pass

    def __init__(self):
        self.known = {}

    def end(self, execution, status="SUCCEEDED", error="", cause=""):
        begun = datetime.datetime(2026, 11, 2, 3, 10, tzinfo=datetime.UTC)
        self.known[execution] = {
            "status": status,
            "executionArn": execution,
            "startDate": begun,
            **({"stopDate": begun + datetime.timedelta(minutes=20)} if status != "RUNNING" else {}),
            **({"error": error, "cause": cause} if error else {}),
        }

    def describe_execution(self, executionArn):
        if executionArn not in self.known:
            raise self.exceptions.ExecutionDoesNotExist(executionArn)
        return self.known[executionArn]


def drill_record(scenario, verdict="PASS", name=ID, **changes):
    """Give the record of a drill that is over."""
    drill = f"{name}-{scenario}"
    return {
        **store.drill(drill),
        "status": "closed",
        "system": "shop",
        "scenario": scenario,
        "verdict": verdict,
        "rto_seconds": -1,
        "restore_seconds": 412,
        "rpo_seconds": 12,
        "report_key": f"drills/{drill}/report.html",
        "evidence_key": f"drills/{drill}/evidence.json",
        "evidence_digest": "ab" * 32,
        **changes,
    }
