"""`daytwo status`: what is live where, what holds it, and what waits."""

import time
from typing import Any

import click

from tasks import store
from tasks.questions import sentence
from workflows import systems as library
from workflows.cli.approvals import pending_of
from workflows.cli.ec2.claims import held
from workflows.cli.output import print_json, table
from workflows.cli.session import Session, session_options
from workflows.cli.stories import asked_of
from workflows.cli.systems import manifest_of
from workflows.cli.text import duration, moment

MOST_EXECUTIONS = 50


@click.command()
@click.argument("system", default="", metavar="[SYSTEM]")
@session_options
def status(system: str, session: Session) -> None:
    """Show what is live, what holds environments and instances, runs, waits and is quarantined.

    Of SYSTEM, or of all systems.
    """
    found = gather(system, session)
    if session.json:
        print_json(found)
    else:
        render(found)


def gather(system: str, session: Session) -> dict[str, Any]:
    """Read the state of one system, or of all with an empty name."""
    if system:
        manifests = [manifest_of(system, session)]
    else:
        manifests = [entry["manifest"] for entry in library.registered(session.state)]
    return {
        "environments": [row for manifest in manifests for row in environments(manifest, session)],
        "executions": running(system, session),
        "approvals": [
            record for record in pending_of(session) if not system or record["system"] == system
        ],
        "claims": claims(system, session),
        "drills": drills([manifest["name"] for manifest in manifests], session),
        "quarantined": [
            {"system": manifest["name"], "digest": record["sk"], **without_key(record)}
            for manifest in manifests
            for record in session.state.partition(store.quarantine(manifest["name"], "")["pk"])
        ],
    }


def environments(manifest: dict[str, Any], session: Session) -> list[dict[str, Any]]:
    """Read what is live, verified and locked in each environment of a system."""
    name = manifest["name"]
    live = by_environment(store.live(name, "")["pk"], session)
    locks = by_environment(store.lock(name, "")["pk"], session)
    rows = []
    for entry in manifest["environments"]:
        place = entry["name"]
        verified = session.state.partition(store.verified(name, place, "")["pk"])
        lock = locks.get(place, {})
        rows.append(
            {
                "system": name,
                "environment": place,
                "live": without_key(live.get(place, {})),
                "verified": [record["sk"] for record in verified],
                "lock": without_key(lock, "claim") if lock.get("owner") else {},
            }
        )
    return rows


def by_environment(pk: str, session: Session) -> dict[str, dict[str, Any]]:
    """Read a partition whose sort key is the environment."""
    return {record["sk"]: record for record in session.state.partition(pk)}


def without_key(record: dict[str, Any], *more: str) -> dict[str, Any]:
    """Leave out what is of the table, not of the record."""
    return {name: value for name, value in record.items() if name not in ("pk", "sk", *more)}


def claims(system: str, session: Session) -> list[dict[str, Any]]:
    """List the EC2 operations that hold instances, of one system or of all."""
    found = held(session)
    records = {
        record["sk"]: record for record in session.state.several(map(store.operation, found))
    }
    return [
        {
            "operation": name,
            "status": records.get(name, {}).get("status", ""),
            "system": records.get(name, {}).get("system", ""),
            **without_key(claim),
        }
        for name, claim in found.items()
        if not system or records.get(name, {}).get("system") == system
    ]


def drills(systems: list[str], session: Session) -> list[dict[str, Any]]:
    """List the drills that systems are in, those that are over and not in order too."""
    places = {
        record["drill"]: record
        for record in session.state.several(map(store.active_drill, systems))
    }
    records = {record["sk"]: record for record in session.state.several(map(store.drill, places))}
    return [
        {
            "drill": name,
            "system": place["sk"],
            "scenario": records.get(name, {}).get("scenario", ""),
            "environment": records.get(name, {}).get("environment", ""),
            "status": records.get(name, {}).get("status", ""),
            "since": place["since"],
        }
        for name, place in places.items()
    ]


def running(system: str, session: Session) -> list[dict[str, Any]]:
    """List the executions that run, with what they were asked."""
    stepfunctions = session.client("stepfunctions")
    found = []
    for output, machine in sorted(session.outputs.items()):
        if not output.endswith("StateMachineArn"):
            continue
        reply = stepfunctions.list_executions(
            stateMachineArn=machine, statusFilter="RUNNING", maxResults=MOST_EXECUTIONS
        )
        for execution in reply["executions"]:
            arn = execution["executionArn"]
            asked = asked_of(stepfunctions.describe_execution(executionArn=arn))
            if not system or asked.get("system") == system:
                found.append(
                    {
                        "workflow": machine.rpartition(":")[2],
                        "execution": execution["executionArn"],
                        "started_at": moment(execution["startDate"].timestamp()),
                        "request": asked,
                    }
                )
    return found


def render(found: dict[str, Any]) -> None:
    """Print the state as tables; those that are empty are one line."""
    _render_environments(found["environments"])
    _render_executions(found["executions"])
    _render_claims(found["claims"])
    _render_drills(found["drills"])
    table(
        "Pending approvals",
        ("Id", "What", "By role", "Expires in"),
        [
            (
                row["id"],
                sentence(row),
                " or ".join(row["roles"]),
                duration(row["expires_at"] - time.time()),
            )
            for row in found["approvals"]
        ],
    )
    if found["quarantined"]:
        columns = ("system", "release", "environment", "since", "cause")
        table(
            "Quarantined",
            [column.title() for column in columns],
            [[row[column] for column in columns] for row in found["quarantined"]],
        )


def _render_environments(rows: list[dict[str, Any]]) -> None:
    table(
        "Live",
        ("System", "Environment", "Release", "Since", "Verified"),
        [
            (
                row["system"],
                row["environment"],
                row["live"].get("release", "-"),
                row["live"].get("since", ""),
                ", ".join(row["verified"][-5:]),
            )
            for row in rows
        ],
    )
    table(
        "Locks",
        ("System", "Environment", "Since", "Purpose", "Owner"),
        [
            (
                row["system"],
                row["environment"],
                lock["since"],
                lock["purpose"],
                lock["owner"].rpartition(":")[2],
            )
            for row in rows
            if (lock := row["lock"])
        ],
    )


def _render_executions(rows: list[dict[str, Any]]) -> None:
    table(
        "Running",
        ("Workflow", "What", "Since", "Execution"),
        [
            (
                row["workflow"],
                what(row["request"]),
                row["started_at"],
                row["execution"].rpartition(":")[2],
            )
            for row in rows
        ],
    )


def what(request: dict[str, Any]) -> str:
    """Say what was asked: `shop 1.1.0 to prod`, `stop, shop/prod`, or `az-failure of shop`."""
    place = [request[name] for name in ("system", "environment") if request.get(name)]
    if "scenario" in request:
        return f"{request['scenario']} of {'/'.join(place)}"
    if "action" in request:
        return ", ".join([request["action"], *(["/".join(place)] if place else [])])
    if "release" in request:
        return f"{request.get('system', '')} {request['release']} to {request.get('environment')}"
    return "/".join(place)


def _render_claims(rows: list[dict[str, Any]]) -> None:
    if rows:
        table(
            "Instances held",
            ("Operation", "Action", "Status", "Instances", "Since", "By"),
            [
                (
                    row["operation"],
                    row["action"],
                    row["status"],
                    len(row["instances"]),
                    row["since"],
                    row["requested_by"],
                )
                for row in rows
            ],
        )


def _render_drills(rows: list[dict[str, Any]]) -> None:
    if rows:
        columns = ("drill", "system", "scenario", "environment", "status", "since")
        table(
            "In a drill",
            [column.title() for column in columns],
            [[row[column] for column in columns] for row in rows],
        )
