"""What starts a workflow by itself, declared beside the workflow and deployed by infra/."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """An EventBridge rule on the default bus that starts the workflow.

    `pattern` is the rule's event pattern; `paths` and `template` are its input transformer
    (without them the whole event is the input). The template keeps `<id>` so that an event
    delivered twice can be told.
    """

    name: str
    pattern: dict[str, Any]
    paths: dict[str, str] = field(default_factory=dict)
    template: str = ""


@dataclass(frozen=True)
class Schedule:
    """An EventBridge Scheduler schedule that starts the workflow.

    `expression` is rate(…), cron(…) or at(…); `timezone` an IANA zone.
    """

    name: str
    expression: str
    input: dict[str, Any]
    timezone: str = "UTC"
