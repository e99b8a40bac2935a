"""The report of a simulation for people, every string escaped."""

from collections.abc import Mapping
from html import escape
from typing import Any

from tasks.drills import clocks, markup
from tasks.drills.verdicts import FAIL, PASS, SKIPPED
from tasks.simulations import results
from tasks.simulations.signatures import SIGNED

Values = Mapping[str, Any]


def page(report: Values, digest: str) -> str:
    """Write the page of a report, or of results before the teams were asked."""
    told, review = report["plan"]["simulation"], report["review"]
    title = f"Simulation {told['id']} of {told['system']}"
    found = report["scenarios"]
    parts = [
        f"<h1>{escape(title)}: {markup.verdict(report['verdict'])}</h1>",
        f"<p>{escape(report['words'])}</p>",
        markup.items(report["reasons"]),
        "<h2>Targets and actuals</h2>",
        markup.table(
            ("Scenario", "Verdict", "Time", "Target", "Actual", "RPO target", "RPO", "Report"),
            [_scenario(one) for one in found],
        ),
        "<h2>Who, what and when</h2>",
        markup.pairs(_facts(report)),
        "<h2>Success criteria, written down beforehand</h2>",
        markup.items(report["plan"]["success_criteria"]),
        "<h2>Announcements</h2>",
        markup.table(("At", "What", "Told"), _announcements(report)),
        *[_look(one) for one in found],
        "<h2>Sign-offs</h2>",
        _sign_offs(report),
        "<h1>Post-incident review</h1>",
        "<h2>Timeline</h2>",
        markup.table(("At", "What"), [(one["at"], one["what"]) for one in review["timeline"]]),
        "<h2>What went well</h2>",
        markup.items(review["went_well"]) or "<p>Nothing was green.</p>",
        "<h2>What did not</h2>",
        markup.items(review["did_not"]) or "<p>Nothing.</p>",
        "<h2>Open questions, to be answered by people</h2>",
        markup.table(("Question", "Answer"), [(one, "") for one in review["questions"]]),
        "<h2>Improvement actions</h2>",
        _actions(review["actions"]),
        "<h2>This document</h2>",
        markup.pairs(_storage(report, digest)),
    ]
    return markup.page(title, parts)


def _scenario(one: Values) -> tuple[str, ...]:
    kind = one["verdict"] if one["verdict"] != results.NOT_STARTED else FAIL
    return (
        one["scenario"],
        markup.verdict(one["verdict"], kind),
        one["measure"],
        f"at most {one['target_seconds']:,} s",
        _seconds(one["actual_seconds"]),
        f"at most {one['rpo_target_seconds']:,} s",
        _seconds(one["rpo_seconds"]),
        one["report_key"] or one["words"],
    )


def _facts(report: Values) -> list[tuple[str, str]]:
    plan, told = report["plan"], report["plan"]["simulation"]
    return [
        ("Simulation", told["id"]),
        ("Asked for by", told["requested_by"]),
        ("Reason", told["reason"] or "none given"),
        ("Owner", plan["owner"] or "nobody"),
        ("Planned", plan["planned_at"]),
        ("Plan", f"version {plan['version']}, SHA-256 {report['plan_digest']}"),
        ("Results", f"{report['results_at']}, SHA-256 {report['results_digest'] or 'this one'}"),
        ("Execution", told["execution"]["id"]),
        (
            "Environments",
            ", ".join(sorted({one["target_environment"] for one in plan["scenarios"]})),
        ),
    ]


def _announcements(report: Values) -> list[tuple[str, str, str]]:
    first = [(report["announced_at"], "the simulation", report["untold"])]
    later = [
        (one["look"]["announced_at"], one["scenario"], one["look"]["untold"])
        for one in report["scenarios"]
        if one["look"]
    ]
    return [(at, what, f"no: {why}" if why else "yes") for at, what, why in first + later]


def _look(one: Values) -> str:
    """Show the safety check of a scenario."""
    title = f"<h2>Safety check before {escape(one['scenario'])}</h2>"
    if not one["look"]:
        return f"{title}<p>None was made. {escape(one['words'])}</p>"
    return title + markup.table(
        ("Check", "Verdict", "Expected", "Observed", "Detail"),
        [
            (
                check["name"],
                markup.verdict(check["verdict"]),
                check["expected"],
                check["observed"],
                check["detail"],
            )
            for check in one["look"]["checks"]
        ],
    )


def _sign_offs(report: Values) -> str:
    if not report["final"]:
        teams = ", ".join(team["name"] for team in report["plan"]["teams"])
        return f"<p>{escape(f'The teams are asked now: {teams}' if teams else 'Nobody signs')}</p>"
    return markup.table(
        ("Team", "Role", "State", "By", "At", "Due", "Reason"),
        [
            (
                one["team"],
                one["role"],
                _state(one),
                one["who"] or "nobody",
                one["when"],
                one["due_at"],
                one["reason"],
            )
            for one in report["sign_offs"]
        ],
    )


def _state(one: Values) -> markup.Html:
    late = ", overdue" if one["overdue"] else ""
    kind = FAIL if one["state"] != SIGNED else SKIPPED if late else PASS
    return markup.verdict(f"{one['state']}{late}", kind)


def _actions(actions: list[Values]) -> str:
    fields = ("id", "scenario", "component", "text", "owner", "due_at", "status", "retest")
    heads = ("Action", "Scenario", "Component", "Finding", "Owner", "Due", "Status", "Re-test")
    return markup.table(heads, [[one[field] for field in fields] for one in actions])


def _storage(report: Values, digest: str) -> list[tuple[str, str]]:
    storage = report["storage"]
    locked = (
        f"Object Lock {storage['mode']} for {storage['days']} days"
        if storage["mode"] != "NONE"
        else "No Object Lock: whoever may write to the bucket can replace it; its versions tell"
    )
    return [
        ("Report", f"s3://{storage['bucket']}/{storage['key']}"),
        ("SHA-256", digest),
        ("Kept", locked),
        ("Supersedes", storage["supersedes"] or "nothing"),
    ]


def _seconds(seconds: int) -> str:
    return "not measured" if seconds == clocks.NOT_MEASURED else f"{seconds:,} s"
