"""`daytwo drill list` and `watch`: the drills that run, and those that did."""

from typing import Any

import click

from tasks import store
from tasks.drills.clocks import NOT_MEASURED
from workflows.cli.output import print_json, table
from workflows.cli.session import Session, session_options
from workflows.cli.status import without_key
from workflows.cli.systems import manifest_of
from workflows.cli.text import duration
from workflows.cli.watch import find, follow

TIMES = ("rto_seconds", "restore_seconds", "rpo_seconds")


@click.command("list")
@click.argument("system", default="", metavar="[SYSTEM]")
@click.option("--most", type=click.IntRange(1, 1000), default=20, help="So many [default: 20].")
@session_options
def list_(system: str, most: int, session: Session) -> None:
    """List the drills of SYSTEM or of all systems, the newest first."""
    if system:
        manifest_of(system, session)
    drills = [
        {"drill": record["sk"], **without_key(record, "plan")}
        for record in session.state.partition(store.drill("")["pk"])
        if "opened_at" in record and system in ("", record["system"])
    ]
    drills = sorted(drills, key=lambda row: str(row["opened_at"]), reverse=True)[:most]
    if session.json:
        print_json(drills)
        return
    table(
        "Drills",
        ("Drill", "System", "Scenario", "In", "Verdict", "RTO", "Restore", "RPO", "Opened"),
        [
            (
                row["drill"],
                row["system"],
                row["scenario"],
                row["environment"],
                standing(row),
                *(seconds(row.get(name)) for name in TIMES),
                row["opened_at"],
            )
            for row in drills
        ],
    )


@click.command()
@click.argument("drill")
@session_options
def watch(drill: str, session: Session) -> None:
    """Follow DRILL until it ends.

    Ctrl-C ends the following, not the drill. Exit codes: 0 passed, 1 failed, 3 rejected or
    expired.
    """
    follow(find(drill, session)["executionArn"], session)


def standing(record: dict[str, Any]) -> str:
    """Say how a drill was judged, and what a person has to know of it."""
    verdict = str(record.get("verdict", ""))
    if record["status"] == "running":
        return "stopping" if record.get("stop") else "running"
    if record["status"] == "dirty":
        return f"{verdict}, not in order".lstrip(", ")
    return f"{verdict}, copies kept" if record.get("kept_until") else verdict


def seconds(value: int | None) -> str:
    """Write seconds, or nothing for what was not measured."""
    return "" if value is None or value == NOT_MEASURED else duration(value)
