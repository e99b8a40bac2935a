"""Reading the audit trail: of an instance, of an operation or promotion, of a system."""

import heapq
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tasks import audit, store
from workflows.cli.ec2.plans import read_plan
from workflows.cli.session import Session
from workflows.state import read_several

Entry = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which entries are wanted: since a moment, with an outcome, at most so many."""

    earliest: str
    outcome: str
    most: int

    def newest(self, entries: Iterable[Entry]) -> list[Entry]:
        """Pick the newest of the entries that are wanted, the newest first."""
        fitting = filter(self.fits, entries)
        return heapq.nlargest(self.most, fitting, key=lambda one: (one["timestamp"], one["id"]))

    def fits(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted; a refusal's outcome begins with that word."""
        return entry["timestamp"] >= self.earliest and entry["outcome"].startswith(self.outcome)


def of_resource(identifier: str, wanted: Wanted, session: Session) -> list[Entry]:
    """Read the entries of an id, the newest first."""
    values = {":id": identifier, ":earliest": wanted.earliest or "0"}
    pages = (
        session.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=session.output("AuditTableName"),
            KeyConditionExpression="id = :id AND #when >= :earliest",
            ExpressionAttributeNames={"#when": "timestamp"},
            ExpressionAttributeValues=store.to_item(values),
            ScanIndexForward=False,
        )
    )
    return list(itertools.islice(filter(wanted.fits, _entries(pages)), wanted.most))


def of_execution(described: dict[str, Any], wanted: Wanted, session: Session) -> list[Entry]:
    """Read what an execution did: its own entries, and those of the instances it acted on.

    An instance's entry is found by its id and the operation's start; nothing is searched.
    """
    execution = described["executionArn"]
    found = [
        entry
        for what in audit.OF_EXECUTIONS
        for entry in of_resource(f"{execution}#{what}", wanted, session)
    ]
    record = session.state.get(store.operation(described["name"]))
    if record:
        acted = (
            line["instance_id"]
            for line in read_plan(described["name"], session).instances
            if line["verdict"] == "act"
        )
        keys = ({"id": one, "timestamp": record["started_at"]} for one in acted)
        table, dynamodb = session.output("AuditTableName"), session.client("dynamodb")
        found += read_several(table, keys, dynamodb)
    return wanted.newest(found)


def of_system(place: str, wanted: Wanted, session: Session) -> list[Entry]:
    """Read what was done to a system or to one environment of it: `shop` or `shop/prod`.

    This reads the whole trail, which is kept by instance and execution, not by system.
    """
    system, _, environment = place.partition("/")
    values = {
        ":system": system,
        ":prefix": place if environment else f"{system}/",
        ":earliest": wanted.earliest or "0",
    }
    mine = "#system = :system"
    if environment:
        mine += " AND environment = :environment"
        values[":environment"] = environment
    pages = (
        session.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=session.output("AuditTableName"),
            FilterExpression=f"#when >= :earliest AND (({mine}) OR begins_with(on_what, :prefix))",
            ExpressionAttributeNames={"#when": "timestamp", "#system": "system"},
            ExpressionAttributeValues=store.to_item(values),
        )
    )
    return wanted.newest(_entries(pages))


def _entries(pages: Iterable[dict[str, Any]]) -> Iterator[Entry]:
    for page in pages:
        yield from map(store.from_item, page["Items"])
