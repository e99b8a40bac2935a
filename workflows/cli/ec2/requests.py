"""The request of an EC2 operation, put together from the command line, and its start."""

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.validation import InvalidDocument, check
from workflows import systems as library
from workflows.cli import executions
from workflows.cli.errors import CommandError
from workflows.cli.session import Session
from workflows.cli.systems import manifest_of

LIMITS = ("max_instances", "max_percent", "max_unavailable", "max_errors")


def request(action: str, dry_run: bool, values: Mapping[str, Any]) -> dict[str, Any]:
    """Put a request together from the values of the command's options."""
    own = ("tags", "ids", "group", "system", "environment", "reason", *LIMITS)
    return {
        "action": action,
        "targets": targets(values.get("tags", ()), values["ids"], values.get("group")),
        "limits": limits(values),
        "options": given({name: value for name, value in values.items() if name not in own}),
        "system": values["system"],
        "environment": values["environment"],
        "dry_run": dry_run,
        "reason": values["reason"],
    }


def targets(tags: Iterable[str], ids: Iterable[str], group: str | None) -> dict[str, Any]:
    """Give the instances that are meant, in exactly one way; raises CommandError otherwise.

    A tag is `KEY=VALUE[,VALUE]`; the same key again adds values. Ids may be joined by commas.
    """
    wanted: dict[str, Any] = {}
    if named := [part.strip() for text in ids for part in text.split(",") if part.strip()]:
        wanted["instance_ids"] = list(dict.fromkeys(named))
    if tagged := by_tags(tags):
        wanted["tags"] = tagged
    if group:
        wanted["auto_scaling_group"] = group
    if len(wanted) != 1:
        said = "Nothing says" if not wanted else f"{' and '.join(wanted)} both say"
        raise CommandError(
            f"{said} which instances are meant. Give one of --tag KEY=VALUE, --id i-… and --asg."
        )
    return wanted


def by_tags(tags: Iterable[str]) -> dict[str, list[str]]:
    """Read `KEY=VALUE[,VALUE]` options; of values of one key an instance has to have one."""
    found: dict[str, list[str]] = {}
    for text in tags:
        key, equals, values = text.partition("=")
        if not key or not equals:
            raise CommandError(f"--tag {text} is not KEY=VALUE. For example: --tag Environment=dev")
        known = found.setdefault(key, [])
        known += [value for value in values.split(",") if value not in known]
    return found


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what somebody gave: neither None nor an empty list of a repeatable option."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value is not None and value != ()
    }


def limits(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the limits of which something was said; max_unavailable is `25%` or a number."""
    unavailable = values["max_unavailable"]
    if unavailable and unavailable.isdecimal():
        unavailable = int(unavailable)
    return given(
        {**{name: values[name] for name in LIMITS}, "max_unavailable": unavailable},
    )


def checked(request: Mapping[str, Any], session: Session) -> dict[str, Any]:
    """Give the request if it fits the workflow's schema and names a place that exists.

    Raises CommandError naming each field that is wrong.
    """
    document = {**request, "requested_by": session.caller}
    try:
        check(document, "workflows/ec2_operation")
    except InvalidDocument as invalid:
        raise CommandError("The request is wrong.", details=invalid.problems) from None
    refuse_unknown_place(request.get("system", ""), request.get("environment", ""), session)
    return document


def refuse_unknown_place(system: str, environment: str, session: Session) -> None:
    """Raise CommandError where a system or its environment does not exist."""
    if bool(system) != bool(environment):
        raise CommandError("--system and --environment go together: give both, or neither.")
    if not system:
        return
    manifest = manifest_of(system, session)
    if library.environment(manifest, environment) is None:
        names = ", ".join(entry["name"] for entry in manifest["environments"])
        raise CommandError(f"{system} has no environment {environment}. It has {names}.")


def start(request: Mapping[str, Any], session: Session) -> str:
    """Start the operation and give the execution's ARN."""
    place = (request.get("system", ""), request.get("environment", ""))
    about = (request["action"].replace("_", "-"), *place)
    return executions.start("Ec2OperationStateMachineArn", request, about, session)
