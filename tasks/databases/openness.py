"""Which security groups let the internet in."""

from collections.abc import Mapping
from typing import Any

from tasks.runtime import raising

CLOSED_LOOK = {"ec2:DescribeSecurityGroups": "*"}
EVERYWHERE = ("0.0.0.0/0", "::/0")


def open_groups(ids: list[str], ec2: Any) -> list[str]:
    """List those of the security groups that let anybody in, by a look at their rules."""
    if not ids:
        return []
    with raising({}, "security groups"):
        reply = ec2.describe_security_groups(GroupIds=ids)
    return sorted(one["GroupId"] for one in reply["SecurityGroups"] if lets_in(one))


def lets_in(group: Mapping[str, Any]) -> bool:
    """Tell whether an inbound rule of a described group is for everywhere."""
    return any(
        entry.get(key) in EVERYWHERE
        for rule in group["IpPermissions"]
        for ranges, key in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"))
        for entry in rule.get(ranges, [])
    )
