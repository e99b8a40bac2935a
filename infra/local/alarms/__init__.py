"""CloudWatch alarms: evaluated from the metrics on the account's clock, telling what changes."""

import threading
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, MetricDatumBase, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse

from infra.local.account import ACCOUNT_ID, Account
from infra.local.alarms.evaluation import Watch, evaluate, evaluate_composite, period_of
from infra.local.alarms.metrics import Values
from infra.local.alarms.notices import state_of, tell
from infra.local.alarms.queues import Depths
from infra.local.delivery import Deliveries, guarded
from infra.local.patching import replace

# How often alarms are looked at, in wall seconds, however fast the clock runs.
SHORTEST_TICK, LONGEST_TICK = 0.2, 1.0


def install(account: Account) -> None:
    """Evaluate the alarms of this account, until it stops."""
    alarms = Alarms(account)
    _keep_states(account)
    _date_metrics(account)

    def set_by_hand(alarm: Any, reason: str, reason_data: str, state_value: str) -> None:
        alarms.hold(alarm)
        alarms.set_state(alarm, reason, reason_data, state_value)

    # moto sets the state that SetAlarmState asks for, and tells nobody.
    alarms.plain_update = replace(account, Alarm, "update_state", set_by_hand)
    alarms.begin()


def _keep_states(account: Account) -> None:
    def make(alarm: Any, *args: Any, **kwargs: Any) -> None:
        plain_make(alarm, *args, **kwargs)
        alarm.state_value = "INSUFFICIENT_DATA"

    def put(backend: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        before = backend.alarms.get(name)
        alarm = plain_put(backend, name, *args, **kwargs)
        if before is not None:
            alarm.state_value, alarm.state_reason = before.state_value, before.state_reason
            alarm.state_updated_timestamp = before.state_updated_timestamp
            alarm.history = before.history
        return alarm

    # moto begins with OK, and begins anew when an alarm is changed.
    plain_make = replace(account, Alarm, "__init__", make)
    plain_put = replace(account, CloudWatchBackend, "put_metric_alarm", put)
    # moto can keep a composite alarm, and has no call that makes one.
    make_any = CloudWatchResponse.put_metric_alarm
    replace(account, CloudWatchResponse, "put_composite_alarm", make_any)


def _date_metrics(account: Account) -> None:
    def make(
        datum: Any, namespace: str, name: str, dimensions: Any, timestamp: Any, unit: Any = None
    ) -> None:
        when = timestamp or account.clock.now().replace(tzinfo=None)
        plain_make(datum, namespace, name, dimensions, when, unit)

    # moto dates a value without a timestamp by the wall's clock; alarms look at the account's.
    plain_make = replace(account, MetricDatumBase, "__init__", make)


class Alarms:
    """Evaluates all alarms again and again, in one thread."""

    def __init__(self, account: Account) -> None:
        self._clock = account.clock
        self._deliveries = Deliveries(account)
        self._stopping = threading.Event()
        self._watches: dict[str, Watch] = {}
        self._values: dict[str, Values] = {}
        self._depths = Depths()
        self.plain_update: Any = None
        account.on_stop(self._stopping.set)

    def begin(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._run, daemon=True, name="alarms").start()

    def hold(self, alarm: Any) -> None:
        """Keep a state that somebody sets for one period, until it is evaluated again."""
        now = self._clock.now().timestamp()
        self._watch(alarm, now).held_until = now + (0 if alarm.rule else period_of(alarm))

    def set_state(self, alarm: Any, reason: str, reason_data: str, state: str) -> None:
        """Put an alarm into a state, and tell of it where that is another one."""
        before = state_of(alarm)
        self.plain_update(alarm, reason, reason_data, state)
        if before["value"] != state:
            tell(self._deliveries, alarm, before)

    def _run(self) -> None:
        tick = min(max(12 / self._clock.factor, SHORTEST_TICK), LONGEST_TICK)
        while not self._stopping.wait(tick):
            for region, backend in list(cloudwatch_backends[ACCOUNT_ID].items()):
                if backend.alarms:
                    guarded(self._evaluate, region, backend)

    def _evaluate(self, region: str, backend: Any) -> None:
        values = self._values.get(region)
        if values is None:
            values = self._values[region] = Values(backend)
        now = self._clock.now().timestamp()
        alarms = list(backend.alarms.values())
        for alarm in alarms:
            guarded(self._depths.measure, backend, alarm, now)
        values.refresh()
        for alarm in alarms:
            if alarm.rule is None:
                guarded(evaluate, self._watch(alarm, now), values, now, self.set_state)
        states = {alarm.name: alarm.state_value for alarm in alarms}
        for alarm in alarms:
            if alarm.rule is not None:
                guarded(evaluate_composite, alarm, states, self.set_state)

    def _watch(self, alarm: Any, now: float) -> Watch:
        watch = self._watches.get(alarm.alarm_arn)
        if watch is None or watch.alarm is not alarm:
            watch = self._watches[alarm.alarm_arn] = Watch.begin(alarm, now)
        return watch
