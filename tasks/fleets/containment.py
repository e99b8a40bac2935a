"""Isolating instances and releasing them: looking, and making the calls that are left."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.errors import TaskError, Throttled, Unavailable
from tasks.fleets import instances, isolations
from tasks.fleets.each import act_on_each
from tasks.fleets.instances import INSTANCE_ARN, Outcome
from tasks.fleets.quarantine import Found, Step
from tasks.runtime import COMMON_ERRORS, raising

ERRORS: dict[str, type[TaskError]] = {}
_OURS = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}"
LOOKING = {
    **isolations.READING,
    "ec2:DescribeIamInstanceProfileAssociations": "*",
    "ec2:DescribeInstances": "*",
    "ec2:DescribeNetworkAcls": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
SETTING_GROUPS = {
    "ec2:ModifyNetworkInterfaceAttribute": [
        INSTANCE_ARN,
        f"{_OURS}:network-interface/*",
        f"{_OURS}:security-group/*",
    ]
}
NETWORK_ACL_ARN = f"{_OURS}:network-acl/*"

# Lost races with another batch or another call: the next look finds what is left.
LATER = frozenset(
    {
        "IncorrectState",
        "InvalidAssociationID.NotFound",
        "InvalidNetworkAclEntry.NotFound",
        "InvalidNetworkInterfaceID.NotFound",
        "NetworkAclEntryAlreadyExists",
    }
)
TERMINATED = ("Terminated", "It was terminated meanwhile, by somebody else.")


def look(ids: list[str], vpcs: set[str], ec2: Any) -> Found:
    """See what instances have, and the network ACLs of these VPCs, or else of their own."""
    found = Found(instances.describe(ids, ec2))
    vpcs = vpcs or {one["VpcId"] for one in found.instances.values() if one.get("VpcId")}
    with raising(ERRORS, "instance profiles"):
        pages = ec2.get_paginator("describe_iam_instance_profile_associations").paginate(
            Filters=[
                {"Name": "instance-id", "Values": ids},
                {"Name": "state", "Values": ["associating", "associated"]},
            ]
        )
        for page in pages:
            for one in page["IamInstanceProfileAssociations"]:
                profile = one["IamInstanceProfile"]["Arn"]
                found.profiles[one["InstanceId"]] = (one["AssociationId"], profile)
    with raising(ERRORS, "network ACLs"):
        pages = ec2.get_paginator("describe_network_acls").paginate(
            Filters=[{"Name": "vpc-id", "Values": sorted(vpcs)}]
        )
        for page in pages if vpcs else ():
            for acl in page["NetworkAcls"]:
                found.acls.setdefault(acl["VpcId"], []).append(acl)
    return found


def look_again(records: Mapping[str, Mapping[str, Any]], ec2: Any) -> Found:
    """See what recorded instances have now; of one that is gone, its VPC's network ACLs."""
    return look(list(records), {record["was"]["vpc_id"] for record in records.values()}, ec2)


def carry_out(left: Mapping[str, list[Step]], ec2: Any) -> Outcome:
    """Make the calls that are left of each instance; one that is refused keeps no other back."""
    outcome = act_on_each(left, lambda one: _make_all(left[one], ec2), LATER)
    for one in list(outcome.accepted):
        if stuck := [step.words for step in left[one] if not step.call]:
            outcome.accepted.remove(one)
            outcome.refused[one] = ("NetworkAclFull", in_words(stuck))
    return outcome


def in_words(wrong: list[str]) -> str:
    """Make a sentence of what is still wrong with an instance."""
    return f"What is left: {'; '.join(dict.fromkeys(wrong))}."


def _make_all(steps: list[Step], ec2: Any) -> None:
    """Make all calls, and raise the gravest error after the last; throttling ends it at once."""
    from botocore.exceptions import ClientError

    errors: list[ClientError] = []
    for step in steps:
        try:
            if step.call:
                getattr(ec2, step.call)(**step.arguments)
        except ClientError as error:
            if COMMON_ERRORS.get(_code(error)) in (Throttled, Unavailable):
                raise
            errors.append(error)
    if errors:
        raise min(errors, key=lambda error: _code(error) in LATER)


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
