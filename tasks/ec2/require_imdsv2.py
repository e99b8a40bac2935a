"""Require a token (IMDSv2) for the metadata of the instances of a batch."""

from typing import Any

from tasks import stacks
from tasks.fleets import fleet, imdsv2, instances, transitions
from tasks.fleets.each import act_on_each
from tasks.fleets.instances import INSTANCE_ARN
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:DescribeInstances": "*",
    "ec2:ModifyInstanceMetadataOptions": INSTANCE_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 300


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    ec2 = client("ec2", operation["target"])
    hop_limit = operation["options"]["hop_limit"]
    return {"work": require(request["work"], hop_limit, request["retry_count"], ec2)}


def require(work: dict[str, Any], hop_limit: int, retry_count: int, ec2: Any) -> dict[str, Any]:
    """Ask EC2 for each pending instance, one a call; whoever is throttled out stays pending."""
    done: list[str] = []
    if transitions.again(work, retry_count):
        found = instances.describe(work["pending"], ec2)
        done = [one for one, entry in found.items() if imdsv2.required(entry, hop_limit)]
    outcome = act_on_each(
        transitions.without(work["pending"], done),
        lambda one: ec2.modify_instance_metadata_options(
            InstanceId=one, HttpTokens="required", HttpPutResponseHopLimit=hop_limit
        ),
    )
    work = fleet.accept(work, [*done, *outcome.accepted])
    return fleet.fail(work, outcome.refused, changed=False)
