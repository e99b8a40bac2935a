"""Look at alarms and ask functions whether a deployment is healthy, and say what was seen."""

import json
from typing import Any

from tasks import alarms, aliases, stacks
from tasks.errors import AlarmUnknown, AlarmWithoutData, Unhealthy
from tasks.runtime import client, raising, task

PERMISSIONS = {
    "cloudwatch:DescribeAlarms": alarms.ALARM_ARN,
    "lambda:InvokeFunction": aliases.FUNCTION_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = {**alarms.ERRORS, **aliases.ERRORS}
# Health checks are answered one after the other, each within its own function's timeout.
TIMEOUT = 120

LONGEST_ANSWER = 300


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    target = request["target"]
    return check(
        request["health"],
        {entry["function"]: entry["version"] for entry in request["published"]},
        last=request["last"],
        since=request["since"],
        cloudwatch=client("cloudwatch", target),
        lambda_=client("lambda", target),
    )


def check(
    health: dict[str, Any],
    versions: dict[str, str],
    last: bool,
    since: str,
    cloudwatch: Any,
    lambda_: Any,
) -> dict[str, Any]:
    """Take one look: healthy, or inconclusive where an alarm has no data yet.

    `versions` are the versions under test by function name; an empty one means that there
    is nothing to ask. `since`, if given, is when the watch began (ISO 8601): an alarm that
    has been red for longer is said to be. Raises Unhealthy on a definite no, with all that
    was seen; AlarmWithoutData on the last look at a silent alarm; AlarmUnknown.
    """
    red, silent, seen = look_at_alarms(health["alarms"], since, cloudwatch)
    for probe in health["checks"]:
        for qualifier in (versions.get(probe["function"], ""), probe["alias"]):
            if versions.get(probe["function"]) == "":
                seen.append(f"{probe['function']} had no version before; it was not asked")
                break
            if qualifier:
                healthy, words = ask(probe, qualifier, lambda_)
                (seen if healthy else red).append(words)
    if red:
        raise Unhealthy(told([*red, *silent]))
    if silent and last:
        raise AlarmWithoutData(
            f"{told(silent)} To the end of the watch nothing said that the release is healthy. "
            "Send traffic through it, or say in the manifest that no data is healthy "
            '("without_data": "healthy").'
        )
    return {"healthy": not silent, "inconclusive": bool(silent), "observations": [*silent, *seen]}


def look_at_alarms(
    watched: list[dict[str, str]], since: str, cloudwatch: Any
) -> tuple[list[str], list[str], list[str]]:
    """Sort the alarms into those that are red, silent and fine, each in words."""
    states = alarms.read((entry["name"] for entry in watched), cloudwatch)
    unknown = sorted(entry["name"] for entry in watched if entry["name"] not in states)
    if unknown:
        raise AlarmUnknown(
            f"There is no metric alarm {', '.join(unknown)}, so nobody watches what it was for. "
            "Create it in the template, or mend the name in the system's manifest."
        )
    red, silent, fine = [], [], []
    for entry in watched:
        alarm = states[entry["name"]]
        if alarm.state == "ALARM":
            before = " (before this watch began)" if since and alarm.since < since else ""
            red.append(f"{alarm}{before}")
        elif alarm.state == "INSUFFICIENT_DATA" and entry["without_data"] == "hold":
            silent.append(str(alarm))
        else:
            fine.append(f"alarm {alarm.name} is {alarm.state}")
    return red, silent, fine


def ask(probe: dict[str, Any], qualifier: str, lambda_: Any) -> tuple[bool, str]:
    """Invoke a function at a version or alias; say whether it answered as expected, in words."""
    name = f"{probe['function']}:{qualifier}"
    with raising(ERRORS, name):
        reply = lambda_.invoke(
            FunctionName=probe["function"],
            Qualifier=qualifier,
            Payload=json.dumps(probe["payload"]).encode(),
        )
        answer = reply["Payload"].read().decode(errors="replace")
    if reply.get("FunctionError"):
        return False, f"{name} failed: {answer[:LONGEST_ANSWER]}"
    status, wanted = status_of(answer), probe["expect_status"]
    if status != wanted:
        found = "no statusCode" if status is None else f"status {status}"
        return False, f"{name} answered {found} instead of {wanted}: {answer[:LONGEST_ANSWER]}"
    return True, f"{name} answered {status}"


def status_of(answer: str) -> int | None:
    """Read the statusCode of an API proxy's answer; None where it has none."""
    try:
        status = json.loads(answer)["statusCode"]
        return int(status)
    except (ValueError, TypeError, KeyError):
        return None


def told(observations: list[str]) -> str:
    """Join observations into sentences."""
    return " ".join(f"{words[:1].upper()}{words[1:].rstrip('.')}." for words in observations)
