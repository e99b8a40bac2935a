"""The targets of a target group: registered by id and port, initial, healthy, draining, gone.

Elastic Load Balancing User Guide, "Health checks for your target groups" and "Edit target
group attributes", deregistration delay.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.elbv2.exceptions import TargetGroupNotFoundError, TargetNotRunning
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup

from infra.local.account import Account
from infra.local.elbv2.weather import NEVER_DRAINED, UNHEALTHY
from infra.local.patching import replace
from infra.local.weather import Weather

ENDED = ("shutting-down", "terminated")
DELAY = "deregistration_delay.timeout_seconds"
Said = tuple[str, str | None, str | None]

HEALTHY: Said = ("healthy", None, None)
NOT_REGISTERED: Said = (
    "unused",
    "Target.NotRegistered",
    "Target is not registered to the target group",
)
NOT_IN_USE: Said = (
    "unused",
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)
STOPPED: Said = ("unused", "Target.InvalidState", "Target is in the stopped state")
DRAINING: Said = (
    "draining",
    "Target.DeregistrationInProgress",
    "Target deregistration is in progress",
)
INITIAL: Said = (
    "initial",
    "Elb.RegistrationInProgress",
    "Target registration is in progress",
)
FAILING: Said = ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")


@dataclass
class Registration:
    """When a target came, and when it began to leave."""

    since: datetime
    left: datetime | None = None


Registrations = dict[tuple[str, int], Registration]


def install(account: Account, weather: Weather) -> None:
    """Keep the targets of this account's groups, until it stops."""
    targets = Targets(account, weather)
    # moto has one port for each instance, and knows neither time nor health.
    replace(account, FakeTargetGroup, "register", _method(targets.register))
    replace(account, FakeTargetGroup, "deregister", _method(targets.deregister))
    replace(account, FakeTargetGroup, "deregister_terminated_instances", lambda *_: None)
    replace(account, ELBv2Backend, "describe_target_health", _method(targets.describe))


def _method(bound: Any) -> Any:
    """Let a function be called as a method of moto's own object."""
    return lambda owner, *args, **kwargs: bound(owner, *args, **kwargs)


class Targets:
    """Registers, drains and judges targets as the weather is."""

    def __init__(self, account: Account, weather: Weather) -> None:
        self._clock = account.clock
        self._weather = weather

    def register(self, group: Any, targets: list[dict[str, Any]]) -> None:
        """Register targets, all or none; one that drains is registered anew."""
        resting = [
            one["Id"] for one in targets if _state(group, one["Id"]) not in ("running", "unknown")
        ]
        if resting:
            raise TargetNotRunning("', '".join(resting))
        known, now = self._registrations(group), self._clock.now()
        for key in _keys(group, targets):
            if key not in known or known[key].left is not None:
                known[key] = Registration(now)

    def deregister(self, group: Any, targets: list[dict[str, Any]]) -> None:
        """Let targets leave; one that is not registered is passed over, as ELB does."""
        known, now = self._registrations(group), self._clock.now()
        ids = {one["Id"] for one in targets if not one.get("Port")}
        for key in [*_keys(group, targets), *(key for key in known if key[0] in ids)]:
            if key in known and known[key].left is None:
                known[key].left = now

    def describe(
        self, backend: Any, target_group_arn: str, targets: list[dict[str, Any]]
    ) -> list[FakeHealthStatus]:
        """Tell the health of these targets, or of all that are registered or drain."""
        group = backend.target_groups.get(target_group_arn)
        if group is None:
            raise TargetGroupNotFoundError()
        known = self._registrations(group)
        in_use = backend._any_listener_using(group.arn)
        wanted = _keys(group, targets) if targets else list(known)
        return [
            _status(group, key, self._judge(group, key, known.get(key), in_use)) for key in wanted
        ]

    def _judge(
        self, group: Any, key: tuple[str, int], registration: Registration | None, in_use: bool
    ) -> Said:
        """Say a target's state, reason and description."""
        if registration is None:
            return NOT_REGISTERED
        if registration.left is not None:
            return DRAINING
        if _state(group, key[0]) in ("stopping", "stopped"):
            return STOPPED
        if not in_use:
            return NOT_IN_USE
        age = (self._clock.now() - registration.since).total_seconds()
        if age < float(self._weather["initial"]):
            return INITIAL
        return FAILING if self._weather.fault(UNHEALTHY, id=key[0]) else HEALTHY

    def _registrations(self, group: Any) -> Registrations:
        """Give a group's registrations without those that have left by now."""
        kept: Registrations = vars(group).setdefault("_registrations", {})
        for key in [key for key, one in kept.items() if self._gone(group, key, one)]:
            del kept[key]
        return kept

    def _gone(self, group: Any, key: tuple[str, int], registration: Registration) -> bool:
        if _state(group, key[0]) in ENDED:
            return True
        if registration.left is None or self._weather.fault(NEVER_DRAINED, id=key[0]):
            return False
        drained = (self._clock.now() - registration.left).total_seconds()
        delay = float(group.attributes.get(DELAY, 300)) if self._weather["draining"] else 0.0
        return drained >= delay


def _keys(group: Any, targets: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(one["Id"], int(one.get("Port") or group.port)) for one in targets]


def _state(group: Any, target_id: str) -> str:
    """Tell an instance's state; an address or a function has none, nor has what EC2 lost."""
    if not target_id.startswith("i-"):
        return "unknown"
    instance = group.ec2_backend.get_instance_by_id(target_id)
    return str(instance.state) if instance else "terminated"


def _status(group: Any, key: tuple[str, int], said: Said) -> FakeHealthStatus:
    return FakeHealthStatus(key[0], str(key[1]), group.health_check_port, *said)
