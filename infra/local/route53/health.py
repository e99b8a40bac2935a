"""The status of health checks, which turn after several looks in a row.

Route 53 Developer Guide, "How Amazon Route 53 determines whether a health check is healthy".
A check of a CloudWatch alarm follows the alarm's state here, on AWS its data.
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.route53.models import route53_backends

from infra.local.account import ACCOUNT_ID, Account
from infra.local.delivery import guarded
from infra.local.route53 import probes
from infra.local.route53.weather import STUCK, UNHEALTHY
from infra.local.weather import Weather

# How often checks are looked at, in wall seconds, however fast the clock runs.
SHORTEST_TICK, LONGEST_TICK = 0.2, 1.0
BY_ALARM = {"OK": True, "ALARM": False}
WITHOUT_DATA = {"Healthy": True, "Unhealthy": False}


@dataclass
class State:
    """What the checkers know of a health check, and how its endpoint has been doing."""

    inverted: bool
    disabled: bool
    # When it was last changed, if the checkers do not know of that yet.
    changed: datetime | None = None
    stuck: bool = False
    answers: bool = True
    # Since when looks have said something else than `answers`.
    differs: datetime | None = None
    probed: datetime | None = None
    seen: bool = True


class HealthChecks:
    """Tells whether health checks are healthy; looks at all of them again and again."""

    def __init__(self, account: Account, weather: Weather) -> None:
        self._clock = account.clock
        self._weather = weather
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        account.on_stop(self._stopping.set)

    def begin(self) -> None:
        """Look again and again in a thread, so that a turn begins when it happens."""
        threading.Thread(target=self._run, daemon=True, name="health checks").start()

    def healthy(self, check: Any) -> bool:
        """Tell whether Route 53 takes what stands behind a health check for healthy."""
        with self._lock:
            state, now = self._state(check), self._clock.now()
            self._settle(check, state, now)
            sound = True if state.disabled else self.sound(check)
            return sound is not state.inverted

    def sound(self, check: Any) -> bool:
        """Tell what the checkers see, whether or not the check is inverted."""
        with self._lock:
            state = self._state(check)
            if check.type_ == "CALCULATED":
                return self._enough(check)
            if check.type_ == "CLOUDWATCH_METRIC":
                state.answers = self._by_alarm(check, state)
            elif check.type_ != "RECOVERY_CONTROL":
                self._look(check, state, self._clock.now())
            return state.answers

    def changing(self, check: Any) -> None:
        """Remember that a check is about to be changed, which the checkers learn later."""
        with self._lock:
            state = self._state(check)
            self._settle(check, state, self._clock.now())
            state.changed = self._clock.now()
            state.stuck = self._weather.fault(STUCK, id=check.id) is not None

    def known(self, identifier: str) -> Any:
        """Find a health check by its id, or None."""
        return route53_backends[ACCOUNT_ID]["aws"].health_checks.get(identifier)

    def _run(self) -> None:
        tick = min(max(12 / self._clock.factor, SHORTEST_TICK), LONGEST_TICK)
        while not self._stopping.wait(tick):
            for check in list(route53_backends[ACCOUNT_ID]["aws"].health_checks.values()):
                guarded(self.healthy, check)

    def _state(self, check: Any) -> State:
        state: State = vars(check).setdefault(
            "_state", State(bool(check.inverted), bool(check.disabled))
        )
        return state

    def _settle(self, check: Any, state: State, now: datetime) -> None:
        if state.changed is None or state.stuck:
            return
        if (now - state.changed).total_seconds() >= float(self._weather["propagation"]):
            state.inverted, state.disabled = bool(check.inverted), bool(check.disabled)
            state.changed = None

    def _enough(self, check: Any) -> bool:
        children = [self.known(child) for child in check.children or []]
        healthy = sum(self.healthy(child) for child in children if child is not None)
        return healthy >= int(check.health_threshold or 0)

    def _by_alarm(self, check: Any, state: State) -> bool:
        named = check.alarm_identifier or {}
        alarms = cloudwatch_backends[ACCOUNT_ID][named.get("Region", "us-east-1")].alarms
        alarm = alarms.get(named.get("Name", ""))
        without = WITHOUT_DATA.get(check.insufficient_data or "", state.answers)
        return BY_ALARM.get(alarm.state_value, without) if alarm else without

    def _look(self, check: Any, state: State, now: datetime) -> None:
        interval = float(check.request_interval)
        names = [name for name in (check.id, check.fqdn, check.ip_address) if name]
        if self._weather.fault(UNHEALTHY, id=names):
            answers = False
        else:
            if state.probed is None or (now - state.probed).total_seconds() >= interval:
                state.probed, state.seen = now, probes.answers(check)
            answers = state.seen
        if answers is state.answers:
            state.differs = None
            return
        state.differs = state.differs or now
        if (now - state.differs).total_seconds() >= interval * int(check.failure_threshold):
            state.answers, state.differs = answers, None
