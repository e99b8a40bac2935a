"""What a manifest must keep to about backups, sentinels, scenarios and the simulation."""

from collections.abc import Iterable, Iterator
from typing import Any

from tasks import components
from tasks.backups import sentinels
from tasks.errors import ScheduleInvalid
from tasks.schedules.times import zone
from workflows import scenario_rules

Manifest = dict[str, Any]
Problems = Iterator[str]
OWN_STACK = "stack"


def problems(manifest: Manifest) -> Problems:
    """Say what a JSON Schema cannot: one "field: what is wrong" for each problem.

    `manifest` has its defaults filled in.
    """
    recovery = manifest["recovery"]
    yield from _components(manifest)
    yield from _backups(manifest, recovery["backups"])
    yield from _heartbeat(manifest, recovery["heartbeat"])
    for field, expression in schedules(recovery):
        yield from _expression(f"recovery.{field}", expression)
    for name, scenario in recovery["scenarios"].items():
        yield from scenario_rules.problems(manifest, name, scenario)
    yield from _simulation(manifest, recovery["simulation"])


def _components(manifest: Manifest) -> Problems:
    known = {entry["name"]: entry for entry in manifest["components"]}
    environments = [entry["name"] for entry in manifest["environments"]]
    for index, entry in enumerate(manifest["components"]):
        field = f"components.{index}"
        for name in entry["environments"]:
            if name not in environments:
                yield f"{field}.environments: {unknown('environment', name, environments)}"
        if entry["name"] == OWN_STACK and entry["type"] != "stack":
            yield (
                f"{field}.name: {OWN_STACK} is what each environment's own stack is called in "
                "backups; give this component another name"
            )
        if entry["type"] == "dynamodb_table":
            yield from _table(field, entry)
        if entry["type"] == "failover_record" and entry["table"]:
            yield from _replica(f"{field}.table", entry, known.get(entry["table"]))


def _table(field: str, table: Manifest) -> Problems:
    if table["sentinel"] and not sentinels.is_well_formed(table["sentinel"]):
        yield (
            f"{field}.sentinel: {sentinels.shown(table['sentinel'])} is no key in DynamoDB's "
            'notation, such as {"id": {"S": "daytwo-sentinel"}}'
        )


def _replica(field: str, record: Manifest, table: Manifest | None) -> Problems:
    if table is None or table["type"] != "dynamodb_table":
        yield f"{field}: {record['table']} is no dynamodb_table of the system"
    elif table["replica_region"] != record["secondary_region"]:
        yield (
            f"{field}: the replica of {record['table']} is in "
            f"{table['replica_region'] or 'no other Region'}, and the secondary serves from "
            f"{record['secondary_region']}"
        )


def _backups(manifest: Manifest, backups: Manifest) -> Problems:
    field = "recovery.backups"
    known = {entry["name"]: entry for entry in manifest["components"]}
    possible = {kind for kinds in components.BACKUPS.values() for kind in kinds}
    yield from _environments(f"{field}.environments", manifest, backups["environments"])
    for name in backups["components"]:
        if name not in known:
            yield f"{field}.components: {unknown('component', name, known)}"
        elif known[name]["type"] not in possible:
            yield f"{field}.components: of {name}, a {known[name]['type']}, there are no backups"
    scheduled = backups["exports"] or backups["backups"]
    if scheduled and not backups["environments"]:
        yield f"{field}.environments: a schedule without environments would back nothing up"
    try:
        zone(backups["timezone"])
    except ScheduleInvalid as invalid:
        yield f"{field}.timezone: {invalid}"
    yield from _copies(manifest, backups)


def _copies(manifest: Manifest, backups: Manifest) -> Problems:
    homes = {
        entry["region"]
        for entry in manifest["environments"]
        if entry["name"] in backups["environments"]
    }
    seen = set()
    for index, copy in enumerate(backups["copies"]):
        field = f"recovery.backups.copies.{index}"
        if copy["region"] in homes and not copy["account"]:
            yield f"{field}.region: {copy['region']} is where the backups are made"
        if copy["kms_key_arn"] and copy["kms_key_arn"].split(":")[3] != copy["region"]:
            yield f"{field}.kms_key_arn: the key is not in {copy['region']}"
        if copy["bucket"] and not copy["bucket"].startswith(f"{manifest['name']}-"):
            yield f"{field}.bucket: {copy['bucket']} does not begin with {manifest['name']}-"
        if copy["region"] in seen:
            yield f"{field}.region: {copy['region']} is there twice"
        seen.add(copy["region"])


def _heartbeat(manifest: Manifest, heartbeat: Manifest) -> Problems:
    field = "recovery.heartbeat"
    yield from _environments(f"{field}.environments", manifest, heartbeat["environments"])
    if heartbeat["schedule"] and not heartbeat["environments"]:
        yield f"{field}.environments: a schedule without environments would write nothing"
    tables = [entry for entry in manifest["components"] if entry["type"] == "dynamodb_table"]
    if heartbeat["schedule"] and not any(entry["sentinel"] for entry in tables):
        yield f"{field}.schedule: no dynamodb_table of the system has a sentinel to write"


def _simulation(manifest: Manifest, simulation: Manifest) -> Problems:
    field, known = "recovery.simulation", manifest["recovery"]["scenarios"]
    for name in simulation["scenarios"]:
        if name not in known:
            yield f"{field}.scenarios: {unknown('scenario', name, known)}"
    if simulation["schedule"] and not known:
        yield f"{field}.schedule: the system has no scenarios to play through"
    seen = set()
    for index, team in enumerate(simulation["teams"]):
        if team["role"] not in manifest["roles"]:
            yield f"{field}.teams.{index}.role: {unknown('role', team['role'], manifest['roles'])}"
        if team["name"] in seen:
            yield f"{field}.teams.{index}.name: {team['name']} is there twice"
        seen.add(team["name"])


def schedules(recovery: Manifest) -> Iterator[tuple[str, str]]:
    """List each schedule of a manifest's recovery, with the field that holds it."""
    for kind in ("exports", "backups"):
        yield f"backups.{kind}", recovery["backups"][kind]
    yield "heartbeat.schedule", recovery["heartbeat"]["schedule"]
    for name, scenario in recovery["scenarios"].items():
        yield f"scenarios.{name}.schedule", scenario["schedule"]
    yield "simulation.schedule", recovery["simulation"]["schedule"]


def _expression(field: str, expression: str) -> Problems:
    """Find what EventBridge Scheduler would refuse ("Schedule types in EventBridge Scheduler")."""
    kind, _, rest = expression.partition("(")
    words = rest.rstrip(")").split()
    if kind == "cron" and len(words) != 6:
        yield f"{field}: {expression} has {len(words)} fields, and a cron expression has 6"
    elif kind == "cron" and (words[2] == "?") == (words[4] == "?"):
        yield f"{field}: one of day of month and day of week of {expression} must be ?"
    elif kind == "rate" and (int(words[0]) == 1) == words[1].endswith("s"):
        yield f"{field}: {expression} must be of 1 {words[1].rstrip('s')} or of more than one"
    elif kind == "rate" and int(words[0]) == 0:
        yield f"{field}: {expression} would run all the time"


def _environments(field: str, manifest: Manifest, names: list[str]) -> Problems:
    known = [entry["name"] for entry in manifest["environments"]]
    for name in names:
        if name not in known:
            yield f"{field}: {unknown('environment', name, known)}"


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that the system has no such thing, and which it has."""
    return f"the system has no {kind} {name}; it has {', '.join(known) or 'none'}"
