"""Divide instances into batches, and say when each may begin; nothing here calls AWS."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple, TypeVar

# With its own record, a batch of 99 is one DynamoDB transaction of 100 items.
LARGEST = 99
# No instance is started, stopped or looked at again in less.
FIRST_OUTCOME_SECONDS = 5

Some = TypeVar("Some")


class Bucket(NamedTuple):
    """One of EC2's token buckets, full at the beginning, and what a batch takes out of it."""

    size: int
    refill: int  # each second
    per_batch: int
    per_instance: int


# Amazon EC2 Developer Guide, "Request throttling for the Amazon EC2 API": the buckets of the
# call that limits each action, first for requests, then for instances. What has no row of its
# own there is a mutating action: 50 requests, 5 each second.
PACES: dict[str, tuple[Bucket, ...]] = {
    "start": (Bucket(5, 2, 1, 0), Bucket(1000, 2, 0, 1)),
    "stop": (Bucket(50, 5, 1, 0), Bucket(1000, 20, 0, 1)),
    "hibernate": (Bucket(50, 5, 1, 0), Bucket(1000, 20, 0, 1)),
    "reboot": (Bucket(50, 5, 1, 0),),
    "resize": (Bucket(5, 2, 1, 0), Bucket(1000, 2, 0, 1), Bucket(50, 5, 0, 1)),
    "replace": (Bucket(5, 2, 0, 1), Bucket(1000, 2, 0, 1)),
    "snapshot": (Bucket(100, 5, 0, 1),),
    "patch": (Bucket(100, 5, 0, 1),),
    "terminate": (Bucket(100, 5, 1, 0), Bucket(1000, 20, 0, 1)),
    "enforce_imdsv2": (Bucket(100, 5, 0, 1),),
    "isolate": (Bucket(50, 5, 0, 2),),
    "release_isolation": (Bucket(50, 5, 0, 2),),
}


def largest(buckets: Iterable[Bucket], max_unavailable: int) -> int:
    """Give how many instances a batch may have: what the buckets carry and what may be away.

    A batch takes no more than leaves room for what drips in until the next whole second, or
    that would be lost. `max_unavailable` of 0 means no limit.
    """
    carried = [
        (bucket.size - bucket.refill + 1 - bucket.per_batch) // bucket.per_instance
        for bucket in buckets
        if bucket.per_instance
    ]
    return min([LARGEST, *carried, *([max_unavailable] if max_unavailable else [])])


def divide(rows: Iterable[Some], kind: Callable[[Some], Any], most: int) -> list[tuple[Some, ...]]:
    """Divide rows into batches of one kind each, of nearly equal size and the largest first.

    The largest go first because they empty the bucket of instances, which is slow to fill,
    while the one of requests fills up beside it.
    """
    batches: list[tuple[Some, ...]] = []
    for _, members in groupby(sorted(rows, key=kind), key=kind):
        alike = tuple(members)
        count = -(-len(alike) // most)
        bounds = [len(alike) * number // count for number in range(count + 1)]
        batches += [alike[low:high] for low, high in pairwise(bounds)]
    return sorted(batches, key=len, reverse=True)


def begins(sizes: Sequence[int], buckets: Sequence[Bucket]) -> list[int]:
    """Give the whole second at which each batch may begin, so that no bucket runs empty."""
    tokens = [bucket.size for bucket in buckets]
    moments: list[int] = []
    now = 0
    for size in sizes:
        costs = [bucket.per_batch + bucket.per_instance * size for bucket in buckets]
        passing = max(
            (
                max(0, -(-(cost - left) // bucket.refill))
                for cost, left, bucket in zip(costs, tokens, buckets, strict=True)
            ),
            default=0,
        )
        now += passing
        tokens = [
            min(bucket.size, left + bucket.refill * passing) - cost
            for cost, left, bucket in zip(costs, tokens, buckets, strict=True)
        ]
        moments.append(now)
    return moments


def waits(sizes: Sequence[int], buckets: Sequence[Bucket], one_by_one: bool) -> list[int]:
    """Give how long each batch waits before it begins, in seconds.

    Batches that run side by side count from the common start, those that run one by one from
    the end of the one before.
    """
    moments = begins(sizes, buckets)
    if not one_by_one:
        return moments
    return [after - before for before, after in zip([0, *moments], moments, strict=False)]


def documents(
    batches: Iterable[Sequence[Some]],
    waits: Iterable[int],
    one_by_one: bool,
    instance: Callable[[Some], dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    """Give each batch as its execution reads it; `instance` writes one of its instances.

    A batch that begins before the outcome of any other can be known does not look at the
    error budget.
    """
    for number, (rows, wait) in enumerate(zip(batches, waits, strict=True), 1):
        instances = [instance(row) for row in rows]
        yield {
            "number": number,
            "wait_seconds": wait,
            "after_others": number > 1 if one_by_one else wait >= FIRST_OUTCOME_SECONDS,
            "in_service": any(
                one["target_groups"] or one["auto_scaling_group"] for one in instances
            ),
            "type": instances[0]["type"],
            "zone": instances[0]["zone"],
            "instances": instances,
        }
