"""Choose the instances that a drill isolates or replaces, and ask for the EC2 operation."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import ledger, standing
from tasks.errors import NothingToRestore, TooManyInstances
from tasks.fleets.launching import TEMPLATE_TAG
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    "ec2:DescribeInstances": "*",
}
RUNNING = "running"
MOST = 200


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    return plan(
        request,
        client("ec2", drill["target"]["target"]),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def plan(request: dict[str, Any], ec2: Any, table: str, dynamodb: Any) -> dict[str, Any]:
    """Find the running instances with the component's tags, and write the operation's input.

    To be isolated are all of them, and they stand in the ledger first; to be replaced is the
    first by id, from its launch template or, where it has none, from its own image. Raises
    NothingToRestore where none runs, and TooManyInstances.
    """
    component, drill = request["component"], request["drill"]
    running = _running(component["target_config"]["tags"], ec2)
    found = sorted(running)
    if not found:
        raise NothingToRestore(
            f"No instance with the tags of {component['name']} runs in "
            f"{drill['target']['environment']}"
        )
    if len(found) > MOST:
        raise TooManyInstances(
            f"{len(found)} running instances have the tags of {component['name']}, a drill takes "
            f"{MOST} at most: give the component narrower tags"
        )
    chosen = found if request["action"] == "isolate" else found[:1]
    if request["action"] == "isolate":
        row = ledger.plan(
            drill["id"],
            "isolation",
            component["name"],
            component=component["name"],
            target=drill["target"]["target"],
            now=request["now"],
            table=table,
            dynamodb=dynamodb,
            detail={
                "instance_ids": chosen,
                "system": drill["system"],
                "environment": drill["target"]["environment"],
                "requested_by": drill["requested_by"],
            },
        )
        chosen = row["detail"]["instance_ids"]
    return {
        "done": True,
        "state": f"{len(chosen)} of {len(found)} running instances",
        "instance_ids": chosen,
        "request": {
            "action": request["action"],
            "targets": {"instance_ids": chosen},
            "options": _options(request["action"], running.get(chosen[0], {})),
            "system": drill["system"],
            "environment": drill["target"]["environment"],
            "requested_by": drill["requested_by"],
            "reason": f"restore drill {drill['id']}",
        },
    }


def _options(action: str, entry: Mapping[str, Any]) -> dict[str, str]:
    """Let what no launch template can launch again be launched from its own image."""
    tags = {tag["Key"] for tag in entry.get("Tags", [])}
    if action != "replace" or TEMPLATE_TAG in tags:
        return {}
    return {"image_id": entry["ImageId"]}


def _running(tags: dict[str, str], ec2: Any) -> dict[str, Mapping[str, Any]]:
    filters = [{"Name": f"tag:{name}", "Values": [value]} for name, value in tags.items()]
    filters.append({"Name": "instance-state-name", "Values": [RUNNING]})
    with raising({}, "instances"):
        pages = ec2.get_paginator("describe_instances").paginate(Filters=filters)
        return {
            one["InstanceId"]: one
            for page in pages
            for reservation in page["Reservations"]
            for one in reservation["Instances"]
        }
