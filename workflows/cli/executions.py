"""Starting executions under names that read well in a list."""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from workflows.cli.session import Session

LONGEST_NAME = 80  # Step Functions API Reference, "StartExecution"


def start(machine: str, request: Mapping[str, Any], about: Iterable[str], session: Session) -> str:
    """Start the state machine that an output of the stack names; gives the execution's ARN.

    The execution is named after what it is about, such as its system and environment.
    """
    reply = session.client("stepfunctions").start_execution(
        stateMachineArn=session.output(machine),
        name=execution_name(about),
        input=json.dumps(request),
    )
    return str(reply["executionArn"])


def execution_name(about: Iterable[str]) -> str:
    """Name an execution: what it is about, the time, and what keeps two of a second apart."""
    end = f"-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    return "-".join(part for part in about if part)[: LONGEST_NAME - len(end)] + end
