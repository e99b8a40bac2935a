"""What a rule's target gets: the event, a part of it, a constant, or a transformed text."""

import json
import re
from typing import Any

from jsonpath_ng.ext import parse

PLACEHOLDER = re.compile(r"<([\w.\-]+)>")


def payload(target: dict[str, Any], rule: Any, event: dict[str, Any], ingested: str) -> str:
    """Write a target's input for an event (EventBridge User Guide, "Input transformation")."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(_find(target["InputPath"], event))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    values = {
        name: _find(path, event) for name, path in transformer.get("InputPathsMap", {}).items()
    }
    values |= {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": ingested,
        "aws.events.event.json": event,
        "aws.events.event": {name: event[name] for name in event if name != "detail"},
    }
    return transform(transformer["InputTemplate"], values)


def transform(template: str, values: dict[str, Any]) -> str:
    """Fill in a template: a value brings its own quotes, unless it stands in a string already.

    A variable whose path is not in the event becomes an empty string.
    """

    def fill(placeholder: re.Match[str]) -> str:
        value = values.get(placeholder[1])
        if value is None and placeholder[1] not in values:
            return placeholder[0]
        value = "" if value is None else value
        if not _in_string(template, placeholder.start()):
            return json.dumps(value)
        text = value if isinstance(value, str) else json.dumps(value)
        return json.dumps(text)[1:-1]

    return PLACEHOLDER.sub(fill, template)


def _in_string(template: str, position: int) -> bool:
    inside = escaped = False
    for letter in template[:position]:
        if letter == '"' and not escaped:
            inside = not inside
        escaped = letter == "\\" and not escaped
    return inside


def _find(path: str, event: dict[str, Any]) -> Any:
    matches = parse(path).find(event)
    return matches[0].value if matches else None
