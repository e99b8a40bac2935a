"""The records of isolated instances: what each had before, so that all of it comes back."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tasks import store, transactions
from tasks.errors import TaskError, Throttled, Unavailable
from tasks.runtime import raising

ERRORS: dict[str, type[TaskError]] = {}
QUARANTINE_TAG = "daytwo:quarantine"
EVERYWHERE = ("0.0.0.0/0", "::/0")
KEYS_PER_CALL = 100
# What reading takes.
READING = {"dynamodb:BatchGetItem": "${StateTable.Arn}"}

Record = dict[str, Any]


def read(ids: Iterable[str], table: str, dynamodb: Any) -> dict[str, Record]:
    """Give the records of those instances that are isolated, by instance id.

    A record has `operation`, `requested_by`, `reason` and `since` of its isolation, and in
    `was` what the instance had. Raises Throttled where the table answered in part only.
    """
    keys = [store.to_item(dict(store.isolation(one))) for one in ids]
    found: dict[str, Record] = {}
    for start in range(0, len(keys), KEYS_PER_CALL):
        asked = {table: {"Keys": keys[start : start + KEYS_PER_CALL], "ConsistentRead": True}}
        with raising(ERRORS, table):
            reply = dynamodb.batch_get_item(RequestItems=asked)
        if reply.get("UnprocessedKeys"):
            raise Throttled(f"{table}: not all records of isolated instances were read")
        for item in reply["Responses"][table]:
            record = store.from_item(item)
            found[record["sk"]] = {**record, "was": json.loads(record["was"])}
    return found


def served_in(ids: Iterable[str], table: str, dynamodb: Any) -> dict[str, list[dict[str, Any]]]:
    """Give the target groups in which isolated instances were before, by instance id."""
    records = read(ids, table, dynamodb)
    return {one: record["was"]["target_groups"] for one, record in records.items()}


def write(
    was: Mapping[str, Mapping[str, Any]],
    operation: Mapping[str, Any],
    now: str,
    table: str,
    dynamodb: Any,
) -> None:
    """Write what instances have before they are isolated, in one transaction of at most 100.

    A record that is there already is never written over: by now the instance may have less.
    Raises Unavailable where another call wrote one meanwhile.
    """
    actions = [
        {
            "Put": {
                "TableName": table,
                "Item": store.to_item(_record(one, had, operation, now)),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        for one, had in was.items()
    ]
    if actions and transactions.write(actions, dynamodb, table):
        raise Unavailable(
            "Another call has recorded the isolation of one of these instances at the same "
            "time; the next one reads what it wrote."
        )


def _record(
    instance_id: str, had: Mapping[str, Any], operation: Mapping[str, Any], now: str
) -> Record:
    return {
        **store.isolation(instance_id),
        "operation": operation["id"],
        "execution": operation["execution"]["id"],
        "requested_by": operation["requested_by"],
        "reason": operation["reason"],
        "since": now,
        "was": json.dumps(had, sort_keys=True),
    }


def remove(ids: Iterable[str], table: str, dynamodb: Any) -> None:
    """Remove the records of instances; those without one are left alone."""
    actions = [
        {"Delete": {"TableName": table, "Key": store.to_item(dict(store.isolation(one)))}}
        for one in ids
    ]
    if actions:
        transactions.write(actions, dynamodb, table)


def quarantine_groups(
    vpcs: Iterable[str], chosen: str, ec2: Any
) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Find the security group that isolates in each VPC; give those, and why a VPC has none.

    That is the `chosen` one, or else the VPC's only one with the tag daytwo:quarantine.
    """
    wanted = sorted(set(vpcs))
    which = (
        {"Name": "group-id", "Values": [chosen]}
        if chosen
        else {"Name": "tag-key", "Values": [QUARANTINE_TAG]}
    )
    with raising(ERRORS, "quarantine groups"):
        pages = ec2.get_paginator("describe_security_groups").paginate(
            Filters=[{"Name": "vpc-id", "Values": wanted}, which]
        )
        groups = [group for page in pages for group in page["SecurityGroups"]]
    found: dict[str, str] = {}
    troubles: dict[str, tuple[str, str]] = {}
    for vpc in wanted:
        here = [group for group in groups if group["VpcId"] == vpc]
        trouble = _trouble(vpc, chosen, here)
        if trouble:
            troubles[vpc] = trouble
        else:
            found[vpc] = here[0]["GroupId"]
    return found, troubles


def _trouble(vpc: str, chosen: str, groups: list[dict[str, Any]]) -> tuple[str, str] | None:
    """Say why these groups of a VPC do not isolate."""
    names = ", ".join(sorted(group["GroupId"] for group in groups))
    if not groups:
        what = chosen or f"security group with the tag {QUARANTINE_TAG}"
        return "QuarantineGroupMissing", (
            f"VPC {vpc} has no {what}. Make a security group without rules there, with that "
            "tag, or name one in options.quarantine_security_group."
        )
    if len(groups) > 1:
        return "QuarantineGroupUnclear", (
            f"VPC {vpc} has several security groups with the tag {QUARANTINE_TAG}: {names}. "
            "Name the one to take in options.quarantine_security_group."
        )
    if is_open(groups[0]):
        return "QuarantineGroupOpen", (
            f"Security group {names} lets traffic through from or to anywhere. Remove its "
            "rules; a new group has one that allows all outbound traffic."
        )
    return None


def is_open(group: Mapping[str, Any]) -> bool:
    """Tell whether a security group has a rule from or to anywhere."""
    return any(
        entry.get(key) in EVERYWHERE
        for rule in (*group["IpPermissions"], *group["IpPermissionsEgress"])
        for ranges, key in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"))
        for entry in rule.get(ranges, [])
    )
