"""`daytwo drill list`, `show` and `watch`: the drills that run, and what came of the others."""

import hashlib
import json
from pathlib import Path
from typing import Any

import click

from tasks import store
from workflows.cli.errors import CommandError
from workflows.cli.output import print_json, say, table
from workflows.cli.session import Session, session_options
from workflows.cli.status import without_key
from workflows.cli.text import duration
from workflows.cli.watch import find, follow

UNMEASURED = -1


@click.command("list")
@click.argument("system", required=False, default="")
@click.option("--most", type=click.IntRange(1, 1000), default=20, help="So many [default: 20].")
@session_options
def list_(system: str, most: int, session: Session) -> None:
    """List the drills of SYSTEM or of all systems, the newest first."""
    found = [
        without_key(record)
        for record in session.state.partition(store.drill("")["pk"])
        if "opened_at" in record and system in ("", record["system"])
    ]
    found = sorted(found, key=lambda record: str(record["opened_at"]), reverse=True)[:most]
    if session.json:
        print_json([{name: row[name] for name in row if name != "plan"} for row in found])
        return
    table(
        "Drills",
        ("Drill", "System", "Scenario", "In", "Verdict", "RTO", "Restore", "RPO", "Opened"),
        [
            (
                name_of(row),
                row["system"],
                row["scenario"],
                row["environment"],
                row.get("verdict") or row["status"],
                *(seconds(row.get(f"{what}_seconds")) for what in ("rto", "restore", "rpo")),
                row["opened_at"],
            )
            for row in found
        ],
    )


@click.command()
@click.argument("drill")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Save the HTML.")
@session_options
def show(drill: str, report: Path | None, session: Session) -> None:
    """Show what came of DRILL: each check, the settings, and the proof of the cleanup.

    The evidence is read, and its SHA-256 compared with the one that the record has.
    """
    record = recorded(drill, session)
    evidence = evidence_of(record, session)
    if report:
        save(report, drill, session)
    if session.json:
        print_json(evidence)
        return
    say(evidence["words"])
    for component in evidence["components"]:
        show_component(component)
    table(
        "Cleanup",
        ("Kind", "Name", "Status", "Proof"),
        [(row["kind"], row["name"], row["status"], row["proof"]) for row in evidence["cleanup"]],
    )
    say(f"Evidence: {record['evidence_key']}, SHA-256 {record['evidence_digest']}, as recorded.")
    if report:
        say(f"Report: {report}")


@click.command()
@click.argument("drill")
@session_options
def watch(drill: str, session: Session) -> None:
    """Follow DRILL until it ends.

    Exit codes: 0 passed, 1 failed, 3 rejected or expired.
    """
    follow(find(drill, session)["executionArn"], session)


def recorded(drill: str, session: Session) -> dict[str, Any]:
    """Read a drill's record; raises CommandError where no drill of that id was opened."""
    record = session.state.get(store.drill(drill))
    if not record or "status" not in record:
        raise CommandError(f"There is no drill {drill}. `daytwo drill list` lists them.")
    return record


def evidence_of(record: dict[str, Any], session: Session) -> dict[str, Any]:
    """Read a drill's evidence; raises CommandError where it is not what was recorded."""
    if not record.get("evidence_key"):
        raise CommandError(
            f"Drill {record['sk']} has no evidence: it is {record['status']}. "
            f"`daytwo drill watch {record['sk']}` follows one that runs."
        )
    body = read(record["evidence_key"], session)
    found = hashlib.sha256(body).hexdigest()
    if found != record["evidence_digest"]:
        raise CommandError(
            f"The evidence {record['evidence_key']} is not the one that was written: its SHA-256 "
            f"is {found}, recorded is {record['evidence_digest']}. Look at its older versions."
        )
    evidence: dict[str, Any] = json.loads(body)
    return evidence


def save(path: Path, drill: str, session: Session) -> None:
    """Save a drill's report, a page that needs nothing else."""
    path.write_bytes(read(f"drills/{drill}/report.html", session))


def read(key: str, session: Session) -> bytes:
    """Read an object of the evidence bucket."""
    reply = session.client("s3").get_object(Bucket=session.output("EvidenceBucketName"), Key=key)
    body: bytes = reply["Body"].read()
    return body


def show_component(component: dict[str, Any]) -> None:
    """Show a component's checks and what was done about its settings."""
    table(
        f"{component['component']}: {component['verdict']}",
        ("Check", "Verdict", "Expected", "Observed", "Detail"),
        [
            (one["name"], one["verdict"], one["expected"], one["observed"], one["detail"])
            for one in component["checks"]
        ],
    )
    if component.get("settings"):
        table(
            f"{component['component']}: settings that a restore loses",
            ("Setting", "Expected", "Observed", "Outcome"),
            [
                (one["setting"], one["expected"], one["observed"], one["outcome"])
                for one in component["settings"]
            ],
        )


def name_of(record: dict[str, Any]) -> str:
    """Give a drill's id, which is the name of its execution."""
    return str(record["execution"]).rpartition(":")[2]


def seconds(value: int | None) -> str:
    """Write seconds, or nothing for what was not measured."""
    return "" if value is None or value == UNMEASURED else duration(value)
