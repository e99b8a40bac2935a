"""The report of a drill for people: one page that needs nothing else, every string escaped."""

from collections.abc import Mapping
from html import escape
from typing import Any

from tasks.drills import clocks, markup
from tasks.drills.outcomes import MEASURE_WORDS

LOST = {"reapplied": "PASS", "left": "SKIPPED", "lost": "FAIL"}

Values = Mapping[str, Any]


def page(evidence: Values, digest: str) -> str:
    """Write the report of an evidence document whose SHA-256 is `digest`."""
    plan, drill = evidence["plan"], evidence["plan"]["drill"]
    title = f"{drill['scenario']} drill of {drill['system']}"
    parts = [
        f"<h1>{escape(title)}: {markup.verdict(evidence['verdict'])}</h1>",
        f"<p>{escape(evidence['words'])}</p>",
        markup.items(evidence["reasons"]),
        "<h2>Objectives</h2>",
        _objectives(evidence),
        "<h2>Who, where and when</h2>",
        markup.pairs(_facts(evidence)),
        "<h2>Success criteria, written down beforehand</h2>",
        markup.items(plan["success_criteria"]),
        *[_component(one, plan) for one in evidence["components"]],
        "<h2>Left out</h2>",
        markup.table(
            ("Component", "Check", "Reason"),
            [(one["component"], one["check"], one["reason"]) for one in evidence["exclusions"]],
        ),
        "<h2>Cleanup, with proof</h2>",
        markup.table(
            ("What", "Name", "Made", "Gone", "Proof"),
            [_cleanup(row) for row in evidence["cleanup"]],
        ),
        "<h2>Findings</h2>",
        markup.table(
            ("Component", "Finding"),
            [(one["component"] or "the drill", one["text"]) for one in evidence["findings"]],
        ),
        "<h2>This document</h2>",
        markup.pairs(_storage(evidence, digest)),
    ]
    return markup.page(title, parts)


def _objectives(evidence: Values) -> str:
    found = evidence["results"]
    time = MEASURE_WORDS[found["measure"]]
    return markup.table(
        ("Objective", "Target", "Actual", "Trend"),
        [
            (
                time,
                f"at most {found['target_seconds']:,} s",
                _seconds(found["actual_seconds"]),
                evidence["trend"]["words"],
            ),
            (
                "RPO",
                f"at most {found['target_rpo_seconds']:,} s",
                _seconds(found["actual_rpo_seconds"]),
                "",
            ),
        ],
    )


def _facts(evidence: Values) -> list[tuple[str, str]]:
    plan, drill, trigger = evidence["plan"], evidence["plan"]["drill"], evidence["trigger"]
    approval = evidence["approval"]
    return [
        ("Drill", drill["id"]),
        ("Asked for by", trigger["requested_by"]),
        ("Reason", trigger["reason"] or "none given"),
        ("Approved by", f"{approval['decided_by']} {approval.get('decided_at', '')}".strip()),
        ("Execution", trigger["execution"]["id"]),
        *[_end(name, drill[name], plan["accounts"][name]) for name in ("source", "target")],
        ("Planned", plan["planned_at"]),
        ("Judged", evidence["judged_at"]),
        ("Plan's SHA-256", f"{evidence['plan_digest']} (version {plan['version']})"),
        ("Copies lived", f"{evidence['usage']['copy_hours']} h, {evidence['usage']['billed_by']}"),
    ]


def _end(name: str, place: Values, account: Values) -> tuple[str, str]:
    role = place["target"]["role_arn"] or "daytwo's own role"
    told = f"{place['environment']}: account {account['account']}, {account['region']}, {role}"
    return name.capitalize(), told


def _storage(evidence: Values, digest: str) -> list[tuple[str, str]]:
    storage = evidence["storage"]
    locked = (
        f"Object Lock {storage['mode']} for {storage['days']} days"
        if storage["mode"] != "NONE"
        else "No Object Lock: whoever may write to the bucket can replace it; its versions tell"
    )
    return [
        ("Evidence", f"s3://{storage['bucket']}/{storage['key']}"),
        ("SHA-256", digest),
        ("Kept", locked),
        ("Supersedes", storage["supersedes"] or "nothing"),
    ]


def _component(outcome: Values, plan: Values) -> str:
    planned: Values = next(
        (one for one in plan["components"] if one["name"] == outcome["component"]), {}
    )
    point = planned.get("recovery_point", {})
    facts = [
        ("Restored or disturbed", str(planned.get("resource", ""))),
        ("Copy", planned.get("copy") or "none"),
        ("Recovery point", f"{point.get('kind', '')} {point.get('id', '')} {point.get('at', '')}"),
        ("Key", planned.get("key") or "not told"),
        (
            "Newest record",
            f"{outcome['newest_record']['at']} ({outcome['newest_record']['told_by']})",
        ),
    ]
    marks = [(mark.upper(), outcome["times"].get(mark) or "-") for mark in clocks.MARKS]
    phases = [(name, f"{seconds:,.1f} s") for name, seconds in outcome["phases"].items()]
    took = [[seconds for _, seconds in phases]]
    return "\n".join(
        (
            f"<h2>{escape(outcome['component'])} ({escape(outcome['chain'])}): "
            f"{markup.verdict(outcome['verdict'])}</h2>",
            markup.pairs(facts),
            markup.table([name for name, _ in marks], [[at for _, at in marks]]),
            markup.table([name for name, _ in phases], took) if phases else "",
            markup.table(
                ("Check", "Verdict", "Expected", "Observed", "Tolerance", "Detail"),
                [_check(check) for check in outcome["checks"]],
            ),
            markup.table(
                ("Setting", "Outcome", "Expected", "Observed", "Reason"),
                [_difference(one) for one in outcome["settings"]],
            ),
        )
    )


def _check(check: Values) -> tuple[str, ...]:
    return (
        check["name"],
        markup.verdict(check["verdict"]),
        check["expected"],
        check["observed"],
        check.get("tolerance", "none"),
        check.get("detail", ""),
    )


def _difference(one: Values) -> tuple[str, ...]:
    outcome = markup.Html(f'<span class="{LOST[one["outcome"]]}">{escape(one["outcome"])}</span>')
    return one["setting"], outcome, one["expected"], one["observed"], one.get("reason", "")


def _cleanup(row: Values) -> tuple[str, ...]:
    gone = f"{row['status']} {row['gone_at']}".strip()
    return row["kind"], row["name"], row["planned_at"], gone, row["proof"] or "none"


def _seconds(seconds: int) -> str:
    return "not measured" if seconds == clocks.NOT_MEASURED else f"{seconds:,} s"
