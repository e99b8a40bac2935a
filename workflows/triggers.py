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


def ends_without_a_catch(machine: str, name: str, named_ends: list[str]) -> list[Event]:
    """Give the events of a machine's executions that ended where no catch could see it.

    Aborted, timed out, or failed with an error that is none of its named ends: no catch takes
    States.Runtime and States.DataLimitExceeded (Step Functions Developer Guide, "Handling
    errors in Step Functions workflows"). What they start gets `{"execution": ARN}`.
    """

    def ended(**how: Any) -> dict[str, Any]:
        return {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": {"stateMachineArn": [f"${{{machine}}}"], **how},
        }

    paths, template = {"execution": "$.detail.executionArn"}, '{"execution": <execution>}'
    broken = ended(status=["FAILED"], error=[{"anything-but": named_ends}])
    return [
        Event(f"{name}CutOff", ended(status=["ABORTED", "TIMED_OUT"]), paths, template),
        Event(f"{name}Broken", broken, paths, template),
    ]
