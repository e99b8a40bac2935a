"""Check that instances are cut off from everything, or that others have taken their place."""

from typing import Any

from tasks.drills import standing
from tasks.fleets import instances
from tasks.fleets.isolations import QUARANTINE_TAG
from tasks.fleets.launching import REPLACES_TAG
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    "ec2:DescribeInstances": "*",
    "ec2:DescribeSecurityGroups": "*",
}
GONE = ("shutting-down", "terminated")


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    standing.ask(request["drill"])
    ec2 = client("ec2", request["drill"]["target"]["target"])
    look = isolated if request["expect"] == "isolated" else replaced
    return {"checks": look(request["instance_ids"], ec2)}


def isolated(ids: list[str], ec2: Any) -> list[dict[str, str]]:
    """See whether each network interface has quarantine groups alone, and no profile is left."""
    quarantine = _quarantine(ec2)
    found = instances.describe(ids, ec2)
    open_ones = [
        one
        for one in ids
        if one not in found
        or found[one].get("IamInstanceProfile")
        or any(
            group["GroupId"] not in quarantine
            for interface in found[one].get("NetworkInterfaces", [])
            for group in interface["Groups"]
        )
    ]
    return [_told("instances are isolated", len(ids), open_ones)]


def replaced(ids: list[str], ec2: Any) -> list[dict[str, str]]:
    """See whether the old ones are gone, and for each a new one runs that says so in its tag."""
    found = instances.describe(ids, ec2)
    left = [one for one in ids if one in found and found[one]["State"]["Name"] not in GONE]
    with raising({}, "instances"):
        pages = ec2.get_paginator("describe_instances").paginate(
            Filters=[
                {"Name": f"tag:{REPLACES_TAG}", "Values": ids},
                {"Name": "instance-state-name", "Values": ["running"]},
            ]
        )
        running = {
            tag["Value"]
            for page in pages
            for reservation in page["Reservations"]
            for one in reservation["Instances"]
            for tag in one["Tags"]
            if tag["Key"] == REPLACES_TAG
        }
    without = [one for one in ids if one not in running]
    return [
        _told("the old instances are gone", len(ids), left),
        _told("each has a running replacement", len(ids), without),
    ]


def _quarantine(ec2: Any) -> set[str]:
    with raising({}, "security groups"):
        reply = ec2.describe_security_groups(
            Filters=[{"Name": "tag-key", "Values": [QUARANTINE_TAG]}]
        )
    return {group["GroupId"] for group in reply["SecurityGroups"]}


def _told(name: str, count: int, failing: list[str]) -> dict[str, str]:
    return {
        "name": name,
        "verdict": "FAIL" if failing else "PASS",
        "expected": f"all of {count}",
        "observed": f"{count - len(failing)} of {count}",
        "detail": f"not so: {', '.join(failing[:20])}" if failing else "",
    }
