"""Resizing: change_types gives another type, restore_types puts type and run state back."""

import pytest
from batches import by_error, operation, planned
from fleets import make_fleet, states_of

from tasks.ec2 import change_types, restore_types, start_instances
from tasks.errors import Throttled
from tasks.fleets import fleet


@pytest.fixture
def change(cloud):
    def change(batch, work=None, kind="t3.large"):
        work = work or fleet.begin(one["instance_id"] for one in batch)
        return change_types.change(batch, work, kind, cloud)

    return change


@pytest.fixture
def restore(cloud, account):
    """Put back round by round, with so many seconds between; gives the last work."""

    def restore(batch, work, most_rounds=20, seconds=15):
        work = {**work, "rounds": 0, "done": False}
        while not work["done"]:
            by_id = {one["instance_id"]: one for one in batch}
            work = restore_types.restore(by_id, work, most_rounds, cloud)
            account.clock.advance(seconds)
        return work

    return restore


def types_of(cloud, ids):
    reply = cloud.describe_instances(InstanceIds=ids)
    return {
        one["InstanceId"]: one["InstanceType"]
        for reservation in reply["Reservations"]
        for one in reservation["Instances"]
    }


def ran(ids, state="running"):
    return [planned(one, state=state) for one in ids]


def broken(ids, changed=True):
    return fleet.fail(
        fleet.begin(ids),
        dict.fromkeys(ids, ("InsufficientInstanceCapacity", "None left.")),
        changed,
    )


class TestChangingTypes:
    def test_all_have_the_new_type_and_are_there(self, change, stopped, cloud):
        work = change(ran(stopped))
        assert (work["reached"], work["done"]) == (stopped, True)
        assert set(types_of(cloud, stopped).values()) == {"t3.large"}

    def test_a_second_delivery_asks_for_nobody_again(self, change, stopped, cloud):
        first = change(ran(stopped))
        cloud.calls.clear()
        assert change(ran(stopped)) == first
        assert cloud.calls == {"DescribeInstances": 1}

    def test_one_that_is_refused_is_changed_for_it_was_stopped(self, change, stopped, skies, cloud):
        refused, *others = stopped
        skies.add(
            "error",
            times=1,
            actions="ModifyInstanceAttribute",
            code="Unsupported",
            message="No",
        )
        work = change(ran(stopped))
        assert by_error(work) == {refused: ("Unsupported", True)}
        assert work["reached"] == others

    def test_one_that_was_stopped_before_and_is_refused_is_as_it_was(self, change, stopped, skies):
        skies.add("error", actions="ModifyInstanceAttribute", code="Unsupported", message="No")
        work = change(ran(stopped, "stopped"))
        assert by_error(work) == dict.fromkeys(stopped, ("Unsupported", False))

    def test_one_that_is_gone_cannot_be_put_back(self, change, stopped, cloud):
        cloud.terminate_instances(InstanceIds=stopped[:1])
        work = change(ran(stopped))
        assert by_error(work) == {stopped[0]: ("Terminated", False)}

    def test_throttling_in_the_middle_is_tried_again_for_those_left(
        self, change, stopped, skies, cloud
    ):
        skies.add(
            "error",
            actions="ModifyInstanceAttribute",
            code="RequestLimitExceeded",
            spares=2,
            times=1,
        )
        with pytest.raises(Throttled):
            change(ran(stopped))
        cloud.calls.clear()
        assert change(ran(stopped))["reached"] == stopped
        assert cloud.calls["ModifyInstanceAttribute"] == 3


class TestPuttingBack:
    def test_a_type_is_put_back_and_the_instance_started_again(
        self, restore, stopped, skies, cloud, change
    ):
        skies.set(pending=20, stopping=20)
        change(ran(stopped))
        work = restore(ran(stopped), broken(stopped))
        assert by_error(work) == dict.fromkeys(stopped, ("InsufficientInstanceCapacity", False))
        assert work["failed"][0]["reason"] == "None left. It is t3.micro and running again."
        assert set(types_of(cloud, stopped).values()) == {"t3.micro"}
        assert set(states_of(cloud, stopped).values()) == {"running"}

    def test_one_that_runs_with_the_new_type_is_stopped_for_its_old_one(
        self, restore, stopped, skies, cloud, change
    ):
        change(ran(stopped))
        cloud.start_instances(InstanceIds=stopped)
        skies.set(pending=20, stopping=40)
        work = restore(ran(stopped), broken(stopped))
        assert {one["changed"] for one in work["failed"]} == {False}
        assert set(types_of(cloud, stopped).values()) == {"t3.micro"}

    def test_one_that_was_stopped_before_stays_stopped(self, restore, stopped, cloud, change):
        change(ran(stopped))
        work = restore(ran(stopped, "stopped"), broken(stopped))
        assert {one["changed"] for one in work["failed"]} == {False}
        assert set(states_of(cloud, stopped).values()) == {"stopped"}

    def test_those_who_are_as_they_were_are_left_alone(self, restore, stopped, cloud):
        cloud.calls.clear()
        work = restore(ran(stopped), broken(stopped, changed=False))
        assert (work["done"], work["rounds"]) == (True, 1)
        assert cloud.calls == {}

    def test_those_who_arrived_are_left_where_they_are(self, restore, stopped):
        one, *others = stopped
        work = fleet.fail(fleet.begin(stopped), {one: ("No", "none")}, True)
        work = fleet.reach(work, others)
        assert restore(ran(stopped), work)["reached"] == others

    def test_one_that_was_terminated_meanwhile_needs_nobody(self, restore, stopped, cloud):
        cloud.terminate_instances(InstanceIds=stopped)
        work = restore(ran(stopped), broken(stopped))
        assert {one["changed"] for one in work["failed"]} == {False}
        assert "terminated" in work["failed"][0]["reason"]

    def test_one_that_cannot_be_started_needs_a_person_who_is_told_why(
        self, restore, stopped, skies, cloud
    ):
        skies.add("no_capacity", types="t3.micro")
        work = restore(ran(stopped), broken(stopped), most_rounds=3)
        assert (work["rounds"], work["done"]) == (3, True)
        assert {one["changed"] for one in work["failed"]} == {True}
        assert "t3.micro and running again: " in work["failed"][0]["reason"]
        assert "capacity" in work["failed"][0]["reason"]

    def test_one_that_can_be_started_later_is(self, restore, stopped, skies, cloud):
        skies.add("no_capacity", types="t3.micro", times=2)
        work = restore(ran(stopped[:1]), broken(stopped[:1]))
        assert {one["changed"] for one in work["failed"]} == {False}

    @pytest.mark.parametrize(
        ("state", "kind", "before", "step"),
        [
            ("running", "t3.micro", "running", "back"),
            ("running", "t3.large", "running", "stop"),
            ("stopping", "t3.large", "running", "wait"),
            ("stopping", "t3.micro", "running", "wait"),
            ("stopped", "t3.large", "running", "modify"),
            ("stopped", "t3.micro", "running", "start"),
            ("pending", "t3.micro", "running", "wait"),
            ("stopped", "t3.large", "stopped", "modify"),
            ("stopped", "t3.micro", "stopped", "back"),
            ("running", "t3.micro", "stopped", "stop"),
            ("terminated", "t3.micro", "running", "lost"),
            ("shutting-down", "t3.micro", "running", "lost"),
        ],
    )
    def test_each_state_has_its_next_step(self, state, kind, before, step):
        entry = {"State": {"Name": state}, "InstanceType": kind}
        assert restore_types.next_step(entry, planned("i-0000000a", state=before)) == step

    def test_an_unknown_instance_is_lost(self):
        assert restore_types.next_step(None, planned("i-0000000a")) == "lost"


def test_who_was_stopped_before_is_not_started_with_the_new_type(cloud):
    was_running, was_stopped = ids = make_fleet(cloud, 2, state="stopped")
    batch = [planned(was_running), planned(was_stopped, state="stopped")]
    resize = operation("resize", instance_type="t3.large")
    work = start_instances.start(batch, fleet.begin(ids), resize, 0, cloud)
    assert (work["acted"], work["reached"]) == ([was_running], [was_stopped])
    assert states_of(cloud, ids) == {was_running: "running", was_stopped: "stopped"}


def test_the_functions_answer_by_their_schemas(account, stopped, cloud):
    request = {
        "instances": ran(stopped),
        "work": fleet.begin(stopped),
        "operation": operation("resize", instance_type="t3.large"),
    }
    work = change_types.handler(request, None)["work"]
    assert work["reached"] == stopped
    request |= {"work": broken(stopped), "most_rounds": 9}
    assert restore_types.handler(request, None)["work"]["done"] is False
