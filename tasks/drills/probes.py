"""Functions that are asked about a copy, and what of their answers may stand in evidence."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tasks.runtime import raising


class Answer(NamedTuple):
    """What a function answered; `crashed` has its error's type, "" where it ran to its end."""

    document: Any
    crashed: str
    version: str

    @property
    def status(self) -> int | None:
        """The statusCode of an API proxy's answer; None where it has none."""
        try:
            return int(self.document["statusCode"])
        except (ValueError, TypeError, KeyError, IndexError):
            return None

    def __str__(self) -> str:
        """Say what came back, without any of its data."""
        if self.crashed:
            return f"the function failed with {self.crashed}"
        return "no statusCode" if self.status is None else f"status {self.status}"


def call(
    function: str, payload: Mapping[str, Any], lambda_: Any, errors: Any, qualifier: str = ""
) -> Answer:
    """Invoke a function and wait for its answer; `errors` is what AWS's errors become."""
    named = {"FunctionName": function, **({"Qualifier": qualifier} if qualifier else {})}
    with raising(errors, ":".join(named.values())):
        reply = lambda_.invoke(**named, Payload=json.dumps(payload).encode())
        body = reply["Payload"].read()
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    crashed = ""
    if reply.get("FunctionError"):
        told = document if isinstance(document, dict) else {}
        crashed = str(told.get("errorType") or reply["FunctionError"])[:100]
    return Answer(document, crashed, str(reply.get("ExecutedVersion", "")))
