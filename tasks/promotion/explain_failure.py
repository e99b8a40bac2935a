"""Turn a caught error into words that a person can act on."""

import json
import re
from typing import Any

from tasks import errors
from tasks.errors import TaskError
from tasks.runtime import task

PERMISSIONS: dict[str, str] = {}
ERRORS: dict[str, type[TaskError]] = {}

LONGEST_CAUSE = 2000
DEEPEST = 6

# Step Functions User Guide, "Handling errors in Step Functions workflows"; AWS Lambda Developer
# Guide, "Understanding retry behavior in Lambda".
PHRASES = {
    "States.Timeout": "It took longer than it may",
    "States.HeartbeatTimeout": "It gave no sign of life in time",
    "States.DataLimitExceeded": "A document grew over the 256 KiB that Step Functions carries",
    "States.Permissions": "A role lacks a permission that the workflow needs",
    "States.Runtime": "The workflow could not process its own document",
    "Sandbox.Timedout": "The function took longer than it may",
    "Runtime.ExitError": "The function's process died",
    "Runtime.OutOfMemory": "The function ran out of memory",
    "Lambda.Unknown": "The function was killed before it could answer",
    "Lambda.TooManyRequestsException": "Lambda refused the call because too many were made",
    "Lambda.ServiceException": "Lambda itself failed",
    "Lambda.AWSLambdaException": "Lambda itself failed",
    "Lambda.SdkClientException": "Lambda could not be reached",
}
REFUSED = "A role lacks a permission that it needs"

# What Lambda and the SDKs put around the message, of no use to whoever reads it.
NOISE = (
    r"^RequestId: [0-9a-f-]{36} (?:Error: )?",
    r"^[0-9T:.-]+Z [0-9a-f-]{36} ",
    r" ?\(Service: [^()]*(?:\([^()]*\)[^()]*)*\)",
)
PAYLOAD = "Returned payload:"
TRACEBACK = "Traceback (most recent call last):"


@task
def handler(request: Any, context: Any) -> Any:
    return explain(request["error"], request["cause"], request["state"])


def explain(error: str, cause: str, state: str) -> dict[str, str]:
    """Give the innermost error's name, and what happened in at most 2000 characters.

    Names that are not daytwo's own follow the words in brackets, the outermost first, so that
    none is lost.
    """
    names, message = unwrapped(cause, [error] if error else [], DEEPEST)
    names = names or ["Unknown"]
    innermost = names[-1]
    words = ": ".join(part for part in (phrase(innermost), message) if part)
    words = words or "No cause was given"
    place = f"In {state}: " if state else ""
    own = len(names) == 1 and is_own(innermost)
    trail = "" if own else f" [{shortened(' > '.join(names), 300)}]"
    room = LONGEST_CAUSE - len(place) - len(trail)
    return {"error": innermost, "cause": f"{place}{shortened(words, room)}{trail}"}


def unwrapped(cause: str, names: list[str], deepest: int) -> tuple[list[str], str]:
    """Follow a cause to its innermost message; gives the names of the errors on the way.

    A cause is a function's error (errorType, errorMessage), a state's or execution's (Error,
    Cause), a killed function's payload inside a sentence, or plain words.
    """
    cause = cause.strip()
    document = parsed(cause)
    if document is None or deepest == 0:
        before, found, payload = cause.partition(PAYLOAD)
        if found and deepest:
            names, inner = unwrapped(payload, names, deepest - 1)
            return names, inner or plain(before)
        return names, plain(cause)
    for kind, message in (("errorType", "errorMessage"), ("Error", "Cause")):
        if kind in document or message in document:
            name = str(document.get(kind) or "")
            added = [name] if name and name not in names else []
            return unwrapped(str(document.get(message) or ""), names + added, deepest - 1)
    for trace in ("stackTrace", "trace"):
        document.pop(trace, None)
    return names, json.dumps(document, ensure_ascii=False)


def parsed(cause: str) -> dict[str, Any] | None:
    """Read a JSON object, or of one that was cut short the fields that name the error."""
    if not cause.startswith("{"):
        return None
    try:
        return json.loads(cause)
    except (ValueError, RecursionError):
        found = dict(
            re.findall(r'"(errorType|errorMessage|Error|Cause)"\s*:\s*"((?:[^"\\]|\\.)*)', cause)
        )
        return found or None


def plain(message: str) -> str:
    """Take what is noise to a reader out of a message, stack traces first of all."""
    before, found, trace = message.partition(TRACEBACK)
    if found:
        last = trace.strip().splitlines()[-1:] or [""]
        message = f"{before.strip()} {last[0].strip()}"
    for pattern in NOISE:
        message = re.sub(pattern, "", message.strip())
    return message.strip()


def phrase(name: str) -> str:
    """Say what a name means that AWS gives, or nothing."""
    if "AccessDenied" in name:
        return REFUSED
    return PHRASES.get(name, "")


def is_own(name: str) -> bool:
    """Whether the error is one of daytwo's, whose message says it all."""
    known = getattr(errors, name, None)
    return isinstance(known, type) and issubclass(known, TaskError)


def shortened(text: str, room: int) -> str:
    """Cut the middle out of a text that is too long: its end often says the reason."""
    if len(text) <= room:
        return text
    tail = room // 4
    return f"{text[: room - tail - 3]} … {text[-tail:]}"
