"""Checks of a restored table apart from its digest: each item of evidence by another way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.backups import sentinels
from tasks.drills import checks, clocks
from tasks.drills.verdicts import ERROR, FAIL, PASS, Check, check
from tasks.integrities import findings, moments
from tasks.integrities.hashing import key_hash
from tasks.tables import samples, shapes
from tasks.tables.judging import ASIDE, SAME, Judge
from tasks.tables.samples import Lot
from tasks.tables.shapes import Shape

# How much older than the recovery point a sentinel may be where the manifest says nothing:
# three heartbeats of five minutes.
SENTINEL_SECONDS = 900
# An item that the source has changed since is passed over, and the next one taken.
SPARE = 10


@dataclass(frozen=True)
class Copy:
    """The copy, and what it is compared with."""

    component: Mapping[str, Any]
    table: Mapping[str, Any]
    dynamodb: Any
    # The moment that its data are as of, ISO 8601 UTC.
    at: str


def point(copy: Copy) -> list[Check]:
    """Check that DynamoDB restored the moment that it was asked for; none was for the latest."""
    asked = copy.component["recovery_point"]
    if asked["kind"] != "pitr" or not asked["at"]:
        return []
    restored = copy.table.get("RestoreSummary", {}).get("RestoreDateTime")
    told = restored.timestamp() if restored else moments.UNKNOWN
    wanted = moments.epoch(asked["at"])
    return [
        checks.holds(
            "recovery point", int(told) == int(wanted), moments.iso(wanted), moments.iso(told)
        )
    ]


def schema(copy: Copy, expected: Shape) -> list[Check]:
    """Check the key, and that each index is there, the same, and can be read."""
    observed = shapes.of_table(copy.table)
    broken = shapes.inactive(copy.table)
    absent = sorted(expected.indexes.keys() - observed.indexes.keys())
    said = "; ".join([*(f"{name} is missing" for name in absent), *broken])
    return [
        checks.equal("key schema", expected.keys, observed.keys),
        checks.holds(
            "index schema",
            observed.indexes == expected.indexes and not broken,
            shapes.told(expected.indexes),
            shapes.told(observed.indexes),
            said,
        ),
    ]


def freshness(copy: Copy, newest: str, empty: bool) -> list[Check]:
    """Check how old the newest item is at the recovery point, where the manifest says how much.

    `empty` says that neither the copy nor what it should be has any item.
    """
    most = copy.component["config"].get("freshest_seconds", 0)
    if not most:
        return []
    expected = f"at most {most:,} s before {copy.at}"
    if empty:
        return [check("freshness", PASS, expected, "the table is empty, as it should be")]
    if not newest:
        return [check("freshness", FAIL, expected, "no item tells when it was changed")]
    age = clocks.seconds(newest, copy.at)
    return [checks.holds("freshness", age <= most, expected, f"{age:,} s before")]


def sentinel(copy: Copy) -> tuple[list[Check], str]:
    """Check that the last heartbeat before the recovery point is in the copy; gives its moment."""
    config = copy.component["config"]
    key = config.get("sentinel", {})
    if not key:
        return [], ""
    most = config.get("freshest_seconds", 0) or SENTINEL_SECONDS
    expected = f"written at most {most:,} s before {copy.at}"
    found = samples.get(copy.table["TableName"], key, copy.dynamodb) or {}
    at = found.get(sentinels.MARK, {}).get("S", "")
    if not at:
        said = "Look at the schedule of the heartbeat, which writes it to the source."
        return [check("sentinel", FAIL, expected, "there is none", said)], ""
    try:
        age = clocks.seconds(at, copy.at)
    except ValueError:
        return [check("sentinel", FAIL, expected, "its moment cannot be read")], ""
    return [checks.holds("sentinel", age <= most, expected, f"{age:,} s before")], at


def sample_reads(copy: Copy, lot: Lot, keys: list[str], judge: Judge) -> list[Check]:
    """Read items of the copy one by one, and compare each with what it should be.

    What the source has changed since is passed over; that nothing is left to be compared is no
    pass.
    """
    wanted = copy.component["config"].get("samples", 0)
    if not wanted:
        return []
    name, same, aside = copy.table["TableName"], 0, 0
    wrong: list[str] = []
    # The heartbeat's record is no data, and has a check of its own.
    sentinel = copy.component["config"].get("sentinel", {})
    heartbeat = key_hash(sentinel, keys) if sentinel else b""
    found = [
        entry
        for entry in samples.chosen(lot, name, keys, wanted + SPARE, copy.dynamodb)
        if entry[0] != heartbeat
    ]
    for key, item in found:
        if same + len(wrong) == wanted:
            break
        read = samples.read(name, item, keys, copy.dynamodb)
        verdict = judge.judged(key, read, item)
        if verdict == ASIDE:
            aside += 1
        elif verdict == SAME:
            same += 1
        else:
            wrong.append(key.hex())
    said = f"different: {findings.short(wrong)}. {judge.advice}" if wrong else ""
    broken = bool(found or lot.items > bool(sentinel)) and not same and not wrong
    verdict = ERROR if broken else FAIL if wrong else PASS
    told = f"{same} of {same + len(wrong)} are the same"
    made = check(
        "sample reads",
        verdict,
        f"up to {wanted} are the same",
        told,
        f"{said} Chosen by: {lot.words}".strip(),
    )
    return [{**made, "tolerance": passed_over(aside)}]


def passed_over(count: int) -> str:
    """Say how many samples were not compared."""
    return f"passed over: {count} changed since or expired" if count else "none"
