"""`daytwo ec2 plan` and `show`: what an operation does to whom, instance by instance."""

import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import click

from workflows.cli.ec2.batches import Batches, Result
from workflows.cli.errors import FAILED, CommandError
from workflows.cli.history import words_of
from workflows.cli.output import note, print_json, say, table
from workflows.cli.session import Session, session_options
from workflows.cli.stories import asked_of
from workflows.cli.watch import RUNNING, find, pause_seconds

WILL = {"act": "acts", "already": "already there", "refused": "refused"}
MOST_ROWS, MOST_BATCHES = 500, 50


@dataclass(frozen=True)
class Plan:
    """The plan of an operation: a line for each matched instance, and the digest of all."""

    operation: str
    digest: str
    instances: list[dict[str, Any]]

    def count(self, verdict: str) -> int:
        """Tell of how many instances the plan says so."""
        return sum(line["verdict"] == verdict for line in self.instances)

    @property
    def batches(self) -> int:
        """In how many batches they are acted on."""
        return len({line["batch"] for line in self.instances if line["verdict"] == "act"})

    def as_json(self) -> dict[str, Any]:
        """Give the plan for other programs."""
        return {
            "operation": self.operation,
            "digest": self.digest,
            "matched": len(self.instances),
            "to_act": self.count("act"),
            "already": self.count("already"),
            "refused": self.count("refused"),
            "batches": self.batches,
            "instances": self.instances,
        }


@click.command()
@click.argument("operation")
@session_options
def show(operation: str, session: Session) -> None:
    """Show the plan of OPERATION instance by instance, and what became of each batch.

    The digest is worked out from the plan as it is stored: it is what is approved.
    """
    described = find(operation, session)
    plan, asked = read_plan(described["name"], session), asked_of(described)
    batches = Batches(described["name"], session)
    batches.poll()
    results = [batches.results[number] for number in sorted(batches.results)]
    if session.json:
        told = [result.__dict__ for result in results]
        print_json({**plan.as_json(), "request": asked, "results": told})
        return
    present(plan, asked)
    if results:
        render(results)


def render(results: list[Result]) -> None:
    """Print what became of batches; of many only those that did not go well."""
    shown = results
    if len(results) > MOST_BATCHES:
        shown = [result for result in results if result.counts["succeeded"] < result.size]
    table(
        f"Batches: {len(results):,} recorded",
        ("Batch", "Recorded", "Instances", "Outcome"),
        [
            (result.number, result.recorded_at, result.size, result.words())
            for result in shown[:MOST_BATCHES]
        ],
    )


def await_plan(execution: str, session: Session) -> None:
    """Wait until a dry run has ended, and show its plan; ends with 1 where it was refused."""
    described = ended(execution, session)
    if described["status"] != "SUCCEEDED":
        cause = words_of(described.get("cause", "")) or "no cause given"
        raise CommandError(f"{described.get('error') or described['status']}: {cause}", FAILED)
    plan, asked = read_plan(described["name"], session), asked_of(described)
    if session.json:
        print_json({**plan.as_json(), "request": asked})
    else:
        present(plan, asked)


def ended(execution: str, session: Session) -> dict[str, Any]:
    """Describe an execution when it has ended."""
    while True:
        described: dict[str, Any] = session.client("stepfunctions").describe_execution(
            executionArn=execution
        )
        if described["status"] not in RUNNING:
            return described
        time.sleep(pause_seconds(session))


def read_plan(operation: str, session: Session) -> Plan:
    """Read an operation's plan; raises CommandError where it has none."""
    from botocore.exceptions import ClientError

    try:
        reply = session.client("s3").get_object(
            Bucket=session.output("EvidenceBucketName"), Key=f"operations/{operation}/plan.jsonl"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        raise CommandError(
            f"{operation} has no plan: it was refused before there was one, or is still "
            f"planning. `daytwo ec2 watch {operation}` says which."
        ) from None
    content = reply["Body"].read()
    lines = [json.loads(line) for line in content.splitlines() if line.strip()]
    return Plan(operation, hashlib.sha256(content).hexdigest(), lines)


def present(plan: Plan, asked: dict[str, Any]) -> None:
    """Print a plan: how many, the digest, then a row for each instance."""
    say(summary(plan, asked))
    say(f"  digest {plan.digest}")
    if asked.get("dry_run"):
        say("  A dry run: nothing was changed.")
    _rows(plan)
    for reason, number in Counter(refusals(plan)).most_common(10):
        say(f"  refused {number}: {reason}")


def summary(plan: Plan, asked: dict[str, Any]) -> str:
    """Say a plan in one line."""
    batches = "1 batch" if plan.batches == 1 else f"{plan.batches:,} batches"
    action, matched = asked.get("action", "plan"), len(plan.instances)
    return (
        f"{action}: {matched:,} matched, {plan.count('act'):,} to act on in {batches}, "
        f"{plan.count('already'):,} already there, {plan.count('refused'):,} refused"
    )


def refusals(plan: Plan) -> list[str]:
    """List why instances are refused, without their ids, so that the same reasons count up."""
    return [
        line["reason"].replace(line["instance_id"], "it")
        for line in plan.instances
        if line["verdict"] == "refused"
    ]


def _rows(plan: Plan) -> None:
    order = {verdict: number for number, verdict in enumerate(("refused", "act", "already"))}
    lines = sorted(plan.instances, key=lambda line: (order[line["verdict"]], line["batch"]))
    table(
        "Instances",
        ("Instance", "Name", "Type", "Zone", "State", "Plan", "Batch", "Why"),
        [
            (
                line["instance_id"],
                line["name"],
                line["type"],
                line["zone"],
                line["state"],
                WILL[line["verdict"]],
                line["batch"] or "",
                line["reason"],
            )
            for line in lines[:MOST_ROWS]
        ],
    )
    if len(lines) > MOST_ROWS:
        note(f"and {len(lines) - MOST_ROWS:,} more; --json has them all.")
