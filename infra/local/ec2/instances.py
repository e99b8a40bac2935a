"""Starts, stops, reboots and terminations: refused as EC2 refuses them, and taking their time.

A call that names an instance which cannot be acted on acts on none of them.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from moto.ec2.models.instances import Instance, InstanceBackend, InstanceState

from infra.local.account import Account
from infra.local.ec2 import errors, finding
from infra.local.ec2.capacity import take_room
from infra.local.ec2.lifecycle import (
    CODES,
    Life,
    Why,
    by_user,
    life_of,
    on_launch_error,
    reason_of,
    state_of,
)
from infra.local.ec2.spot import is_one_time
from infra.local.ec2.weather import FALLS_BACK, TERMINATED, WRONG_STATE
from infra.local.patching import replace
from infra.local.weather import Weather

Changed = list[tuple[Any, InstanceState]]


def install(account: Account, weather: Weather) -> "Acting":
    """Give the instances of this account a life in time, until it stops."""
    acting = Acting(account, weather)
    # moto's instances run as soon as they are made; each start, stop and end is done at once.
    replace(account, Instance, "_state", property(acting.state, acting.begin))
    replace(account, Instance, "_reason", property(acting.transition_reason, _ignore))
    replace(account, Instance, "state_reason", property(acting.state_reason, _ignore))
    replace(account, Instance, "start", lambda self: acting.start(self))
    replace(account, Instance, "stop", lambda self: acting.stop(self))
    replace(account, Instance, "reboot", lambda self: acting.reboot(self))
    acting.plain_terminate = replace(
        account, Instance, "terminate", lambda self: acting.terminate(self)
    )
    # moto acts on the instances before the one that it refuses, and refuses few.
    for name in ("start_instances", "stop_instances", "terminate_instances", "reboot_instances"):
        replace(account, InstanceBackend, name, _method(getattr(acting, name)))
    return acting


def _ignore(instance: Any, value: Any) -> None:
    """Take no reason from moto: the life has it."""


def _method(bound: Callable[..., Any]) -> Any:
    """Let a function be called as a method of moto's backend."""
    return lambda backend, *args, **kwargs: bound(backend, *args, **kwargs)


class Acting:
    """Acts on instances as the weather is."""

    def __init__(self, account: Account, weather: Weather) -> None:
        self._clock = account.clock
        self._weather = weather
        self._lock = threading.RLock()
        self.plain_terminate: Any = None
        self._ended: list[Any] = []

    def life(self, instance: Any) -> Life:
        """Give an instance's life as it is now."""
        if "_life" not in vars(instance):  # it was made before this account began
            self.begin(instance, vars(instance)["_state"])
        with self._lock:
            return life_of(instance, self._clock.now())

    def state(self, instance: Any) -> InstanceState:
        """Give the state in moto's form."""
        return state_of(self.life(instance))

    def transition_reason(self, instance: Any) -> str:
        """Give StateTransitionReason."""
        return self.life(instance).why.transition

    def state_reason(self, instance: Any) -> Any:
        """Give StateReason in moto's form."""
        return reason_of(self.life(instance))

    def begin(self, instance: Any, state: InstanceState) -> None:
        """Begin a life: an instance that moto makes running is pending for a while first."""
        now = self._clock.now()
        vars(instance)["_life"] = life = Life("pending", now)
        finding.index(instance.ec2_backend)[instance.id] = instance
        if state.name != "running":
            life.go(now, (state.name, 0, Why()))
        else:
            life.go(now, ("pending", self._seconds("pending"), Why()), ("running", 0, Why()))

    def start(self, instance: Any) -> InstanceState:
        """Start an instance; give the state that it was in."""
        life = self.life(instance)
        before = state_of(life)
        if life.state in ("pending", "running"):
            return before
        now = self._clock.now()
        for nic in instance.nics.values():
            nic.start()
        instance.launch_time = now.replace(tzinfo=None)
        pending = ("pending", self._seconds("pending"), Why())
        fault = self._weather.fault(FALLS_BACK, **facts(instance), action="StartInstances")
        if fault:
            life.go(now, pending, ("stopped", 0, on_launch_error(fault.code, fault.message)))
        else:
            life.go(now, pending, ("running", 0, Why()))
        return before

    def stop(self, instance: Any, hibernates: bool = False) -> InstanceState:
        """Stop an instance; give the state that it was in."""
        life = self.life(instance)
        before = state_of(life)
        if life.state in ("stopping", "stopped"):
            return before
        now = self._clock.now()
        for nic in instance.nics.values():
            nic.stop()
        why = by_user(now, hibernates)
        life.go(now, ("stopping", self._seconds("stopping"), why), ("stopped", 0, why))
        return before

    def reboot(self, instance: Any) -> InstanceState:
        """Reboot an instance, which its state does not show; give the state."""
        life = self.life(instance)
        life.rebooted = self._clock.now()
        return state_of(life)

    def terminate(self, instance: Any) -> InstanceState:
        """Terminate an instance; give the state that it was in."""
        life = self.life(instance)
        before = state_of(life)
        if life.state in ("shutting-down", "terminated"):
            return before
        # Volumes and interfaces are given back with the call; EC2 takes as long as it takes.
        self.plain_terminate(instance)
        why = by_user(self._clock.now())
        seconds = self._seconds("shutting_down")
        life.go(self._clock.now(), ("shutting-down", seconds, why), ("terminated", 0, why))
        self._ended.append(instance)
        return before

    def settle(self) -> None:
        """Forget instances that were terminated long ago, as EC2 does after about an hour."""
        seconds = self._seconds("forgotten_after")
        if not (self._ended and seconds):
            return
        with self._lock:
            before = self._clock.now() - timedelta(seconds=seconds)
            for instance in [each for each in self._ended if self._ended_by(each, before)]:
                self._ended.remove(instance)
                finding.forget(instance)

    def start_instances(self, backend: Any, instance_ids: list[str]) -> Changed:
        """Start instances: all, or none."""
        with self._lock:
            instances = finding.many(backend, instance_ids)
            self._check(instances, "StartInstances", "started", ("stopped", "pending", "running"))
            stopped = [each for each in instances if each.state == "stopped"]
            wanted = [(each.instance_type, each.placement.zone) for each in stopped]
            if take_room(self._weather, wanted):
                raise errors.no_capacity_to_start()
            return self._act(instances, "StartInstances", self.start)

    def stop_instances(
        self, backend: Any, instance_ids: list[str], hibernate: bool = False
    ) -> Changed:
        """Stop or hibernate instances: all, or none."""
        with self._lock:
            instances = finding.many(backend, instance_ids)
            self._check(
                instances, "StopInstances", "stopped", ("pending", "running", "stopping", "stopped")
            )
            for each in instances:
                self._check_stop(each, hibernate)
            return self._act(
                instances, "StopInstances", lambda each: self.stop(each, hibernates=hibernate)
            )

    def reboot_instances(self, backend: Any, instance_ids: list[str]) -> list[Any]:
        """Reboot instances: all, or none; the terminated are passed over, as EC2 does."""
        with self._lock:
            instances = finding.many(backend, instance_ids)
            ended = ("shutting-down", "terminated")
            self._check(instances, "RebootInstances", "rebooted", ("pending", "running", *ended))
            self._act(instances, "RebootInstances", self.reboot)
            return instances

    def terminate_instances(self, backend: Any, instance_ids: list[str]) -> Changed:
        """Terminate instances; one with protection keeps those of its zone.

        AWS page "TerminateInstances": those in zones without a protected one are terminated
        all the same, and the request fails.
        """
        with self._lock:
            instances = finding.many(backend, instance_ids)
            self._check(instances, "TerminateInstances", "terminated", CODES)
            kept = [each for each in instances if each.disable_api_termination]
            zones = {each.placement.zone for each in kept}
            gone = [each for each in instances if each.placement.zone not in zones]
            changed = self._act(gone, "TerminateInstances", self.terminate)
            if kept:
                raise errors.termination_protected(kept[0].id)
            return changed

    def befall_launch(self, instances: list[Any]) -> None:
        """Let the weather befall instances that were just launched.

        A launch that fails after it was accepted ends in terminated (EC2 User Guide,
        "Instance terminates immediately").
        """
        for each in instances:
            fault = self._weather.fault(FALLS_BACK, **facts(each), action="RunInstances")
            if fault:
                why = on_launch_error(fault.code, fault.message)
                pending = ("pending", self._seconds("pending"), Why())
                self.life(each).go(self._clock.now(), pending, ("terminated", 0, why))
            elif self._weather.fault(TERMINATED, **facts(each), action="RunInstances"):
                self.terminate(each)

    def _check(self, instances: list[Any], action: str, done: str, allowed: Iterable[str]) -> None:
        for each in instances:
            if each.state not in allowed or self._weather.fault(
                WRONG_STATE, **facts(each), action=action
            ):
                raise errors.wrong_state(each.id, done)

    def _check_stop(self, instance: Any, hibernate: bool) -> None:
        life = self.life(instance)
        if life.state == "pending" and not life.has_run:
            raise errors.never_ran(instance.id)
        if instance.disable_api_stop:
            raise errors.stop_protected(instance.id)
        if is_one_time(instance):
            raise errors.one_time_spot(instance.id)
        if instance.root_device_type != "ebs":
            raise errors.not_ebs(instance.id)
        if hibernate and not (instance.hibernation_options or {}).get("Configured"):
            raise errors.cannot_hibernate(instance.id)

    def _act(
        self, instances: list[Any], action: str, act: Callable[[Any], InstanceState]
    ) -> Changed:
        changed = [(each, act(each)) for each in instances]
        for each in instances:
            if self._weather.fault(TERMINATED, **facts(each), action=action):
                self.terminate(each)
        return changed

    def _ended_by(self, instance: Any, moment: datetime) -> bool:
        life = self.life(instance)
        return life.state == "terminated" and life.since < moment

    def _seconds(self, name: str) -> float:
        return float(self._weather[name])


def facts(instance: Any) -> dict[str, str]:
    """Give what faults may ask about an instance."""
    return {"id": instance.id, "type": instance.instance_type, "zone": instance.placement.zone}
