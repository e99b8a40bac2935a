"""`daytwo drill show`: what a drill is going to do, or what came of it."""

import json
from pathlib import Path
from typing import Any

import click

from tasks import store
from tasks.drills import sheets
from workflows.cli.drills import evidence as papers
from workflows.cli.drills.listing import standing
from workflows.cli.errors import CommandError
from workflows.cli.output import note, print_json, say, table
from workflows.cli.session import Session, session_options


@click.command()
@click.argument("drill")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Save the HTML.")
@session_options
def show(drill: str, report: Path | None, session: Session) -> None:
    """Show what came of DRILL: each check, the settings, and the proof of the cleanup.

    Of a drill that runs or waits for approval it is the plan, with the digest that is approved.
    The evidence's SHA-256 is compared with the one that was recorded: exit code 1 where it was
    altered or is gone.
    """
    record = papers.found(drill, session)
    if record.get("evidence_key"):
        show_result(record, report, session)
    elif report:
        raise CommandError(
            f"{papers.name_of(drill)} has no report yet: it is written when the drill ends."
        )
    else:
        show_plan(drill, record, session)


def show_result(record: dict[str, Any], report: Path | None, session: Session) -> None:
    """Show a drill's evidence, and save its report where that is asked for."""
    evidence = papers.evidence_of(record, session)
    if report:
        report.write_bytes(papers.report_of(record, session))
    if session.json:
        print_json(evidence)
    else:
        render(evidence)
        say(f"Evidence: {record['evidence_key']}, SHA-256 {record['evidence_digest']}: unaltered.")
        for line in to_do(record):
            say(line)
    if report:
        note(f"Report: {report}")


def render(evidence: dict[str, Any]) -> None:
    """Print what an evidence document says."""
    trigger, approval = evidence["trigger"], evidence["approval"]
    say(evidence["words"])
    for reason in evidence["reasons"]:
        say(f"  {reason}")
    say(f"  {evidence['trend']['words']}.")
    why = f": {trigger['reason']}" if trigger["reason"] else ""
    say(f"Asked for by {trigger['requested_by']}{why}. Approved by: {approval['decided_by']}.")
    for component in evidence["components"]:
        render_component(component)
    table(
        "Left out",
        ("Component", "Check", "Reason"),
        [(one["component"], one["check"], one["reason"]) for one in evidence["exclusions"]],
    )
    table(
        "Cleanup",
        ("Kind", "Name", "Status", "Proof"),
        [(row["kind"], row["name"], row["status"], row["proof"]) for row in evidence["cleanup"]],
    )


def render_component(component: dict[str, Any]) -> None:
    """Print a component's checks and what was done about its settings."""
    name = component["component"]
    table(
        f"{name}: {component['verdict']}",
        ("Check", "Verdict", "Expected", "Observed", "Detail"),
        [
            (one["name"], one["verdict"], one["expected"], one["observed"], one.get("detail", ""))
            for one in component["checks"]
        ],
    )
    if component["settings"]:
        table(
            f"{name}: settings that a restore loses",
            ("Setting", "Expected", "Observed", "Outcome", "Reason"),
            [
                (
                    one["setting"],
                    one["expected"],
                    one["observed"],
                    one["outcome"],
                    one.get("reason", ""),
                )
                for one in component["settings"]
            ],
        )


def to_do(record: dict[str, Any]) -> list[str]:
    """Say what is left to a person after a drill."""
    drill = record["sk"]
    if record["status"] == "dirty":
        left = record.get("left", 0)
        what = f"{left} left behind" if left else "Not all of it is on record"
        return [f"{what} (docs/at-night.md). Try again now: daytwo drill clean {drill}"]
    if record.get("kept_until"):
        until = record["kept_until"]
        return [f"Copies are kept until {until}. Remove them now: daytwo drill clean {drill}"]
    return []


def show_plan(drill: str, record: dict[str, Any], session: Session) -> None:
    """Show what a drill is going to do, and what is recorded of its components so far."""
    name = papers.name_of(drill)
    plan, digest = papers.plan_of(drill, record, session)
    pk = store.outcome(name, "")["pk"]
    outcomes = [json.loads(row["outcome"]) for row in session.state.partition(pk)]
    status = standing(record) if record else "not begun"
    if session.json:
        told = {"drill": name, "status": status, "digest": digest}
        print_json({**told, "plan": plan, "outcomes": outcomes})
        return
    say(f"{name}: {status}. The plan's digest is {digest}.")
    for line in sheets.lines(plan):
        say(f"  {line}")
    if outcomes:
        table(
            "Components so far",
            ("Component", "Verdict", "Reasons"),
            [(one["component"], one["verdict"], "; ".join(one["reasons"])) for one in outcomes],
        )
    say(f"Follow it with: daytwo drill watch {name}")
