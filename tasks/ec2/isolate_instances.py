"""Cut instances off: quarantine group, network ACL entries, and no instance profile."""

from typing import Any

from tasks.fleets import containment, fleet, isolations, quarantine
from tasks.fleets.instances import INSTANCE_ARN
from tasks.runtime import client, setting, task

PERMISSIONS = {
    **containment.LOOKING,
    **containment.SETTING_GROUPS,
    "ec2:CreateNetworkAclEntry": containment.NETWORK_ACL_ARN,
    "ec2:DisassociateIamInstanceProfile": INSTANCE_ARN,
}
TIMEOUT = 300


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    work = isolate(
        request["work"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
        ec2=client("ec2", request["operation"]["target"]),
    )
    return {"work": work}


def isolate(work: dict[str, Any], table: str, dynamodb: Any, ec2: Any) -> dict[str, Any]:
    """Make whatever calls are left until those pending are isolated.

    Whoever has no record is left as it is, for nobody could release it. A failure leaves the
    rest of the isolation in place: a person decides what comes next.
    """
    records = isolations.read(work["pending"], table, dynamodb)
    work = fleet.fail(work, unrecorded(work["pending"], records), changed=False)
    found = containment.look_again(records, ec2) if records else quarantine.Found({})
    work = fleet.fail(
        work, {one: containment.TERMINATED for one in records if found.gone(one)}, changed=True
    )
    outcome = containment.carry_out(
        {
            one: quarantine.left_to_isolate(one, records[one]["was"], found)
            for one in work["pending"]
        },
        ec2,
    )
    work = fleet.accept(work, outcome.accepted)
    return fleet.fail(work, outcome.refused, changed=True)


def unrecorded(ids: list[str], records: dict[str, Any]) -> dict[str, fleet.Failure]:
    """Say of each instance without a record that it has none."""
    said = "What it has was not recorded, so nothing was taken from it. Isolate it again."
    return {one: ("NotRecorded", said) for one in ids if one not in records}
