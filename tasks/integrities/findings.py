"""What a comparison of digests means: checks for the record, and keys for whoever looks."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tasks.drills import checks
from tasks.drills.verdicts import ERROR, Check, check
from tasks.integrities.comparing import Comparison

ANY = "at least one item that can be compared"
ALL_LATER = (
    "Every item was changed after the recovery point or has expired. Drill from a backup with a "
    "manifest, or from a later point."
)
KINDS = ("missing", "changed", "extra")
MOST_NAMED = 20
# So many hex digits of a key's hash tell it apart from the others of a table.
SHORT = 12
WRITTEN_TO = (
    "The table was written to meanwhile, and nothing tells which items were. Name the attribute "
    "that tells when an item was changed (changed_attribute), drill from a backup with a "
    "manifest, or leave this check out with a reason (skipped_checks)."
)
UNKNOWN = f"It is not known whether the copy or the table has changed. {WRITTEN_TO}"
STOOD_STILL = "The table was the same before and after the restore: the copy is wrong."


def of_contents(found: Comparison, items: int, suffix: str, advice: str) -> list[Check]:
    """Check that a copy has all items and each as it should be.

    `items` of the system are in the copy; `suffix` comes after the names of the checks;
    `advice` is said where they fail. Where nothing was left to be compared, the checks say
    nothing: ERROR.
    """
    if items > 0 and not found.expected_items and not found.observed_items:
        return [
            {**check(f"{name}{suffix}", ERROR, ANY, "0", ALL_LATER), "tolerance": tolerance(found)}
            for name in ("item count", "checksum")
        ]
    expected, observed = found.checksums
    said = f"{differences(found)}. {advice}" if differences(found) else advice
    pairs = [
        checks.equal(
            f"item count{suffix}", f"{found.expected_items:,}", f"{found.observed_items:,}", said
        ),
        checks.holds(f"checksum{suffix}", found.equal, expected, observed, said),
    ]
    good = found.expected_items == found.observed_items and found.equal
    return [
        {**made, "tolerance": tolerance(found), **({"detail": ""} if good else {})}
        for made in pairs
    ]


def of_corruption(found: Comparison, expected: Collection[str]) -> Check:
    """Check that those items are found to differ that were made to, and no others."""
    named = {key for kind in KINDS for key in getattr(found, kind)}
    count = sum(found.counts.values())
    return checks.holds(
        "corruption found",
        named == set(expected) and count == len(named),
        f"{len(expected)} items differ: {short(sorted(expected))}",
        f"{count} items differ: {short(sorted(named))}",
        differences(found),
    )


def differences(found: Comparison) -> str:
    """Name what differs by the hashes of its keys, "" for nothing."""
    return "; ".join(
        f"{found.counts[kind]:,} {kind}: {short(getattr(found, kind))}"
        for kind in KINDS
        if found.counts[kind]
    )


def named(found: Comparison) -> dict[str, Any]:
    """Give how many items differ, and up to twenty of each kind by the hashes of their keys."""
    return {
        kind: {"count": found.counts[kind], "keys": getattr(found, kind)[:MOST_NAMED]}
        for kind in KINDS
    }


def short(keys: Sequence[str]) -> str:
    """Write hashes shortened, twenty at most."""
    said = " ".join(key[:SHORT] for key in keys[:MOST_NAMED])
    return said + (" …" if len(keys) > MOST_NAMED else "") or "none"


def tolerance(found: Comparison) -> str:
    """Say what was left out of the comparison, and why."""
    reasons = {
        "changed after the recovery point": found.later,
        "expired": found.expired,
        "deleted since": found.deleted,
    }
    said = [f"{count:,} {reason}" for reason, count in reasons.items() if count]
    return f"not compared: {', '.join(said)}" if said else "none"


def advice(reference: Mapping[str, Any], same_again: bool | None) -> str:
    """Say what a difference means where the reference may itself have changed.

    `same_again` tells whether it had the same digest a second time, None for not asked.
    """
    if reference["exact"]:
        return ""
    if same_again is None:
        return UNKNOWN
    return STOOD_STILL if same_again else WRITTEN_TO
