"""The lists of a plan: every matched instance with its verdict, and the batches, in S3."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tasks.fleets import batching, guards, limits
from tasks.fleets.listings import put_array
from tasks.fleets.plan_sheets import Sheet, in_words, refreshed
from tasks.fleets.selection import Row

Request = Mapping[str, Any]
Instance = Callable[[Row], dict[str, Any]]


def write(
    request: Request,
    operation: str,
    rows: Sequence[Row],
    sheet: Sheet,
    instance: Instance,
    bucket: str,
    s3: Any,
) -> dict[str, Any]:
    """Divide rows into batches, write both lists to S3, and give their keys and counts.

    `instance` gives an instance as its batch has it.
    """
    action, to_act = request["action"], len(rows)
    unavailable = limits.max_unavailable(request["limits"], action, to_act)
    buckets = batching.PACES[action]
    batches = batching.divide(
        rows, lambda row: (row.type, row.zone), batching.largest(buckets, unavailable)
    )
    group = refreshed(request)
    # After an instance refresh the batches only record what became of their instances.
    one_by_one = bool(unavailable) and not group
    sizes = [len(batch) for batch in batches]
    waits = [0] * len(sizes) if group else batching.waits(sizes, buckets, one_by_one)
    lines = in_words(request, batches, sheet, unavailable, max(waits, default=0))
    for number, batch in enumerate(batches, 1):
        for row in batch:
            sheet.add(row, guards.GO, number)
    folder = f"operations/{operation}/"
    digest = sheet.listing.digest
    sheet.listing.put(folder + "plan.jsonl", "application/x-ndjson", bucket, s3)
    documents = batching.documents(batches, waits, one_by_one, instance)
    count = put_array(documents, folder + "batches.json", bucket, s3)
    return {
        "plan_key": folder + "plan.jsonl",
        "batches_key": folder + "batches.json",
        "digest": digest,
        "matched": sheet.matched,
        "to_act": to_act,
        "already": sheet.counts[guards.ALREADY],
        "refused": sheet.counts[guards.REFUSED],
        "batch_count": count,
        "at_once": 1 if one_by_one else 0,
        "max_unavailable": unavailable,
        "max_errors": limits.max_errors(request["limits"], to_act),
        "rounds": limits.rounds(request["options"]),
        "instance_refresh": group,
        "lines": lines,
    }


def as_it_was(row: Row, before: Mapping[str, str], places: Mapping[str, Any]) -> dict[str, Any]:
    """Give an instance as its batch has it: as it is, or was when it was first planned.

    `before` has what an operation that is resumed had planned, JSON by id; `places` the
    registrations in target groups by id.
    """
    if row.instance_id in before:
        planned: dict[str, Any] = json.loads(before[row.instance_id])
        return planned
    return {
        "instance_id": row.instance_id,
        "type": row.type,
        "zone": row.zone,
        "state": row.state,
        "subnet_id": row.subnet_id,
        "private_ip": row.private_ip,
        "image_id": row.image_id,
        "root_volume": row.root_volume,
        "auto_scaling_group": row.group,
        "target_groups": places.get(row.instance_id, []),
    }
