"""Compare the copy of a database with what it was made from: engine, storage, key, reach."""

from typing import Any

from tasks.databases import kinds, restoring, settings
from tasks.databases.kinds import AVAILABLE, CLUSTER, INSTANCE, Entry
from tasks.databases.openness import CLOSED_LOOK, open_groups
from tasks.drills import checks, standing
from tasks.drills.clocks import instant
from tasks.drills.copies import elsewhere
from tasks.drills.verdicts import Check
from tasks.runtime import client, iso, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **kinds.LOOKS,
    **CLOSED_LOOK,
    "rds:DescribeDBSnapshots": [*kinds.SOURCES, *kinds.SNAPSHOTS],
    "rds:DescribeDBClusterSnapshots": [*kinds.SOURCES, *kinds.SNAPSHOTS],
}
MISSING = "not there"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    target = drill["target"]["target"]
    return check(
        request,
        client("rds", drill["source"]["target"]),
        client("rds", target),
        client("ec2", target),
    )


def check(request: dict[str, Any], source_rds: Any, rds: Any, ec2: Any) -> dict[str, Any]:
    """Look at the copy itself, not at what an earlier step said of it.

    What it is compared with is the snapshot, or the source as it is now. `newest_record` is
    how far RDS says that the data reach.
    """
    component, told = request["component"], request["copy"]
    kind, name = kinds.of(component), component["copy"]
    found = kind.find(name, rds)
    if found is None:
        return {
            "checks": [checks.equal("status", AVAILABLE, MISSING)],
            "newest_record": told["recovered_to"],
        }
    if component["recovery_point"]["kind"] == "snapshot":
        reference = restoring.find_snapshot(kind, component["recovery_point"]["id"], rds)
        reached = restoring.taken_at(reference)
    else:
        reference = kind.find(component["resource"], source_rds) or {}
        reached = instant(told["recovered_to"])
    newest = iso(min(reached, instant(told["recovered_to"])))
    near = not elsewhere(request["drill"])
    writer = restoring.instance_of(kind, found, rds)
    return {
        "checks": [
            *status(kind, found, writer),
            *likeness(reference, found, near),
            *reach(found, writer, kind is CLUSTER, ec2),
            point(component, newest),
        ],
        "newest_record": newest,
    }


def status(kind: kinds.Kind, found: Entry, writer: Entry | None) -> list[Check]:
    """Check that the copy takes connections, and at which address."""
    address, port = kinds.endpoint_of(found)
    there = bool(address and port)
    seen = [checks.equal("status", AVAILABLE, kind.status_of(found))]
    if kind is CLUSTER:
        state = INSTANCE.status_of(writer) if writer else MISSING
        seen.append(checks.equal("writer", AVAILABLE, state))
    seen.append(checks.holds("endpoint", there, "an address and a port", f"{address}:{port}"))
    return seen


def likeness(reference: Entry, found: Entry, near: bool) -> list[Check]:
    """Compare what the copy is with what it was made from.

    In another Region or account it has another key, and only has to be encrypted too.
    """
    size, seen = int(reference.get("AllocatedStorage") or 0), int(found["AllocatedStorage"])
    # Snapshots of instances say Encrypted, everything else StorageEncrypted.
    wanted = bool(reference.get("StorageEncrypted", reference.get("Encrypted")))
    encrypted = bool(found.get("StorageEncrypted"))
    fields = {"engine": "Engine", "engine version": "EngineVersion"}
    if near:
        fields["key"] = "KmsKeyId"
    return [
        *(
            checks.equal(name, text(reference.get(field)), text(found.get(field)))
            for name, field in fields.items()
        ),
        checks.holds("storage", seen >= size, f"{size} GiB or more", f"{seen} GiB"),
        checks.holds(
            "encryption", encrypted >= wanted, settings.told(wanted), settings.told(encrypted)
        ),
    ]


def reach(found: Entry, writer: Entry | None, clustered: bool, ec2: Any) -> list[Check]:
    """Check that nobody reaches the copy from the internet."""
    instance = writer if clustered else found
    public = bool(instance and instance.get("PubliclyAccessible"))
    open_ones = open_groups(settings.groups_of(found), ec2)
    return [
        checks.equal("public access", "off", settings.told(public)),
        checks.equal("open security groups", "none", settings.told(open_ones)),
    ]


def point(component: dict[str, Any], newest: str) -> Check:
    """Check that the data are as of the moment that was planned."""
    asked = component["recovery_point"]["at"]
    good = not asked or instant(newest) >= instant(asked)
    return checks.holds("recovery point", good, asked or "the latest", newest)


def text(value: Any) -> str:
    """Say what a field holds, "none" where it is not there."""
    return str(value or "none")
