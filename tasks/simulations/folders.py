"""The folder of a simulation in the evidence bucket, and the executions that belong to it."""

import hashlib
from collections.abc import Mapping

from tasks import store

KEYS = "${EvidenceBucket.Arn}/simulations/*"
READS = {
    "s3:GetObject": KEYS,
    # Without it a missing object is told as a refused one (S3 API Reference, "GetObject").
    "s3:ListBucket": "${EvidenceBucket.Arn}",
}
WRITES = {"s3:PutObject": KEYS}
# Step Functions API Reference, "StartExecution".
LONGEST_NAME = 80

Execution = Mapping[str, str]


def key(simulation: str, *names: str) -> str:
    """Name an object of a simulation: simulations/<id>/<name>/…"""
    return "/".join(("simulations", simulation, *names))


def drill_name(simulation: str, scenario: str) -> str:
    """Name the drill of a scenario, the same each time, so that it is never started twice."""
    name = f"{simulation}-{scenario}"
    if len(name) <= LONGEST_NAME:
        return name
    told_apart = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{simulation[: LONGEST_NAME - len(scenario) - 10]}-{told_apart}-{scenario}"


def drill_arn(simulation: str, drill: str) -> str:
    """Give the execution of a drill by that of the simulation which starts it."""
    return ":".join((*simulation.split(":")[:6], "daytwo-restore-drill", drill))


def sign_off_of(execution: str, team: str) -> str:
    """Name whom a team's approval belongs to: the execution, and the team."""
    return f"{execution}#{team}"


def sign_off_key(execution: str, team: str) -> store.Key:
    """Give the key of a team's approval."""
    return store.approval(store.approval_id(sign_off_of(execution, team)))
