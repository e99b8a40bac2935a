"""How far a batch of instances is in the step it is at; nothing here calls AWS.

A work document has each id of its batch in exactly one of `pending`, `acted`, `reached` and
`failed`; every function gives a new document of which that is still true.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

Work = Mapping[str, Any]
# A failure's name, such as InsufficientInstanceCapacity, and what happened, in words.
Failure = tuple[str, str]

LONGEST_REASON = 600
TIMED_OUT = "TimedOut"


def begin(ids: Iterable[str]) -> dict[str, Any]:
    """Give the work of a step in which nothing was done yet."""
    return _work(list(ids), [], [], [], 0)


def accept(work: Work, ids: Iterable[str]) -> dict[str, Any]:
    """Move pending ids to `acted`: AWS took the call, the outcome is not yet seen."""
    taken = set(ids)
    return _work(
        [one for one in work["pending"] if one not in taken],
        [*work["acted"], *(one for one in work["pending"] if one in taken)],
        work["reached"],
        work["failed"],
        work["rounds"],
    )


def reach(work: Work, ids: Iterable[str]) -> dict[str, Any]:
    """Move pending and acted ids to `reached`: they were seen to be where the step brings them."""
    there = set(ids)
    return _work(
        [one for one in work["pending"] if one not in there],
        [one for one in work["acted"] if one not in there],
        [*work["reached"], *(one for one in unfinished(work) if one in there)],
        work["failed"],
        work["rounds"],
    )


def fail(
    work: Work, failures: Mapping[str, Failure], changed: bool | Collection[str]
) -> dict[str, Any]:
    """Move pending and acted ids to `failed`, each with its error and reason.

    `changed` says whether they may be other than before the operation: of all of them, or
    the ids of which it is so.
    """
    found = [
        _failure(one, *failures[one], changed if isinstance(changed, bool) else one in changed)
        for one in unfinished(work)
        if one in failures
    ]
    return _work(
        [one for one in work["pending"] if one not in failures],
        [one for one in work["acted"] if one not in failures],
        work["reached"],
        [*work["failed"], *found],
        work["rounds"],
    )


def look(work: Work) -> dict[str, Any]:
    """Count one more look at the outcome."""
    return {**work, "rounds": work["rounds"] + 1}


def time_out(
    work: Work, changed: bool | Collection[str], reason: str = "It took too long."
) -> dict[str, Any]:
    """Fail whatever is pending or acted, as TimedOut."""
    return fail(work, dict.fromkeys(unfinished(work), (TIMED_OUT, reason)), changed)


def amend(work: Work, news: Mapping[str, tuple[bool, str]]) -> dict[str, Any]:
    """Say more of ids that failed: whether they are changed by now, and what came after."""
    failed = []
    for one in work["failed"]:
        if one["instance_id"] in news:
            changed, words = news[one["instance_id"]]
            said = one["reason"]
            reason = said if words in said else f"{said} {words}".strip()
            one = _failure(one["instance_id"], one["error"], reason, changed)
        failed.append(one)
    return {**work, "failed": failed}


def unfinished(work: Work) -> list[str]:
    """Give the ids that are pending or acted."""
    return [*work["pending"], *work["acted"]]


def shortened(reason: str) -> str:
    """Cut a reason to what a failure has room for."""
    return reason if len(reason) <= LONGEST_REASON else reason[: LONGEST_REASON - 1] + "…"


def _failure(instance_id: str, error: str, reason: str, changed: bool) -> dict[str, Any]:
    said = shortened(reason)
    return {"instance_id": instance_id, "error": error, "reason": said, "changed": changed}


def _work(
    pending: list[str],
    acted: list[str],
    reached: list[str],
    failed: list[dict[str, Any]],
    rounds: int,
) -> dict[str, Any]:
    return {
        "pending": pending,
        "acted": acted,
        "reached": reached,
        "failed": failed,
        "rounds": rounds,
        "done": not pending and not acted,
    }
