"""The systems that daytwo operates: what a manifest must keep to, and where it is registered."""

import json
from collections.abc import Iterator
from typing import Any

from schemas.validation import InvalidDocument, check
from tasks import store
from tasks.components import NAMED_BY, in_environment
from tasks.runtime import iso
from tasks.schedules import records
from workflows import instance_rules, recovery_rules
from workflows.state import StateTable

# Each look at health writes about 20 of an execution's 25,000 events.
MOST_LOOKS = 500
# A record belongs to its hosted zone, not to the system by its name.
DNS_NAME = "record"
Problems = Iterator[str]


class ChangedMeanwhile(Exception):
    """Somebody else registered another manifest between the read and the write."""


def validate(manifest: Any) -> dict[str, Any]:
    """Give the manifest with its defaults filled in.

    Raises InvalidDocument with every problem: those of schemas/system.json, else those
    that a JSON Schema cannot say.
    """
    filled: dict[str, Any] = check(manifest, "system")
    problems = [
        *_unique(filled),
        *_promotions(filled),
        *_health_checks(filled),
        *_approvals(filled),
        *_traffic(filled),
        *_names(filled),
        *instance_rules.problems(filled),
        *recovery_rules.problems(filled),
    ]
    if problems:
        raise InvalidDocument(list(dict.fromkeys(problems)))
    return filled


def put(manifest: Any, by: str, table: StateTable) -> str:
    """Register a manifest, and say whether it was "registered", "updated" or "unchanged".

    The schedules are looked at again within a minute. Raises InvalidDocument,
    ChangedMeanwhile.
    """
    filled = validate(manifest)
    unread = [
        f"schedules.{name}.calendar: {schedule['calendar']} is not read yet; calendars.expand does"
        for name, schedule in filled["schedules"].items()
        if schedule["calendar"]
    ]
    if unread:
        raise InvalidDocument(unread)
    key = store.system(filled["name"])
    text = json.dumps(filled, sort_keys=True)
    before = table.get(key)
    if before and before["manifest"] == text:
        return "unchanged"
    condition, values = "attribute_not_exists(pk)", {}
    if before:
        condition, values = "manifest = :before", {":before": before["manifest"]}
    record = {**key, "manifest": text, "updated_at": iso(), "updated_by": by}
    written = {
        "Put": {
            "TableName": table.name,
            "Item": store.to_item(record),
            "ConditionExpression": condition,
            **({"ExpressionAttributeValues": store.to_item(values)} if values else {}),
        }
    }
    try:
        table.dynamodb.transact_write_items(TransactItems=[written, records.look_soon(table.name)])
    except table.dynamodb.exceptions.TransactionCanceledException:
        raise ChangedMeanwhile(
            f"Somebody else changed the system {filled['name']} at the same moment. See "
            f"`daytwo systems show {filled['name']}`, then put yours again."
        ) from None
    return "updated" if before else "registered"


def get(name: str, table: StateTable) -> dict[str, Any] | None:
    """Read a registered manifest; None if there is none under that name."""
    record = table.get(store.system(name))
    return json.loads(record["manifest"]) if record else None


def registered(table: StateTable) -> list[dict[str, Any]]:
    """List the registered systems: `manifest`, `updated_at`, `updated_by`."""
    return [
        {
            "manifest": json.loads(record["manifest"]),
            "updated_at": record["updated_at"],
            "updated_by": record["updated_by"],
        }
        for record in table.partition(store.system("")["pk"])
    ]


def environment(manifest: dict[str, Any], name: str) -> dict[str, Any] | None:
    """Find an environment of a manifest by its name."""
    return next((entry for entry in manifest["environments"] if entry["name"] == name), None)


def _unique(manifest: dict[str, Any]) -> Problems:
    for kind in ("environments", "components"):
        seen: set[str] = set()
        for index, entry in enumerate(manifest[kind]):
            if entry["name"] in seen:
                yield f"{kind}.{index}.name: {entry['name']} is there twice"
            seen.add(entry["name"])


def _promotions(manifest: dict[str, Any]) -> Problems:
    names = [entry["name"] for entry in manifest["environments"]]
    for index, entry in enumerate(manifest["environments"]):
        following = names[index + 1 : index + 2]
        if entry["promote_to"] and entry["promote_to"] not in following:
            yield (
                f"environments.{index}.promote_to: {entry['promote_to']} is not the environment "
                f"after {entry['name']}, which is {following[0] if following else 'the last'}"
            )


def _health_checks(manifest: dict[str, Any]) -> Problems:
    types = {entry["name"]: entry["type"] for entry in manifest["components"]}
    for index, entry in enumerate(manifest["environments"]):
        for number, found in enumerate(entry["health_checks"]):
            kind = types.get(found["component"])
            if kind != "lambda":
                what = f"is a {kind}, not a lambda" if kind else "is no component of the system"
                yield (
                    f"environments.{index}.health_checks.{number}.component: "
                    f"{found['component']} {what}"
                )


def _approvals(manifest: dict[str, Any]) -> Problems:
    for index, entry in enumerate(manifest["environments"]):
        for role in entry["approval"]["roles"]:
            if role not in manifest["roles"]:
                yield (
                    f"environments.{index}.approval.roles: {role} is not among the manifest's "
                    f"roles ({', '.join(manifest['roles']) or 'it has none'})"
                )


def _traffic(manifest: dict[str, Any]) -> Problems:
    for index, entry in enumerate(manifest["environments"]):
        traffic, bake = entry["traffic"], entry["bake"]
        steps = traffic.get("steps", [100])
        if sorted(set(steps)) != steps or steps[-1] != 100:
            yield f"environments.{index}.traffic.steps: {steps} must rise, and end at 100"
        watched = {
            "linear": 100 // traffic.get("percent", 100),
            "canary": len(steps) - 1,
            "all_at_once": 0,
        }[traffic["strategy"]]
        looks = watched * (traffic["interval_seconds"] // traffic["check_seconds"])
        looks += bake["seconds"] // bake["check_seconds"]
        if looks > MOST_LOOKS:
            yield (
                f"environments.{index}: health would be looked at {looks} times in one "
                f"promotion, and {MOST_LOOKS} is the most; raise check_seconds"
            )


def _names(manifest: dict[str, Any]) -> Problems:
    """Find names that daytwo's roles would not reach, and those that environments share."""
    owners: dict[tuple[str, ...], str] = {}
    for index, entry in enumerate(manifest["environments"]):
        for field, name in _named(index, entry, manifest["components"]):
            if not name.startswith(f"{manifest['name']}-"):
                yield f"{field}: {name} does not begin with {manifest['name']}-"
            full = name.replace("{environment}", entry["name"])
            place = (entry["account"], entry["region"], field.rpartition(".")[2], full)
            owner = owners.setdefault(place, entry["name"])
            if owner != entry["name"]:
                yield (
                    f"{field}: {full} is the same in {owner} and {entry['name']}; write "
                    "{environment} into components' names"
                )


def _named(
    index: int, environment: dict[str, Any], components: list[dict[str, Any]]
) -> list[tuple[str, str]]:
    """List the names of an environment's resources, each with the field that holds it."""
    names = [(f"environments.{index}.stack", environment["stack"])]
    names += [
        (f"environments.{index}.alarms.{number}.name", alarm["name"])
        for number, alarm in enumerate(environment["alarms"])
    ]
    names += [
        (f"environments.{index}.instances.auto_scaling.{number}.group", entry["group"])
        for number, entry in enumerate(environment["instances"]["auto_scaling"])
    ]
    for number, component in enumerate(components):
        if not in_environment(component, environment["name"]):
            continue
        field = NAMED_BY.get(component["type"], "")
        if field and field != DNS_NAME:
            names.append((f"components.{number}.{field}", component[field]))
    return names
