"""Laws of acting and looking, whatever the weather and whenever the function is killed."""

import boto3
import pytest
from batches import operation, planned
from botocore.config import Config
from fleets import make_fleet
from hypothesis import given, settings
from hypothesis import strategies as st
from weather import weathered

from tasks import store
from tasks.ec2 import (
    check_instances,
    reboot_instances,
    start_instances,
    stop_instances,
    terminate_instances,
)
from tasks.errors import Throttled, Unavailable
from tasks.fleets import fleet, instances

SIZE = 8
ROUNDS = 6
BEFORE = {"start": "stopped", "stop": "running", "reboot": "running", "terminate": "running"}
GOALS = {"start": "running", "stop": "stopped", "reboot": "running", "terminate": "terminated"}
CALLS = {
    "start": "StartInstances",
    "stop": "StopInstances",
    "reboot": "RebootInstances",
    "terminate": "TerminateInstances",
}
EVERY_CALL = [*CALLS.values(), "DescribeInstances", "DescribeInstanceStatus"]

some = st.sets(st.integers(0, SIZE - 1), max_size=4)
weathers = st.fixed_dictionaries(
    {
        "falls_back": some,
        "wrong_state": some,
        "terminated": some,
        "impaired": some,
        "gone": some,
        "fits": st.none() | st.integers(0, SIZE),
        "fallback": st.booleans(),
        "errors": st.lists(
            st.tuples(
                st.sampled_from(EVERY_CALL),
                st.sampled_from(["RequestLimitExceeded", "InternalError"]),
                st.integers(0, 3),
            ),
            max_size=3,
        ),
        "deaths": st.lists(
            st.tuples(
                st.sampled_from(EVERY_CALL),
                st.sampled_from(["before", "after"]),
                st.integers(0, 3),
            ),
            max_size=2,
        ),
        "seconds": st.sampled_from([0, 20, 400]),
    }
)


class Killed(BaseException):
    """The function's process ends here."""


class Table:
    """A state table in memory, as far as the marks of reboots need one."""

    class exceptions:
        class ConditionalCheckFailedException(Exception):
            response: dict = {}

    def __init__(self):
        self.item = None

    def put_item(self, Item, ExpressionAttributeValues=None, **_):
        expected = (ExpressionAttributeValues or {}).get(":before")
        if expected != (self.item or {}).get("instances"):
            refused = self.exceptions.ConditionalCheckFailedException()
            refused.response = {"Item": self.item}
            raise refused
        self.item = Item


class Client:
    """A client of EC2 that counts on whom it truly acted, and dies when it is told to."""

    def __init__(self, action):
        once = Config(retries={"total_max_attempts": 1})
        self.ec2 = boto3.client("ec2", "us-east-1", config=once)
        self.call = CALLS[action]
        self.begin()
        events = self.ec2.meta.events
        events.register(f"provide-client-params.ec2.{self.call}", self.ask)
        events.register("before-call.ec2", self.before)
        events.register("after-call.ec2", self.after)

    def begin(self, deaths=()):
        """Forget what was, and die at these calls: name, before or after, how many before it."""
        self.asked, self.acted_on = [], []
        self.deaths = [[f"{when} {call}", spares] for call, when, spares in deaths]

    def ask(self, params, **_):
        self.asked = params["InstanceIds"]

    def before(self, model, **_):
        self.die(f"before {model.name}")

    def after(self, model, parsed, **_):
        if model.name == self.call and "Error" not in parsed:
            self.acted_on += self.asked
        self.die(f"after {model.name}")

    def die(self, moment):
        for death in self.deaths:
            if death[0] == moment:
                death[1] -= 1
                if death[1] == -1:
                    raise Killed


class Batch:
    """A batch that is driven as the workflow does, on an account with bad weather."""

    def __init__(self, action, account, client, weather):
        self.action, self.account, self.client, self.ec2 = action, account, client, client.ec2
        client.begin()
        account.ec2_weather.calm()
        self.ids = make_fleet(self.ec2, SIZE, state=BEFORE[action])
        options = {"fallback_types": ["t3.small"]} if weather["fallback"] else {}
        self.operation = operation(action, **options)
        self.planned = [planned(one, state=BEFORE[action]) for one in self.ids]
        self.table = Table()
        self.gather(weather)

    def gather(self, weather):
        """Let the weather come."""
        skies = self.account.ec2_weather
        seconds = weather["seconds"]
        skies.set(pending=seconds, stopping=seconds, shutting_down=seconds, status_checks=seconds)
        if weather["gone"]:
            self.ec2.terminate_instances(InstanceIds=[self.ids[one] for one in weather["gone"]])
        for kind in ("falls_back", "wrong_state", "terminated", "impaired"):
            for number in weather[kind]:
                skies.add(kind, ids=self.ids[number])
        if weather["fits"] is not None:
            skies.add("no_capacity", types="t3.micro", spares=weather["fits"])
            skies.add("no_capacity", types="t3.small", spares=1)
        for call, code, spares in weather["errors"]:
            skies.add("error", actions=call, code=code, spares=spares, times=1)
        self.client.begin(weather["deaths"])

    def act(self, work, retry_count):
        """Make the task's first or a further try."""
        if self.action == "start":
            return start_instances.start(self.planned, work, self.operation, retry_count, self.ec2)
        if self.action == "stop":
            return stop_instances.stop(work, self.operation, retry_count, self.ec2)
        if self.action == "terminate":
            return terminate_instances.terminate(work, retry_count, self.ec2)
        intent = reboot_instances.Intent(store.reboot_intent("op-1", "x"), "table", self.table)
        return reboot_instances.reboot(work, retry_count, intent, self.ec2)

    def check(self, work, _):
        """Look once."""
        request = {
            "instances": self.planned,
            "work": work,
            "operation": self.operation,
            "goal": GOALS[self.action],
            "status_checks": True,
            "most_rounds": ROUNDS,
        }
        return check_instances.check(request, self.ec2)

    def step(self, task, work):
        """Run a task until it answers, as Step Functions does."""
        for retry_count in range(10):
            try:
                found = task(work, retry_count)
            except (Killed, Throttled, Unavailable):
                continue
            failed = [one["instance_id"] for one in found["failed"]]
            places = [*found["pending"], *found["acted"], *found["reached"], *failed]
            assert sorted(places) == sorted(self.ids), "somebody was lost"
            return found
        raise AssertionError("no try came through")

    def run(self):
        """Act and look until nobody is on the way."""
        work = self.step(self.act, fleet.begin(self.ids))
        while True:
            self.account.clock.advance(30)
            work = self.step(self.check, work)
            if work["done"]:
                return work
            self.account.clock.advance(15)
            if work["pending"]:
                work = self.step(self.act, work)


def law(action, judge):
    """Judge batches in all weathers, on one account."""
    with weathered() as account:
        client = Client(action)

        @settings(max_examples=25)
        @given(weathers)
        def holds(weather):
            batch = Batch(action, account, client, weather)
            work = batch.run()
            account.ec2_weather.calm()
            client.deaths = []
            judge(work, batch)

        holds()


@pytest.mark.parametrize("action", BEFORE)
def test_nobody_is_lost_and_what_is_said_of_each_is_true(action):
    def judge(work, batch):
        now = instances.describe(batch.ids, batch.ec2)
        assert work["rounds"] <= ROUNDS
        for one in work["reached"]:
            assert now[one]["State"]["Name"] == GOALS[action]
        for failure in work["failed"]:
            entry = now[failure["instance_id"]]
            state = entry["State"]["Name"]
            if failure["error"] == "Terminated":
                assert state in ("shutting-down", "terminated")
            elif not failure["changed"]:
                assert (state, entry["InstanceType"]) == (BEFORE[action], "t3.micro")

    law(action, judge)


def test_nobody_is_rebooted_twice_and_who_is_refused_not_once():
    def judge(work, batch):
        rebooted = batch.client.acted_on
        assert len(rebooted) == len(set(rebooted))
        refused = ("IncorrectInstanceState", "NotRebooted")
        assert not {one["instance_id"] for one in work["failed"] if one["error"] in refused} & set(
            rebooted
        )

    law("reboot", judge)
