"""Drills as they stand in the state table and in the evidence bucket, for the command line."""

import json

import pytest
from drill_documents import (
    EXECUTION,
    ID,
    NOW,
    OBJECTIVES,
    OWN,
    PLANNED_AT,
    TIMES,
    drill,
    good,
    planned,
)
from drill_systems import system

from tasks import store
from tasks.drills import dossiers, judgements, outcomes, papers, sheets

STORAGE = {"bucket": "daytwo-evidence", "key": "k", "supersedes": "", "mode": "NONE", "days": 0}
DIFFERENCES = [
    {"setting": "time to live", "expected": "on", "observed": "off", "outcome": "reapplied"},
    {
        "setting": "deletion protection",
        "expected": "on",
        "observed": "off",
        "outcome": "left",
        "reason": "A copy is to be removed",
    },
]
WAITING = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}


def whole():
    """Give a plan as it lies in the evidence bucket."""
    one = planned(skipped={"sample reads": "too big"})
    return {
        "version": 1,
        "planned_at": PLANNED_AT,
        "drill": drill(),
        "request": {"reason": "Before the audit", "simulation": ""},
        "objectives": OBJECTIVES,
        "measure": "restore_time",
        "success_criteria": sheets.criteria(OBJECTIVES, ["restore_time"]),
        "components": [one],
        "left_out": ["orders"],
        "approval": {"required": False, "roles": [], "expires_seconds": 60},
    }


def outcome(check, failure=None):
    """Judge the plan's component by a check."""
    seen = {
        "times": TIMES,
        "settings": {"differences": DIFFERENCES},
        "checked": {"table": {"checks": [check]}},
        "failure": failure or {},
        "now": NOW,
        "not_before": PLANNED_AT,
    }
    return outcomes.judged(whole()["components"][0], OBJECTIVES, seen)


def row(status="gone"):
    return {
        "kind": "table",
        "name": "drill-1f0c2a9b-items",
        "component": "items",
        "status": status,
        "planned_at": PLANNED_AT,
        "gone_at": "" if status == "planned" else NOW,
        "proof": "DescribeTable says that there is none" if status == "gone" else "",
        "target": OWN,
    }


class Drills:
    """Writes drills as daytwo-restore-drill leaves them."""

    def __init__(self, daytwo):
        self.daytwo = daytwo
        self.machine = daytwo.outputs["RestoreDrillStateMachineArn"]

    def plan(self):
        """Write the plan of the drill; gives its digest."""
        content = papers.canonical(whole())
        self.daytwo.evidence(papers.key(ID, "plan.json"), content.decode())
        return papers.sha256(content)

    def open(self, **changes):
        """Open the drill."""
        record = {
            **store.drill(ID),
            "status": "running",
            "system": "feedback",
            "scenario": "data-corruption",
            "environment": "dev",
            "source_environment": "prod",
            "execution": self.execution(ID),
            "opened_at": "2026-11-02T03:00:05Z",
            "components": 1,
            "plan_key": papers.key(ID, "plan.json"),
            "digest": self.plan(),
            "plan": "{}",
            **changes,
        }
        self.daytwo.write(record)
        return record

    def record(self, check=None, failure=None):
        """Record what became of the component."""
        found = outcome(check or good(), failure)
        self.daytwo.write(
            {
                **store.outcome(ID, "items"),
                "verdict": found["verdict"],
                "outcome": json.dumps(outcomes.summary(found)),
                "recorded_at": NOW,
            }
        )
        return found

    def close(self, check=None, ledger="gone", **changes):
        """Close the drill with its evidence, made by the tasks' own modules; gives that."""
        plan, found, rows = whole(), self.record(check), [row(ledger)]
        recorded = {"items": outcomes.summary(found)}
        judgement = judgements.judged(plan, recorded, rows, [], {}, NOW)
        evidence = dossiers.dossier(plan, self.plan(), judgement, [found], rows, {}, STORAGE, NOW)
        content = papers.canonical(evidence)
        self.daytwo.evidence(papers.key(ID, "evidence.json"), content.decode())
        self.daytwo.evidence(papers.key(ID, "report-2.html"), "<h1>The report</h1>")
        self.open(
            **{
                "status": "closed",
                "verdict": judgement["verdict"],
                "ended_at": NOW,
                "evidence_key": papers.key(ID, "evidence.json"),
                "evidence_digest": papers.sha256(content),
                "evidence_version": "v-1",
                "report_key": papers.key(ID, "report-2.html"),
                "rto_seconds": judgement["rto_seconds"],
                "restore_seconds": judgement["restore_seconds"],
                "rpo_seconds": judgement["rpo_seconds"],
                "kept_until": judgement["kept_until"],
                "left": judgement["left_count"],
                **changes,
            }
        )
        return evidence

    def start(self, definition, name=ID, workflow="RestoreDrill"):
        """Start an execution of a definition."""
        self.daytwo.define(definition, workflow)
        machine = self.daytwo.outputs[f"{workflow}StateMachineArn"]
        reply = self.daytwo.stepfunctions.start_execution(stateMachineArn=machine, name=name)
        return reply["executionArn"]

    def execution(self, name):
        return f"{self.machine.replace(':stateMachine:', ':execution:')}:{name}"

    def known(self):
        return self.daytwo.table.get(store.drill(ID))


@pytest.fixture
def feedback(daytwo):
    """daytwo with the system of the drills' tests."""
    daytwo.register(system())
    return daytwo


@pytest.fixture
def drills(feedback):
    assert EXECUTION["name"] == ID
    return Drills(feedback)
