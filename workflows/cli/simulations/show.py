"""`daytwo simulation list` and `show`: the simulations that run, and what came of the others."""

from pathlib import Path
from typing import Any

import click

from tasks import store
from tasks.drills.clocks import NOT_MEASURED
from tasks.simulations import signatures
from workflows.cli.drills.evidence import evidence_of, name_of, report_of
from workflows.cli.errors import CommandError
from workflows.cli.output import print_json, say, table
from workflows.cli.session import Session, session_options
from workflows.cli.status import without_key
from workflows.cli.text import duration


@click.command("list")
@click.argument("system", required=False, default="")
@click.option("--most", type=click.IntRange(1, 1000), default=20, help="So many [default: 20].")
@session_options
def list_(system: str, most: int, session: Session) -> None:
    """List the simulations of SYSTEM or of all systems, the newest first."""
    found = [
        without_key(record)
        for record in session.state.partition(store.simulation("")["pk"])
        if system in ("", record["system"])
    ]
    found = sorted(found, key=lambda record: str(record["opened_at"]), reverse=True)[:most]
    if session.json:
        print_json(found)
        return
    table(
        "Simulations",
        ("Simulation", "System", "Scenarios", "Verdict", "Opened", "Ended"),
        [
            (
                name_of(row["execution"]),
                row["system"],
                ", ".join(row["scenarios"]),
                row.get("verdict") or row["status"],
                row["opened_at"],
                row.get("ended_at", ""),
            )
            for row in found
        ],
    )


@click.command()
@click.argument("simulation")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Save the HTML.")
@session_options
def show(simulation: str, report: Path | None, session: Session) -> None:
    """Show the results of SIMULATION, who signed them, and what is to be done.

    Until the teams have signed, it shows what they are asked to sign. The document is read,
    and its SHA-256 compared with the one that the record has.
    """
    record = recorded(simulation, session)
    document = _document(record, session)
    if report:
        report.write_bytes(report_of(record, session))
    if session.json:
        print_json(document)
        return
    say(document["words"])
    _show_scenarios(document["scenarios"])
    _show_sign_offs(document)
    review = document["review"]
    for title, lines in (
        ("What did not go well", review["did_not"]),
        ("Open", review["questions"]),
    ):
        table(title, (title,), [(line,) for line in lines])
    table(
        "Improvement actions",
        ("Action", "Scenario", "Finding", "Owner", "Due", "Status"),
        [
            (one["id"], one["scenario"], one["text"], one["owner"], one["due_at"], one["status"])
            for one in review["actions"]
        ],
    )
    say(f"Report: {record['evidence_key']}, SHA-256 {record['evidence_digest']}, as recorded.")


def recorded(simulation: str, session: Session) -> dict[str, Any]:
    """Read a simulation's record; raises CommandError where there is none."""
    record = session.state.get(store.simulation(simulation))
    if not record:
        raise CommandError(
            f"There is no simulation {simulation}. `daytwo simulation list` lists them."
        )
    return record


def _document(record: dict[str, Any], session: Session) -> dict[str, Any]:
    if not record.get("evidence_key"):
        raise CommandError(
            f"Simulation {record['sk']} has no results: it is {record['status']}. "
            f"`daytwo watch {record['sk']}` follows one that runs."
        )
    return evidence_of(record, session)


def _show_scenarios(scenarios: list[dict[str, Any]]) -> None:
    table(
        "Targets and actuals",
        ("Scenario", "Verdict", "Time", "Target", "Actual", "RPO target", "RPO", "Why"),
        [
            (
                one["scenario"],
                one["verdict"],
                one["measure"],
                duration(one["target_seconds"]),
                _seconds(one["actual_seconds"]),
                duration(one["rpo_target_seconds"]),
                _seconds(one["rpo_seconds"]),
                one["words"],
            )
            for one in scenarios
        ],
    )


def _show_sign_offs(document: dict[str, Any]) -> None:
    if not document["final"]:
        say("The teams have not all signed: `daytwo approvals` lists what waits for whom.")
        return
    for one in document["sign_offs"]:
        say(f"{signatures.words(one)}.")


def _seconds(value: int) -> str:
    return "not measured" if value == NOT_MEASURED else duration(value)
