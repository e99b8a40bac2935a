"""Read SARIF logs: which results stand, how severe they are, and where.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tasks.gates.evidence import Findings, Unusable, objects, plain, take

Node = dict[str, Any]
LEVELS = ("none", "note", "warning", "error")


@dataclass(frozen=True)
class Result:
    """One result that stands: neither suppressed nor gone; `level` is none to error."""

    rule: str
    level: str
    kind: str
    place: str
    message: str


def standing(name: str, log: Node, findings: Findings, counts: Counter[str]) -> Iterator[Result]:
    """Yield the results that stand, and count the suppressed ones.

    A run that the tool itself calls failed is a finding. Raises Unusable where the log is
    none, or has no run.
    """
    if not str(log.get("version", "")).startswith("2.1"):
        raise Unusable("is no SARIF 2.1 log")
    runs = objects(log, "runs")
    if not runs:
        raise Unusable("has no run: no tool looked at the release")
    for run in runs:
        tool = take(run, "tool", dict)
        if not _name(tool):
            raise Unusable("has a run without the name of its tool")
        _check_run(name, _name(tool), run, findings)
        for result in objects(run, "results"):
            counts["results"] += 1
            if _is_suppressed(result):
                counts["suppressed"] += 1
            elif result.get("baselineState") != "absent":
                yield _result(result, tool)


def _check_run(name: str, tool: str, run: Node, findings: Findings) -> None:
    if "results" in take(run, "externalPropertyFileReferences", dict):
        raise Unusable(f"keeps the results of {tool} in other files, which are not part of it")
    for invocation in objects(run, "invocations"):
        if invocation.get("executionSuccessful") is False:
            findings.add(f"{name}: {tool} says that it failed, so what it found is not all")
        for notification in objects(invocation, "toolExecutionNotifications"):
            if notification.get("level") == "error":
                findings.add(f"{name}: {tool} could not do its work: {_message(notification)}")


def _is_suppressed(result: Node) -> bool:
    """Tell whether every suppression is accepted (section 3.35, suppression object)."""
    statuses = [entry.get("status", "accepted") for entry in objects(result, "suppressions")]
    return bool(statuses) and all(status == "accepted" for status in statuses)


def _name(tool: Node) -> str:
    return plain(take(take(tool, "driver", dict), "name", str), 60)


def _result(result: Node, tool: Node) -> Result:
    reference = take(result, "rule", dict)
    rule_id = take(result, "ruleId", str) or take(reference, "id", str)
    rule = _rule(tool, rule_id, result.get("ruleIndex", reference.get("index")), reference)
    kind = take(result, "kind", str) or "fail"
    return Result(
        rule=plain(rule_id or take(rule, "id", str) or "a rule without a name", 80),
        level=_level(result, rule, kind),
        kind=kind,
        place=_place(result),
        message=_message(result),
    )


def _rule(tool: Node, rule_id: str, index: Any, reference: Node) -> Node:
    """Find a result's rule, in the tool's driver or in the extension that the result names."""
    extensions = objects(tool, "extensions")
    number = take(reference, "toolComponent", dict).get("index")
    component = _at(extensions, number) if number is not None else take(tool, "driver", dict)
    rule = _at(objects(component, "rules"), index)
    if rule or not rule_id:
        return rule
    components = [take(tool, "driver", dict), *extensions]
    rules = (rule for component in components for rule in objects(component, "rules"))
    return next((rule for rule in rules if rule.get("id") == rule_id), {})


def _at(nodes: list[Node], index: Any) -> Node:
    return nodes[index] if isinstance(index, int) and 0 <= index < len(nodes) else {}


def _level(result: Node, rule: Node, kind: str) -> str:
    """Give the result's level; what it does not say, its rule does (section 3.27.10)."""
    level = take(result, "level", str)
    if not level:
        if kind != "fail":
            return "none"
        level = take(take(rule, "defaultConfiguration", dict), "level", str) or "warning"
    return level if level in LEVELS else "error"


def _place(result: Node) -> str:
    for location in objects(result, "locations"):
        physical = take(location, "physicalLocation", dict)
        uri = take(take(physical, "artifactLocation", dict), "uri", str)
        line = take(take(physical, "region", dict), "startLine", int)
        if uri:
            return plain(uri, 120) + (f":{line}" if line else "")
    return "a place that it does not tell"


def _message(node: Node) -> str:
    message = take(node, "message", dict)
    return plain(take(message, "text", str) or take(message, "id", str) or "no message", 100)
