"""The roles that a request hands to a service, each of which needs iam:PassRole.

AWS page "Grant a user permissions to pass a role to an AWS service".
"""

from collections.abc import Iterator
from typing import Any

from infra.local.iam import fleets
from infra.local.iam.operations import Operation

# Service and operation -> where the role's ARN stands, and who will act as it.
PASSED: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("cloudformation", "CreateChangeSet"): (("RoleARN",), "cloudformation.amazonaws.com"),
    ("cloudformation", "CreateStack"): (("RoleARN",), "cloudformation.amazonaws.com"),
    ("cloudformation", "DeleteStack"): (("RoleARN",), "cloudformation.amazonaws.com"),
    ("cloudformation", "UpdateStack"): (("RoleARN",), "cloudformation.amazonaws.com"),
    ("events", "PutRule"): (("RoleArn",), "events.amazonaws.com"),
    ("events", "PutTargets"): (("Targets", "RoleArn"), "events.amazonaws.com"),
    ("lambda", "CreateFunction"): (("Role",), "lambda.amazonaws.com"),
    ("lambda", "UpdateFunctionConfiguration"): (("Role",), "lambda.amazonaws.com"),
    ("scheduler", "CreateSchedule"): (("Target", "RoleArn"), "scheduler.amazonaws.com"),
    ("scheduler", "UpdateSchedule"): (("Target", "RoleArn"), "scheduler.amazonaws.com"),
    ("states", "CreateStateMachine"): (("roleArn",), "states.amazonaws.com"),
    ("states", "UpdateStateMachine"): (("roleArn",), "states.amazonaws.com"),
}


def passed_roles(operation: Operation) -> list[tuple[str, str]]:
    """List the roles that a request passes, with the service that each is passed to."""
    path, service = PASSED.get((operation.service, operation.name), ((), ""))
    roles = dict.fromkeys(_at(operation.parameters, path)) if path else {}
    found = [(role, service) for role in roles]
    return found + [(role, "ec2.amazonaws.com") for role in fleets.passed_profiles(operation)]


def _at(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _at(each, path)
    elif not path:
        if isinstance(value, str) and value:
            yield value
    elif hasattr(value, "get"):
        yield from _at(value.get(path[0]), path[1:])
