"""What became of a component: its checks, times and settings in one verdict; nothing calls AWS."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import clocks, verdicts
from tasks.drills.verdicts import ERROR, FAIL, PASS, Check
from tasks.promotion.explain_failure import explain

MEASURE_WORDS = {clocks.RTO: "RTO", clocks.RESTORE_TIME: "restore time"}
MOST_REASONS = 3
LONGEST_REASON = 300

Values = Mapping[str, Any]


def judged(planned: Values, objectives: Values, seen: Values) -> dict[str, Any]:
    """Give the outcome with all its checks, as the evidence holds it.

    `planned` is the component in the plan; `seen` has times, settings, checked, failure, now
    and `not_before`, the moment that the plan was made.
    """
    failure = explained(seen["failure"])
    measured = clocks.measure(seen["times"], planned["measure"], seen["not_before"], seen["now"])
    newest = newest_record(planned, seen)
    loss = lost_seconds(planned, seen["times"], newest["at"])
    checks = made(planned, seen["checked"], bool(failure))
    checks += settings_check(planned, seen["settings"], bool(failure))
    checks += timing(planned, objectives, seen, measured, loss, bool(failure))
    if failure:
        checks.append(verdicts.check("steps", ERROR, "all steps end well", words(failure)))
    return {
        "component": planned["name"],
        "chain": planned["chain"],
        "verdict": verdicts.joined(check["verdict"] for check in checks),
        "measure": planned["measure"],
        "rto_seconds": measured.rto_seconds,
        "restore_seconds": measured.restore_seconds,
        "rpo_seconds": loss,
        "newest_record": newest,
        "times": dict(seen["times"]),
        "phases": clocks.phases(seen["times"]),
        "checks": checks,
        "settings": seen["settings"].get("differences", []),
        "failure": failure,
        "answers": answers(seen["checked"]),
        "recorded_at": seen["now"],
    }


def summary(outcome: Values) -> dict[str, Any]:
    """Give what an execution's document and the state table hold of an outcome."""
    verdicts_of = [check["verdict"] for check in outcome["checks"]]
    reasons = [cut(reason) for reason in verdicts.reasons(outcome["checks"])]
    if len(reasons) > MOST_REASONS:
        reasons[MOST_REASONS - 1 :] = [f"and {len(reasons) - MOST_REASONS + 1} more"]
    kept = (
        "component",
        "chain",
        "verdict",
        "measure",
        "rto_seconds",
        "restore_seconds",
        "rpo_seconds",
        "times",
    )
    return {
        **{name: outcome[name] for name in kept},
        "passed": verdicts_of.count(PASS),
        "failed": verdicts_of.count(FAIL),
        "broken": verdicts_of.count(ERROR),
        "skipped": verdicts_of.count(verdicts.SKIPPED),
        "error": outcome["failure"].get("error", ""),
        "reasons": reasons,
    }


def made(planned: Values, checked: Mapping[str, Values], failed: bool) -> list[Check]:
    """Give the checks that were made, those that were left out, and those that never came.

    Where the steps ended with an error, that says why the rest never came.
    """
    skipped = planned["skipped"]
    given = [check for name in sorted(checked) for check in checked[name].get("checks", [])]
    checks = verdicts.settled(given, skipped)
    names = {check["name"] for check in checks}
    for name, reason in skipped.items():
        if name not in names:
            checks.append(verdicts.check(name, verdicts.SKIPPED, "not made", "not made", reason))
            names.add(name)
    if not failed:
        looked = any(check["verdict"] != verdicts.SKIPPED for check in checks)
        checks += [
            verdicts.check(name, ERROR, "the check is made", "it never came")
            for name in planned["checks"]
            if name not in names
        ]
        if not looked:
            checks.append(verdicts.check("checks", ERROR, "at least one", "none was made"))
    return checks


def settings_check(planned: Values, settings: Values, failed: bool) -> list[Check]:
    """Fail where a setting could not be brought back; that nobody looked is an ERROR."""
    name = "settings as the source's"
    if "differences" not in settings:
        if failed or not planned["settings"]:
            return []
        return [verdicts.check(name, ERROR, "settings are compared", "nobody compared them")]
    differences = settings["differences"]
    lost = [one for one in differences if one["outcome"] == "lost"]
    said = ", ".join(f"{one['setting']} ({one.get('reason') or 'no reason'})" for one in lost)
    return [
        verdicts.check(
            name,
            FAIL if lost else PASS,
            "what differs is brought back, or left on purpose",
            f"lost: {said}" if lost else f"{len(differences)} differed, none is lost",
        )
    ]


def timing(
    planned: Values,
    objectives: Values,
    seen: Values,
    measured: clocks.Measured,
    loss: int,
    failed: bool,
) -> list[Check]:
    """Compare time and loss with the objectives; a clock that cannot be right is an ERROR."""
    faults = measured.faults
    if failed:
        faults = clocks.disorder(seen["times"], seen["not_before"], seen["now"])
    if faults:
        return [verdicts.check("clock", ERROR, "times that rise", "; ".join(faults))]
    checks = []
    time = taken(planned["measure"], measured.rto_seconds, measured.restore_seconds)
    if time != clocks.NOT_MEASURED:
        name = MEASURE_WORDS[planned["measure"]]
        checks.append(within(name, time, objectives["rto_seconds"]))
    if loss != clocks.NOT_MEASURED and not failed:
        checks.append(within("RPO", loss, objectives["rpo_seconds"]))
    return checks


def taken(measure: str, rto_seconds: int, restore_seconds: int) -> int:
    """Give the one of both that counts."""
    return rto_seconds if measure == clocks.RTO else restore_seconds


def within(name: str, seconds: int, most: int) -> Check:
    """Fail where a time is longer than the objective."""
    verdict = PASS if seconds <= most else FAIL
    return verdicts.check(name, verdict, f"at most {most:,} s", f"{seconds:,} s")


def newest_record(planned: Values, seen: Values) -> dict[str, str]:
    """Give the newest recovered record's moment, and what tells it.

    Without a record that tells, as in an empty table, everything up to the recovery point
    counts as recovered: the checks have compared it.
    """
    told = clocks.newest([one.get("newest_record", "") for one in seen["checked"].values()])
    if told:
        return {"at": told, "told_by": "the newest record"}
    point = planned["recovery_point"]["at"]
    if planned["rpo"] and point:
        return {"at": point, "told_by": "the recovery point, as no record tells"}
    return {"at": "", "told_by": "nothing"}


def lost_seconds(planned: Values, times: Values, newest: str) -> int:
    """Give the RPO: from the newest recovered record to the failure, -1 where neither is known.

    A drill of data alone has no failure: the plan says for which moment it stands.
    """
    failure_at = planned["failure_at"]
    if planned["measure"] == clocks.RTO:
        failure_at = times.get("t0", "")
    if not newest or not failure_at:
        return clocks.NOT_MEASURED
    return clocks.rpo(failure_at, newest)


def answers(checked: Mapping[str, Values]) -> dict[str, Any]:
    """Give what the checks answered beside their verdicts, such as counts and digests."""
    return {
        name: {field: value for field, value in answer.items() if field != "checks"}
        for name, answer in checked.items()
    }


def explained(failure: Values) -> dict[str, str]:
    """Give a caught error by its innermost name and words, {} for none."""
    if not failure:
        return {}
    return explain(failure.get("Error", ""), failure.get("Cause", ""), "")


def words(failure: Values) -> str:
    """Say an error in one line."""
    return f"{failure['error']}: {failure['cause']}"


def cut(text: str, longest: int = LONGEST_REASON) -> str:
    """Shorten text for a document; the evidence has the whole."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
