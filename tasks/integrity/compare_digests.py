"""Compare a copy's digest with what it should be, and name the keys that differ."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import papers
from tasks.integrities import comparing, documents, findings, moments
from tasks.integrities.comparing import Comparison, Excuses, Side
from tasks.integrities.documents import Store
from tasks.runtime import client, setting, task

PERMISSIONS = {**documents.READS, **documents.WRITES}
TIMEOUT = 900
MEMORY = 1769

# What is compared, and what the names of its checks end with.
RESTORE, CORRUPTION, SECOND = "restore", "corruption", "second_restore"
SUFFIXES = {RESTORE: "", SECOND: " after the corruption"}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return compare(request, Store(setting("EVIDENCE_BUCKET"), client("s3")))


def compare(request: dict[str, Any], store: Store) -> dict[str, Any]:
    """Give the checks of what was counted and summed, and the newest record of the copy.

    Only a restore is excused for items that the source has deleted since; items that have
    expired are nobody's fault. Raises AwsCallFailed where a segment was not read to its end.
    """
    purpose = request["purpose"]
    reference, copy = (side(request[name], store) for name in ("reference", "copy"))
    deletes = purpose == RESTORE and request["component"]["config"].get("deletes", False)
    excuses = Excuses(moments.epoch(request["now"]), bool(deletes))
    found = comparing.compare(reference, copy, excuses)
    if purpose == CORRUPTION:
        made = [findings.of_corruption(found, request["expected_keys"])]
    else:
        same = same_again(reference, request["again"], store)
        said = findings.advice(request["reference"], same)
        items = sum(copy.totals["counts"]) - has_sentinel(request["component"])
        made = findings.of_contents(found, items, SUFFIXES[purpose], said)
    answer = {
        "checks": made,
        "newest_record": newest(purpose, copy),
        "reference": documents.summary(reference.totals),
        "copy": documents.summary(copy.totals),
        "different": findings.named(found),
    }
    key = f"{request['copy']['folder']}/comparison.json"
    store.write(key, papers.canonical({**answer, "compared": compared(found)}), papers.JSON)
    return answer


def side(digest: Mapping[str, Any], store: Store) -> Side:
    """Read a digest's segments."""
    return documents.side(digest, documents.read_segments(digest, store), store)


def same_again(reference: Side, again: Mapping[str, Any], store: Store) -> bool | None:
    """Tell whether the source had the same digest after the restore; None for not asked."""
    if not again:
        return None
    other = side(again, store)
    return all(reference.totals[name] == other.totals[name] for name in ("counts", "sums"))


def has_sentinel(component: Mapping[str, Any]) -> bool:
    """Tell whether one item of the table is no data: with the sentinel alone, it is empty."""
    return bool(component["config"].get("sentinel"))


def newest(purpose: str, copy: Side) -> str:
    """Give the moment of the newest record that the restore brought back, empty for none."""
    return moments.iso(copy.totals["newest"]) if purpose == RESTORE else ""


def compared(found: Comparison) -> dict[str, Any]:
    """Give what counted on both sides, for whoever repeats it."""
    expected, observed = found.checksums
    return {
        "expected": {"items": found.expected_items, "checksum": expected},
        "observed": {"items": found.observed_items, "checksum": observed},
        "left_out": {"later": found.later, "expired": found.expired, "deleted": found.deleted},
    }
