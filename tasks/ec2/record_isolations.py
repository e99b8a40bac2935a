"""Write down what instances have before they are isolated, so that all of it can come back."""

from typing import Any

from tasks.fleets import containment, fleet, isolations, quarantine
from tasks.runtime import client, iso, setting, task

PERMISSIONS = {
    **containment.LOOKING,
    "dynamodb:PutItem": "${StateTable.Arn}",
    "ec2:DescribeSecurityGroups": "*",
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    work = record(
        request["instances"],
        request["work"],
        operation,
        iso(),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
        ec2=client("ec2", operation["target"]),
    )
    return {"work": work}


def record(
    planned: list[dict[str, Any]],
    work: dict[str, Any],
    operation: dict[str, Any],
    now: str,
    table: str,
    dynamodb: Any,
    ec2: Any,
) -> dict[str, Any]:
    """Record those pending that have no record yet, and move all of them to `reached`.

    A record that is there stays as it is: an earlier operation did not get to the end, and
    what it found is what was. Who has no group that isolates, or is gone, fails unchanged.
    """
    known = isolations.read(work["pending"], table, dynamodb)
    new = [one for one in work["pending"] if one not in known]
    if new:
        found = containment.look(new, set(), ec2)
        work = fleet.fail(
            work, {one: containment.TERMINATED for one in new if found.gone(one)}, changed=False
        )
        vpcs = {one: found.instances[one]["VpcId"] for one in new if not found.gone(one)}
        chosen = operation["options"].get("quarantine_security_group", "")
        groups, troubles = isolations.quarantine_groups(vpcs.values(), chosen, ec2)
        work = fleet.fail(
            work,
            {one: troubles[vpc] for one, vpc in vpcs.items() if vpc in troubles},
            changed=False,
        )
        service = {one["instance_id"]: in_service(one) for one in planned}
        was = {
            one: {
                **quarantine.had(one, found),
                **service[one],
                "quarantine_group": groups[vpc],
            }
            for one, vpc in vpcs.items()
            if vpc in groups
        }
        isolations.write(was, operation, now, table, dynamodb)
    return fleet.reach(work, work["pending"])


def in_service(planned: dict[str, Any]) -> dict[str, Any]:
    """Give where a planned instance serves."""
    return {
        "target_groups": planned["target_groups"],
        "auto_scaling_group": planned["auto_scaling_group"],
    }
