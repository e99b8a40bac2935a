"""The verdict on a drill as a whole; nothing calls AWS."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from statistics import median
from typing import Any

from tasks.drills import clocks, outcomes, records, verdicts
from tasks.drills.outcomes import MEASURE_WORDS, cut
from tasks.drills.verdicts import ERROR, FAIL, PASS
from tasks.runtime import iso

# How long copies are kept for a look.
KEPT_FOR = timedelta(days=1)
MOST_REASONS = 20
MOST_FINDINGS = 40
MOST_NAMED = 20
LONGEST = 400
# A drill that takes as much longer than the median of the last ones is a finding.
SLOWER_PERCENT = 50
STOPPED = "DrillStopped"

Values = Mapping[str, Any]
Rows = Sequence[Values]


def judged(
    plan: Values, recorded: Mapping[str, Values], rows: Rows, past: Rows, failure: Values, now: str
) -> dict[str, Any]:
    """Give the judgement.

    `plan` is the whole plan, with no components where it could not be read; `recorded` are the
    outcomes by component, `rows` the ledger's, `past` the last drills of the same scenario, the
    newest first.
    """
    error = outcomes.explained(failure)
    left = [row for row in rows if row["status"] == "planned"]
    measured = spans(list(recorded.values()), plan["measure"])
    slower = trend(past, time_of(measured, plan["measure"]))
    found = [
        *_of_components(plan, recorded),
        *_of_objectives(plan, recorded, measured),
        *_of_drill(error),
    ]
    verdict = verdicts.joined(
        [*(one["verdict"] for one in recorded.values()), *(one["verdict"] for one in found)]
    )
    found += _of_cleanup(left)
    if left and verdict == PASS:
        # What is left fails a drill, and says nothing of data that nobody could judge.
        verdict = FAIL
    if verdict == PASS and slower["slower"]:
        found.append(_finding("", "slower", PASS, slower["words"]))
    return {
        "verdict": verdict,
        "clean": not left,
        "left": [cut(records.named(row), 300) for row in left[:MOST_NAMED]],
        "left_count": len(left),
        "kept_until": kept_until(rows),
        "measure": plan["measure"],
        **measured,
        "reasons": [one["text"] for one in found if one["verdict"] != PASS][:MOST_REASONS],
        "findings": _to_mend(found),
        "outcomes": list(recorded.values()),
        "trend": {name: value for name, value in slower.items() if name != "slower"},
        "words": words(plan, verdict, measured, len(recorded), rows),
        "judged_at": now,
    }


def spans(recorded: Rows, measure: str) -> dict[str, int]:
    """Give the times of the drill as a whole: of all components, the first to the last."""
    begun = [one["times"] for one in recorded]
    failed = _first([times.get("t0", "") for times in begun])
    served = clocks.newest([times.get("t6") or times.get("t5", "") for times in begun])
    restoring = _first([times.get("t3", "") for times in begun])
    validated = clocks.newest([times.get("t5", "") for times in begun])
    losses = [one["rpo_seconds"] for one in recorded]
    return {
        "rto_seconds": _span(failed, served) if measure == clocks.RTO else clocks.NOT_MEASURED,
        "restore_seconds": _span(restoring, validated),
        "rpo_seconds": max(losses, default=clocks.NOT_MEASURED),
    }


def time_of(measured: Values, measure: str) -> int:
    """Give the time that counts, -1 for not measured."""
    return outcomes.taken(measure, measured["rto_seconds"], measured["restore_seconds"])


def trend(past: Rows, seconds: int) -> dict[str, Any]:
    """Compare with the last drills of the same scenario; only those that passed have a time."""
    passed = [row for row in past if row["verdict"] == PASS]
    times = [row["seconds"] for row in passed if row["seconds"] > 0]
    middle = round(median(times)) if times else clocks.NOT_MEASURED
    percent = round(100 * (seconds - middle) / middle) if times and seconds >= 0 else 0
    if not past:
        told = "It is the first drill of this scenario"
    elif not times or seconds < 0:
        told = f"{len(passed)} of the last {len(past)} drills passed"
    else:
        compared = "slower than" if percent > 0 else "faster than" if percent < 0 else "as"
        amount = f"{abs(percent)} % " if percent else ""
        told = (
            f"{seconds:,} s are {amount}{compared} the median of {middle:,} s; {len(passed)} of "
            f"the last {len(past)} drills passed"
        )
    return {
        "drills": len(past),
        "passed": len(passed),
        "median_seconds": middle,
        "words": told,
        "slower": percent > SLOWER_PERCENT,
    }


def kept_until(rows: Rows) -> str:
    """Give the moment until which copies are kept, empty where none is."""
    kept = [clocks.instant(row["gone_at"]) for row in rows if row["status"] == "kept"]
    return iso(max(kept) + KEPT_FOR) if kept else ""


def words(plan: Values, verdict: str, measured: Values, count: int, rows: Rows) -> str:
    """Say the result in a sentence; `rows` are the ledger's."""
    drill, objectives = plan["drill"], plan["objectives"]
    told = [f"{count} of {len(plan['components'])} components judged"]
    time = time_of(measured, plan["measure"])
    if time >= 0:
        most = objectives["rto_seconds"]
        told.append(f"{MEASURE_WORDS[plan['measure']]} {time:,} s of {most:,} s")
    if measured["rpo_seconds"] >= 0:
        told.append(f"RPO {measured['rpo_seconds']:,} s of {objectives['rpo_seconds']:,} s")
    left, kept = (sum(row["status"] == status for row in rows) for status in ("planned", "kept"))
    told.append(f"{left} left behind" if left else "nothing left behind")
    if kept:
        told[-1] += f" but {kept} kept for a look"
    return (
        f"{verdict}: drill {drill['scenario']} of {drill['system']} in "
        f"{drill['target']['environment']}: {', '.join(told)}."
    )


def _of_components(plan: Values, recorded: Mapping[str, Values]) -> Iterator[dict[str, str]]:
    planned = [one["name"] for one in plan["components"]]
    if not planned:
        yield _finding("", "plan", ERROR, "The plan has no component, or cannot be read")
    for name in planned:
        if name not in recorded:
            yield _finding(name, "no_outcome", ERROR, f"{name}: what became of it is not recorded")
    for name, outcome in recorded.items():
        if name not in planned:
            yield _finding(name, "unplanned", ERROR, f"{name}: it is no component of the plan")
        if outcome["verdict"] != PASS:
            kind = "failed" if outcome["verdict"] == FAIL else "broken"
            kind = STOPPED if outcome["error"] == STOPPED else kind
            told = "; ".join(outcome["reasons"]) or "no reason given"
            yield _finding(name, kind, outcome["verdict"], f"{name}: {told}")


def _of_objectives(
    plan: Values, recorded: Mapping[str, Values], measured: Values
) -> Iterator[dict[str, str]]:
    """Tell the time of the whole where each component alone was quick enough."""
    most, time = plan["objectives"]["rto_seconds"], time_of(measured, plan["measure"])
    single = max((time_of(one, one["measure"]) for one in recorded.values()), default=0)
    if time > most >= single:
        name = MEASURE_WORDS[plan["measure"]]
        text = f"The {name} of all components together is {time:,} s, at most {most:,} s are meant"
        yield _finding("", "objective", FAIL, text)


def _of_drill(error: Mapping[str, str]) -> Iterator[dict[str, str]]:
    if error:
        kind = STOPPED if error["error"] == STOPPED else "drill_failed"
        yield _finding("", kind, ERROR, outcomes.words(error))


def _of_cleanup(left: Rows) -> Iterator[dict[str, str]]:
    for row in left:
        text = f"{records.named(row)} was not seen to be gone or undone"
        yield _finding(row["component"], "cleanup", FAIL, text)


def _finding(component: str, kind: str, verdict: str, text: str) -> dict[str, str]:
    return {"component": component, "kind": kind, "verdict": verdict, "text": cut(text, LONGEST)}


def _to_mend(found: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Give what somebody has to mend: one of a kind for each component; a stop is nobody's."""
    kept: dict[tuple[str, str], dict[str, str]] = {}
    for one in found:
        if one["kind"] != STOPPED:
            entry = {name: one[name] for name in ("component", "kind", "text")}
            kept.setdefault((one["component"], one["kind"]), entry)
    return list(kept.values())[:MOST_FINDINGS]


def _first(moments: list[str]) -> str:
    known = [moment for moment in moments if moment]
    return min(known, key=clocks.instant, default="")


def _span(begin: str, end: str) -> int:
    if not begin or not end:
        return clocks.NOT_MEASURED
    return max(clocks.NOT_MEASURED, clocks.seconds(begin, end))
