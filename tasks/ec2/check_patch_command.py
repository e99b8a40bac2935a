"""Look how far patching is on each instance, and what it left."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.errors import AwsCallFailed, TaskError
from tasks.fleets import fleet, patching
from tasks.runtime import client, log, raising, task

PERMISSIONS = {
    "ssm:CancelCommand": "*",
    "ssm:DescribeInstancePatchStates": "*",
    "ssm:ListCommandInvocations": "*",
    "ssm:ListCommands": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {}
TIMEOUT = 60

UNDER_WAY = ("Pending", "InProgress", "Delayed", "Cancelling")
# AWS Systems Manager User Guide, "Understanding command statuses": nothing was run.
NOT_RUN = ("AccessDenied", "DeliveryTimedOut", "InvalidPlatform", "Undeliverable")
LONGEST_OUTPUT = 300

Commands = Mapping[str, Mapping[str, Any]]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    ssm = client("ssm", operation["target"])
    return {"work": check(request["work"], operation, request["most_rounds"], ssm)}


def check(
    work: dict[str, Any], operation: dict[str, Any], most_rounds: int, ssm: Any
) -> dict[str, Any]:
    """Sort those acted on: patched, failed, or still at it.

    A command that ends well has patched an instance unless the patch state that it wrote
    counts failed or missing patches. In the last round commands that still run are cancelled,
    so that none goes on behind the operation's back.
    """
    commands = patching.sent(operation, work["acted"], ssm)
    found = invocations(commands, ssm)
    ended = [one for one in found if found[one]["Status"] not in UNDER_WAY]
    well = [one for one in ended if found[one]["Status"] == "Success"]
    badly = {one: failure(found[one]) for one in ended if one not in well}
    if patching.installs(operation):
        badly |= unpatched(well, commands, ssm)
    work = fleet.look(work)
    work = fleet.reach(work, [one for one in well if one not in badly])
    work = fleet.fail(work, badly, changed(operation, found))
    if work["rounds"] < most_rounds:
        return work
    cancel({one: commands[one] for one in work["acted"] if one in commands}, ssm)
    reason = "Patching was not done in time; its command is cancelled."
    return fleet.time_out(work, patching.installs(operation), reason)


def invocations(commands: Commands, ssm: Any) -> dict[str, dict[str, Any]]:
    """Give what became of the commands, by instance id."""
    found: dict[str, dict[str, Any]] = {}
    for command in dict.fromkeys(one["CommandId"] for one in commands.values()):
        with raising(ERRORS, f"command {command}"):
            pages = ssm.get_paginator("list_command_invocations").paginate(
                CommandId=command, Details=True, PaginationConfig={"PageSize": patching.PAGE}
            )
            for page in pages:
                for one in page["CommandInvocations"]:
                    if commands.get(one["InstanceId"], {}).get("CommandId") == command:
                        found[one["InstanceId"]] = one
    return found


def failure(invocation: Mapping[str, Any]) -> fleet.Failure:
    """Say how a command ended on an instance, with the last that it wrote."""
    details = details_of(invocation)
    written = "\n".join(plugin.get("Output", "") for plugin in invocation["CommandPlugins"])
    said = f"Command {invocation['CommandId']} ended as {details}."
    tail = written.strip()[-LONGEST_OUTPUT:]
    return f"Patch{details}", f"{said} It wrote: {tail}" if tail else said


def details_of(invocation: Mapping[str, Any]) -> str:
    """Give the status in detail; the console writes some with spaces."""
    return str(invocation["StatusDetails"]).replace(" ", "")


def changed(operation: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Give those on whom the command was run, if it installs anything."""
    if not patching.installs(operation):
        return []
    return [one for one in found if details_of(found[one]) not in NOT_RUN]


def unpatched(ids: list[str], commands: Commands, ssm: Any) -> dict[str, fleet.Failure]:
    """Say who was not wholly patched, by the patch states that were written since the command."""
    wrong: dict[str, fleet.Failure] = {}
    for some in patching.pieces(ids):
        with raising(ERRORS, "patch states"):
            pages = ssm.get_paginator("describe_instance_patch_states").paginate(
                InstanceIds=some, PaginationConfig={"PageSize": patching.PAGE}
            )
            for page in pages:
                for state in page["InstancePatchStates"]:
                    one = state["InstanceId"]
                    failed, missing = state.get("FailedCount", 0), state.get("MissingCount", 0)
                    fresh = state["OperationEndTime"] >= commands[one]["RequestedDateTime"]
                    if fresh and failed + missing:
                        wrong[one] = (
                            "PatchesFailed",
                            f"{failed} patches failed and {missing} are missing, by baseline "
                            f"{state['BaselineId']}.",
                        )
    return wrong


def cancel(commands: Commands, ssm: Any) -> None:
    """Cancel what still runs; a command that cannot be cancelled ends by its own time-out."""
    for command in dict.fromkeys(one["CommandId"] for one in commands.values()):
        ids = [one for one, its in commands.items() if its["CommandId"] == command]
        try:
            with raising(ERRORS, f"command {command}"):
                ssm.cancel_command(CommandId=command, InstanceIds=ids)
        except AwsCallFailed as error:
            log.warning("not cancelled", extra={"command": command, "why": str(error)})
