"""Give isolated instances back what isolation took: groups, network, instance profile."""

from typing import Any

from tasks import stacks
from tasks.fleets import containment, fleet, isolations, quarantine
from tasks.fleets.instances import INSTANCE_ARN
from tasks.runtime import client, setting, task

PERMISSIONS = {
    **containment.LOOKING,
    **containment.SETTING_GROUPS,
    "ec2:AssociateIamInstanceProfile": INSTANCE_ARN,
    "ec2:DeleteNetworkAclEntry": containment.NETWORK_ACL_ARN,
    "ec2:DisassociateIamInstanceProfile": INSTANCE_ARN,
    "ec2:ReplaceIamInstanceProfileAssociation": INSTANCE_ARN,
    "iam:PassRole": stacks.SERVICE_ROLES,
}
TIMEOUT = 300


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    work = release(
        request["work"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
        ec2=client("ec2", request["operation"]["target"]),
    )
    return {"work": work}


def release(work: dict[str, Any], table: str, dynamodb: Any, ec2: Any) -> dict[str, Any]:
    """Make whatever calls are left until those pending have what they had.

    The record stays until the instance serves again, so that this can be done again.
    """
    records = isolations.read(work["pending"], table, dynamodb)
    work = fleet.fail(work, not_isolated(work["pending"], records), changed=False)
    if not records:
        return work
    found = containment.look_again(records, ec2)
    outcome = containment.carry_out(
        {
            one: quarantine.left_to_release(one, record["was"], found)
            for one, record in records.items()
        },
        ec2,
    )
    work = fleet.accept(work, outcome.accepted)
    return fleet.fail(work, outcome.refused, changed=True)


def not_isolated(ids: list[str], records: dict[str, Any]) -> dict[str, fleet.Failure]:
    """Say of each instance without a record that there is nothing to give back."""
    said = "There is no record that it was isolated, so there is nothing to give back."
    return {one: ("NotIsolated", said) for one in ids if one not in records}
