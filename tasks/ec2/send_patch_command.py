"""Have Systems Manager patch instances."""

from typing import Any

from tasks import stacks
from tasks.errors import TaskError
from tasks.fleets import fleet, patching
from tasks.fleets.instances import INSTANCE_ARN, act_on
from tasks.runtime import client, raising, task

PERMISSIONS = {
    "ssm:DescribeInstanceInformation": "*",
    "ssm:ListCommands": "*",
    "ssm:SendCommand": [patching.DOCUMENT_ARN, INSTANCE_ARN],
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {}
TIMEOUT = 60

ONLINE = "Online"
DELIVERY_SECONDS = 600


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    return {"work": send(request["work"], operation, client("ssm", operation["target"]))}


def send(work: dict[str, Any], operation: dict[str, Any], ssm: Any) -> dict[str, Any]:
    """Send one command for up to fifty instances, to those who were sent none yet.

    An instance whose agent Systems Manager does not hear fails unchanged.
    """
    already = patching.sent(operation, work["pending"], ssm)
    work = fleet.accept(work, already)
    work = fleet.fail(work, unheard(work["pending"], ssm), changed=False)
    for ids in patching.pieces(work["pending"]):
        outcome = act_on(ids, lambda some: ssm.send_command(**command(some, operation)))
        work = fleet.accept(work, outcome.accepted)
        work = fleet.fail(work, outcome.refused, changed=False)
    return work


def unheard(ids: list[str], ssm: Any) -> dict[str, fleet.Failure]:
    """Say of each instance that cannot be sent a command why not."""
    pings: dict[str, str] = {}
    with raising(ERRORS, "managed instances"):
        for some in patching.pieces(ids):
            pages = ssm.get_paginator("describe_instance_information").paginate(
                Filters=[{"Key": "InstanceIds", "Values": some}],
                PaginationConfig={"PageSize": patching.PAGE},
            )
            for page in pages:
                for one in page["InstanceInformationList"]:
                    pings[one["InstanceId"]] = one["PingStatus"]
    return {one: refusal(pings.get(one, "")) for one in ids if pings.get(one) != ONLINE}


def refusal(ping: str) -> fleet.Failure:
    """Say what is wrong with an agent of this ping status, and what to do."""
    if ping:
        return "AgentNotOnline", (
            f"Its SSM Agent is {ping}. See that the instance runs and that its agent reaches "
            "Systems Manager, and patch it again."
        )
    return "NotManaged", (
        "Systems Manager does not know it. Install SSM Agent, and give its instance profile "
        "the policy AmazonSSMManagedInstanceCore."
    )


def command(ids: list[str], operation: dict[str, Any]) -> dict[str, Any]:
    """Give the parameters of SendCommand.

    By default a single failure stops a command from going to others ("SendCommand",
    MaxErrors); the operation has an error budget of its own.
    """
    return {
        "DocumentName": patching.DOCUMENT,
        "InstanceIds": ids,
        "Comment": patching.comment(operation),
        "Parameters": {
            "Operation": [operation["options"]["patch_operation"]],
            "RebootOption": ["RebootIfNeeded" if patching.installs(operation) else "NoReboot"],
        },
        "TimeoutSeconds": DELIVERY_SECONDS,
        "MaxConcurrency": "100%",
        "MaxErrors": "100%",
    }
