"""The post-incident review of a simulation, as far as records tell it; people fill in the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.drills.verdicts import FAIL, PASS
from tasks.simulations import looks, results, signatures
from tasks.simulations.signatures import MISSING, REJECTED, SIGNED

QUESTIONS = (
    "Was everybody reached whom the announcement was for?",
    "Who would have noticed each failure in production, by what, and after how long?",
    "What did people have to do by hand, and which page told them how?",
    "Which decision took longest, and what was missing to take it?",
    "What would have made the recovery faster?",
    "What was not played through that could happen?",
)

Values = Mapping[str, Any]
Rows = Sequence[Values]


def document(asked: Values, whole: Values, found: Values, actions: Rows) -> dict[str, Any]:
    """Put a report together, or results that the teams are to sign.

    `asked` is what the task was asked; `found` has scenarios, sign-offs and when the results
    were written down, with their digest where they were.
    """
    final = bool(found["results_digest"])
    report: dict[str, Any] = {
        "plan": whole,
        "plan_digest": asked["plan"]["digest"],
        "final": final,
        "reported_at": asked["now"],
        "announced_at": asked["announced_at"],
        "untold": looks.said(asked["untold"]),
        "broke": looks.said(asked["failure"]),
        **found,
        "reasons": reasons(found["scenarios"], found["sign_offs"]),
    }
    report["verdict"] = FAIL if report["reasons"] or report["broke"] else PASS
    report["words"] = _words(report)
    return {**report, "review": review(whole, report, actions)}


def _words(report: Values) -> str:
    told, found, signed = report["plan"]["simulation"], report["scenarios"], report["sign_offs"]
    green = sum(one["verdict"] == PASS for one in found)
    yes = sum(one["state"] == SIGNED for one in signed)
    words = (
        f"{report['verdict']}: simulation {told['id']} of {told['system']}: {green} of "
        f"{len(found)} scenarios green"
    )
    return f"{words}, signed by {yes} of {len(signed)} teams." if report["final"] else f"{words}."


def reasons(found: Rows, signed: Rows) -> list[str]:
    """Say everything why the simulation is not green; `signed` is empty until teams were asked."""
    red = [results.line(one) for one in found if one["verdict"] != PASS]
    return red + [signatures.words(one) for one in signed if one["state"] != SIGNED]


def review(whole: Values, report: Values, actions: Rows) -> dict[str, Any]:
    """Put the review together: what happened when, what went well and what did not, what to ask."""
    found, signed = report["scenarios"], report["sign_offs"]
    return {
        "timeline": timeline(whole, report, found, signed),
        "went_well": _well(found, signed),
        "did_not": _not(whole, report, found, signed),
        "questions": [*QUESTIONS, *_open(whole, found, signed)],
        "actions": list(actions),
    }


def timeline(whole: Values, report: Values, found: Rows, signed: Rows) -> list[dict[str, str]]:
    """List what happened in the order of time."""
    said = whole["simulation"]
    events = [
        (whole["planned_at"], f"Planned, as {said['requested_by']} asked for"),
        (report["announced_at"], "Announced" if not report["untold"] else "Could not be announced"),
    ]
    for one in found:
        look = one["look"]
        if look:
            events.append((look["announced_at"], f"{one['scenario']}: announced"))
            calm = "safe to begin" if look["safe"] else "not safe, not begun"
            events.append((look["at"], f"{one['scenario']}: looked both ways, {calm}"))
        events.append((one["started_at"], f"{one['scenario']}: drill {one['drill']} began"))
        events.append((one["ended_at"], f"{one['scenario']}: ended, {one['verdict']}"))
    events.append((report["results_at"], "Results written down"))
    events += [(one["when"], f"{one['team']}: {one['state']} by {one['who']}") for one in signed]
    # Moments with and without fractions of a second sort alike in their first 19 characters.
    told = sorted((event for event in events if event[0]), key=lambda event: event[0][:19])
    return [{"at": at, "what": what} for at, what in told]


def _well(found: Rows, signed: Rows) -> list[str]:
    told = [results.line(one) for one in found if one["verdict"] == PASS]
    in_time = [one["team"] for one in signed if one["state"] == SIGNED and not one["overdue"]]
    if in_time:
        told.append(f"Signed off in time by {', '.join(in_time)}")
    return told


def _not(whole: Values, report: Values, found: Rows, signed: Rows) -> list[str]:
    told = list(whole["said"])
    if report["untold"]:
        told.append(f"The simulation could not be announced: {report['untold']}")
    if report["broke"]:
        told.append(f"The simulation itself broke: {report['broke']}")
    for one in found:
        if one["look"].get("untold"):
            told.append(f"{one['scenario']} could not be announced: {one['look']['untold']}")
    late = [one for one in signed if one["state"] == SIGNED and one["overdue"]]
    told += [signatures.words(one) for one in late]
    return told + reasons(found, signed)


def _open(whole: Values, found: Rows, signed: Rows) -> list[str]:
    """Ask about each thing that was not green."""
    asked = []
    for one in found:
        if one["verdict"] == results.NOT_STARTED:
            asked.append(f"When is {one['scenario']} played through, as it was not begun?")
        elif one["verdict"] != PASS:
            asked.append(f"Why was {one['scenario']} {one['verdict']}, and why was it not known?")
    asked += [f"Why did {one['team']} reject it?" for one in signed if one["state"] == REJECTED]
    asked += [f"Why did {one['team']} not sign?" for one in signed if one["state"] == MISSING]
    if not whole["teams"]:
        asked.append("Who should sign it off?")
    return asked
