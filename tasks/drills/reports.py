"""The report of a drill for people: one page that needs nothing else, every string escaped."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from tasks.drills import clocks, markup
from tasks.drills.outcomes import MEASURE_WORDS

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
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
    time, trend = MEASURE_WORDS[found["measure"]], evidence["trend"]["words"]
    return markup.table(
        ("Objective", "Target", "Actual", "Trend"),
        [
            _objective(time, found["target_seconds"], found["actual_seconds"], trend),
            _objective("RPO", found["target_rpo_seconds"], found["actual_rpo_seconds"], ""),
        ],
    )


def _objective(name: str, target: int, actual: int, trend: str) -> tuple[str, ...]:
    told = "not measured" if actual == clocks.NOT_MEASURED else f"{actual:,} s"
    kind = "FAIL" if actual > target else ""
    return name, f"at most {target:,} s", markup.verdict(told, kind) if kind else told, trend


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
        ("Planned", moment(plan["planned_at"])),
        ("Judged", moment(evidence["judged_at"])),
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
    return "\n".join(
        (
            f"<h2>{escape(outcome['component'])} ({escape(words(outcome['chain']))}): "
            f"{markup.verdict(outcome['verdict'])}</h2>",
            markup.pairs(_component_facts(outcome, planned)),
            _times(outcome),
            markup.table(
                ("Check", "Verdict", "Expected", "Observed", "Tolerance", "Detail"),
                [_check(check) for check in outcome["checks"]],
            ),
            "<h3>Settings that a restore loses</h3>" if outcome["settings"] else "",
            markup.table(
                ("Setting", "Outcome", "Expected", "Observed", "Reason"),
                [_difference(one) for one in outcome["settings"]],
            )
            if outcome["settings"]
            else "",
        )
    )


def _component_facts(outcome: Values, planned: Values) -> list[tuple[str, str]]:
    """Give what a component is; what is disturbed in place has no copy, key or recovery point."""
    point, newest = planned.get("recovery_point", {}), outcome["newest_record"]
    facts = [("Restored or disturbed", str(planned.get("resource", "")))]
    if planned.get("copy"):
        told = (point.get("kind", ""), point.get("id", ""), moment(point.get("at", "")))
        facts += [
            ("Copy", planned["copy"]),
            ("Recovery point", " ".join(one for one in told if one)),
            ("Key", planned.get("key") or "not told"),
        ]
    if newest["at"]:
        facts.append(("Newest record", f"{moment(newest['at'])} ({newest['told_by']})"))
    return facts


def _times(outcome: Values) -> str:
    """Write T0 to T6, with the phase that ended at each below it."""
    ends = {end: name for (_, end), name in clocks.PHASES.items()}
    found = {name: f"{name} {seconds:,.1f} s" for name, seconds in outcome["phases"].items()}
    return markup.table(
        [f"{mark.upper()} {name}" for mark, name in clocks.MARKS.items()],
        [
            [moment(outcome["times"].get(mark, "")) or "-" for mark in clocks.MARKS],
            [found.get(ends.get(mark, ""), "") for mark in clocks.MARKS],
        ],
    )


def moment(text: str) -> str:
    """Write a moment to the second, as it folds in a narrow column; the evidence has it whole."""
    return f"{text[:10]} {text[11:19]}Z" if MOMENT.fullmatch(text) else text


def words(name: str) -> str:
    """Write a name of the ledger or of a chain as words."""
    return name.replace("_", " ")


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
    gone = f"{row['status']} {moment(row['gone_at'])}".strip()
    made = moment(row["planned_at"])
    return words(row["kind"]), row["name"], made, gone, row["proof"] or "none"
