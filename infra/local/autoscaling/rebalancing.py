"""Members are replaced where their zone is taken away or they are unhealthy, and spread anew.

Amazon EC2 Auto Scaling User Guide, "Auto Scaling benefits for application architecture":
rebalancing after a zone was added or removed; "Health checks for instances in an Auto Scaling
group". On AWS it takes minutes; here it is done with the call.
"""

from collections import Counter
from typing import Any

from moto.autoscaling.models import AutoScalingBackend

from infra.local.account import Account
from infra.local.autoscaling.standby import IN_SERVICE
from infra.local.patching import replace

UNHEALTHY = "Unhealthy"


def install(account: Account) -> None:
    """Replace and spread the members of this account's groups as on AWS, until it stops."""

    def update(backend: Any, **settings: Any) -> Any:
        group = plain_update(backend, **settings)
        if group.vpc_zone_identifier:
            subnets = group.vpc_zone_identifier.split(",")
            _leave_lost_subnets(backend, group, subnets)
            _spread(backend, group, subnets)
        return group

    def mark(backend: Any, instance_id: str, health_status: str) -> None:
        plain_mark(backend, instance_id, health_status)
        if health_status == UNHEALTHY:
            backend.terminate_instance(instance_id, False)

    def terminate(backend: Any, instance_id: str, should_decrement: bool) -> Any:
        group = backend.ec2_backend.get_instance(instance_id).autoscaling_group
        activity = plain_terminate(backend, instance_id, should_decrement)
        _serve(backend, group)
        return activity

    # moto leaves members where they are, keeps unhealthy ones, and registers no replacement.
    plain_update = replace(account, AutoScalingBackend, "update_auto_scaling_group", update)
    plain_mark = replace(account, AutoScalingBackend, "set_instance_health", mark)
    plain_terminate = replace(account, AutoScalingBackend, "terminate_instance", terminate)


def _leave_lost_subnets(backend: Any, group: Any, subnets: list[str]) -> None:
    for member in _members(group):
        if member.instance.subnet_id not in subnets:
            backend.terminate_instance(member.instance.id, False)


def _spread(backend: Any, group: Any, subnets: list[str]) -> None:
    """Move one member after the other, until no subnet has two more than another."""
    for _ in _members(group):
        count = Counter(dict.fromkeys(subnets, 0))
        count.update(member.instance.subnet_id for member in _members(group))
        (fullest, most), (_, fewest) = count.most_common()[0], count.most_common()[-1]
        if most - fewest < 2:
            return
        moved = next(one for one in _members(group) if one.instance.subnet_id == fullest)
        backend.terminate_instance(moved.instance.id, False)


def _members(group: Any) -> list[Any]:
    return [one for one in group.instance_states if one.lifecycle_state == IN_SERVICE]


def _serve(backend: Any, group: Any) -> None:
    backend.update_attached_elbs(group.name)
    backend.update_attached_target_groups(group.name)
