"""Standby: members leave their group's load balancers, and come back to them.

Amazon EC2 Auto Scaling User Guide, "Temporarily remove instances from your Auto Scaling group".
"""

from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup

from infra.local.account import Account
from infra.local.patching import replace

MOST = 20
IN_SERVICE, STANDBY = "InService", "Standby"


def install(account: Account) -> None:
    """Let members go to standby as on AWS, until the account stops."""

    def scale(group: Any, capacity: int | None) -> None:
        # moto ends any members of a group that shrinks, those on standby first.
        resting = [one for one in group.instance_states if one.lifecycle_state != IN_SERVICE]
        group.instance_states = [one for one in group.instance_states if one not in resting]
        try:
            plain_scale(group, capacity)
        finally:
            group.instance_states += resting

    def enter(backend: Any, group_name: str, instance_ids: list[str], decrement: bool) -> Any:
        group = _group(backend, group_name)
        _check(group, instance_ids, IN_SERVICE)
        if decrement and group.desired_capacity - len(instance_ids) < group.min_size:
            raise ValidationError(
                f"AutoScalingGroup {group.name} has min-size={group.min_size}, "
                f"max-size={group.max_size}, and desired-size={group.desired_capacity}. To place "
                f"into standby {len(instance_ids)} instances, please update the "
                "AutoScalingGroup sizes appropriately."
            )
        _leave_targets(backend, group, instance_ids)
        return plain_enter(backend, group_name, instance_ids, decrement)

    def leave(backend: Any, group_name: str, instance_ids: list[str]) -> Any:
        group = _group(backend, group_name)
        _check(group, instance_ids, STANDBY)
        if group.desired_capacity + len(instance_ids) > group.max_size:
            raise ValidationError(
                f"AutoScalingGroup {group.name} has min-size={group.min_size}, "
                f"max-size={group.max_size}, and desired-size={group.desired_capacity}. To exit "
                f"standby {len(instance_ids)} instances, please update the AutoScalingGroup "
                "sizes appropriately."
            )
        return plain_exit(backend, group_name, instance_ids)

    plain_scale = replace(account, FakeAutoScalingGroup, "set_desired_capacity", scale)
    # moto takes any number in any state, and leaves them registered.
    plain_enter = replace(account, AutoScalingBackend, "enter_standby_instances", enter)
    plain_exit = replace(account, AutoScalingBackend, "exit_standby_instances", leave)
    # moto registers members on standby, and those that are stopped.
    replace(account, AutoScalingBackend, "update_attached_target_groups", _register)


def _group(backend: Any, name: str) -> Any:
    try:
        return backend.autoscaling_groups[name]
    except KeyError:
        raise ValidationError(
            f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"
        ) from None


def _check(group: Any, ids: list[str], state: str) -> None:
    if len(ids) > MOST:
        raise ValidationError(
            f"1 validation error detected: Value at 'instanceIds' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST}"
        )
    states = {one.instance.id: one.lifecycle_state for one in group.instance_states}
    for each in ids:
        if each not in states:
            raise ValidationError(
                f"The instance {each} is not part of Auto Scaling group {group.name}."
            )
        if states[each] != state:
            raise ValidationError(f"The instance {each} is not in {state}.")


def _leave_targets(backend: Any, group: Any, ids: list[str]) -> None:
    for arn in group.target_group_arns:
        if arn in backend.elbv2_backend.target_groups:
            port = backend.elbv2_backend.target_groups[arn].port
            targets = [{"Id": each, "Port": port} for each in ids]
            backend.elbv2_backend.deregister_targets(arn, targets)


def _register(backend: Any, group_name: str) -> None:
    group = backend.autoscaling_groups[group_name]
    serving = [one.instance for one in group.active_instances()]
    for arn in group.target_group_arns:
        target_group = backend.elbv2_backend.target_groups.get(arn)
        if target_group is not None:
            targets = [
                {"Id": each.id, "Port": target_group.port}
                for each in serving
                if each.state == "running"
            ]
            backend.elbv2_backend.register_targets(arn, targets)
