"""Compare the copy of a database with what it was made from: engine, storage, key, reach."""

from typing import Any

from tasks.databases import kinds, restoring, settings
from tasks.databases.kinds import AVAILABLE, CLUSTER, INSTANCE, Entry
from tasks.databases.openness import CLOSED_LOOK, open_groups
from tasks.drills import standing
from tasks.runtime import client, iso, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **kinds.LOOKS,
    **CLOSED_LOOK,
    "rds:DescribeDBSnapshots": [*kinds.SOURCES, *kinds.SNAPSHOTS],
    "rds:DescribeDBClusterSnapshots": [*kinds.SOURCES, *kinds.SNAPSHOTS],
}
MISSING = "not there"

Check = dict[str, str]


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
            "checks": [verdict("status", AVAILABLE, MISSING)],
            "newest_record": told["recovered_to"],
        }
    if component["recovery_point"]["kind"] == "snapshot":
        reference = restoring.find_snapshot(kind, component["recovery_point"]["id"], rds)
        reached = restoring.taken_at(reference)
    else:
        reference = kind.find(component["resource"], source_rds) or {}
        reached = restoring.moment(told["recovered_to"])
    newest = iso(min(reached, restoring.moment(told["recovered_to"])))
    near = not restoring.elsewhere(request["drill"])
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
    checks = [verdict("status", AVAILABLE, kind.status_of(found))]
    if kind is CLUSTER:
        seen = INSTANCE.status_of(writer) if writer else MISSING
        checks.append(verdict("writer", AVAILABLE, seen))
    checks.append(
        verdict("endpoint", "an address and a port", f"{address}:{port}", bool(address and port))
    )
    return checks


def likeness(reference: Entry, found: Entry, near: bool) -> list[Check]:
    """Compare what the copy is with what it was made from.

    In another Region or account it has another key, and only has to be encrypted too.
    """
    names = {"engine": "Engine", "engine version": "EngineVersion"}
    checks = [
        verdict(name, text(reference.get(field)), text(found.get(field)))
        for name, field in names.items()
    ]
    size, seen = int(reference.get("AllocatedStorage") or 0), int(found["AllocatedStorage"])
    checks.append(verdict("storage", f"{size} GiB or more", f"{seen} GiB", seen >= size))
    # Snapshots of instances say Encrypted, everything else StorageEncrypted.
    expected = bool(reference.get("StorageEncrypted", reference.get("Encrypted")))
    encrypted = bool(found.get("StorageEncrypted"))
    checks.append(
        verdict(
            "encryption", settings.told(expected), settings.told(encrypted), encrypted >= expected
        )
    )
    if near:
        key, seen_key = text(reference.get("KmsKeyId")), text(found.get("KmsKeyId"))
        checks.append(verdict("key", key, seen_key))
    return checks


def reach(found: Entry, writer: Entry | None, clustered: bool, ec2: Any) -> list[Check]:
    """Check that nobody reaches the copy from the internet."""
    instance = writer if clustered else found
    public = bool(instance and instance.get("PubliclyAccessible"))
    open_ones = open_groups(settings.groups_of(found), ec2)
    return [
        verdict("public access", "off", settings.told(public)),
        verdict("open security groups", "none", settings.told(open_ones)),
    ]


def point(component: dict[str, Any], newest: str) -> Check:
    """Check that the data are as of the moment that was planned."""
    asked = component["recovery_point"]["at"]
    good = not asked or restoring.moment(newest) >= restoring.moment(asked)
    return verdict("recovery point", asked or "the latest", newest, good)


def verdict(name: str, expected: str, observed: str, good: bool | None = None) -> Check:
    """Give a check; it passes where `good`, or else where both are the same."""
    passed = expected == observed if good is None else good
    return {
        "name": name,
        "verdict": "PASS" if passed else "FAIL",
        "expected": expected[:300],
        "observed": observed[:300],
    }


def text(value: Any) -> str:
    """Say what a field holds, "none" where it is not there."""
    return str(value or "none")
