"""Instance refreshes of Auto Scaling groups: what is asked for, and what their states mean."""

import copy
import math
from collections.abc import Mapping
from typing import Any

from tasks.errors import GroupUnknown, TaskError
from tasks.runtime import raising

ERRORS: dict[str, type[TaskError]] = {}
# Amazon EC2 Auto Scaling API Reference, "InstanceRefresh", Status.
OUTCOMES = {
    "Successful": "succeeded",
    "RollbackSuccessful": "rolled_back",
    "Failed": "failed",
    "Cancelled": "failed",
    "RollbackFailed": "failed",
}

Described = Mapping[str, Any]


def find_group(name: str, autoscaling: Any) -> dict[str, Any]:
    """Describe an Auto Scaling group; raises GroupUnknown where there is none."""
    with raising(ERRORS, f"Auto Scaling group {name}"):
        reply = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    if not reply["AutoScalingGroups"]:
        raise GroupUnknown(f"There is no Auto Scaling group {name} in this account and Region.")
    found: dict[str, Any] = reply["AutoScalingGroups"][0]
    return found


def newest(group: str, autoscaling: Any) -> dict[str, Any] | None:
    """Describe a group's newest instance refresh, if it ever had one."""
    with raising(ERRORS, f"Auto Scaling group {group}"):
        reply = autoscaling.describe_instance_refreshes(AutoScalingGroupName=group, MaxRecords=1)
    return next(iter(reply["InstanceRefreshes"]), None)


def active(refresh: Described | None) -> bool:
    """Tell whether a refresh goes on."""
    return refresh is not None and refresh["Status"] not in OUTCOMES


def template_of(group: Described) -> dict[str, str]:
    """Give the launch template that a group launches from, empty for none."""
    policy = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    return dict(group.get("LaunchTemplate") or policy.get("LaunchTemplateSpecification") or {})


def can_roll_back(group: Described) -> bool:
    """Tell whether the group's template is a version to go back to.

    Amazon EC2 Auto Scaling User Guide, "Undo changes with a rollback": not where the group's
    version is $Latest or $Default.
    """
    version = template_of(group).get("Version", "")
    return version.isdigit()


def is_new(group: Described, template: Mapping[str, str], version: str) -> bool:
    """Tell whether a version of a template is another one than the group launches from now."""
    now = template_of(group)
    same = all(now.get(key) == value for key, value in template.items())
    return not (same and now.get("Version") in (version, "$Latest"))


def desired(group: Described, template: Mapping[str, str], version: str) -> dict[str, Any]:
    """Give the configuration that the group has after the refresh: a numbered version."""
    specification = {**template, "Version": version}
    if not group.get("MixedInstancesPolicy"):
        return {"LaunchTemplate": specification}
    policy = copy.deepcopy(group["MixedInstancesPolicy"])
    policy["LaunchTemplate"]["LaunchTemplateSpecification"] = specification
    return {"MixedInstancesPolicy": policy}


def min_healthy(size: int, max_unavailable: int) -> int:
    """Give the percentage of a group of this size that stays in service; 0 is without limit.

    The smallest that lets no more go than may be missing, as Auto Scaling rounds the number
    of healthy instances up. Where that lets nobody go, Auto Scaling replaces one at a time.
    """
    if not max_unavailable:
        return 0
    percent = 100 * max(0, size - max_unavailable) // size
    stays = math.ceil(size * percent / 100)
    return percent if size - stays <= max_unavailable else percent + 1
