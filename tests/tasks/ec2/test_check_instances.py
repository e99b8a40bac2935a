"""Verification: nobody counts as arrived who was not seen there."""

import pytest
from batches import acted, by_error, operation, planned
from fleets import make_fleet

from tasks.ec2 import check_instances
from tasks.errors import Throttled
from tasks.fleets import fleet


@pytest.fixture
def check(cloud):
    def run(work, goal, action, before="running", most_rounds=10, status_checks=False, **kind):
        ids = [*fleet.unfinished(work), *work["reached"]]
        request = {
            "instances": [planned(one, state=before, **kind) for one in ids],
            "work": work,
            "operation": operation(action),
            "goal": goal,
            "status_checks": status_checks,
            "most_rounds": most_rounds,
        }
        return check_instances.check(request, cloud)

    return run


@pytest.fixture
def started(check):
    return lambda work, **more: check(work, "running", "start", "stopped", **more)


@pytest.mark.parametrize("status_checks", [True, False])
def test_who_runs_has_arrived_and_one_look_costs_one_call(status_checks, started, running, cloud):
    cloud.calls.clear()
    work = started(acted(running), status_checks=status_checks)
    assert (work["reached"], work["rounds"], work["done"]) == (running, 1, True)
    assert cloud.calls.total() == 1


def test_who_is_on_the_way_is_looked_at_again(started, stopped, cloud, skies, account):
    skies.set(pending=60)
    cloud.start_instances(InstanceIds=stopped)
    work = started(acted(stopped))
    assert (work["acted"], work["done"]) == (stopped, False)
    account.clock.advance(60)
    assert started(work)["reached"] == stopped


def test_status_checks_are_waited_for(started, stopped, cloud, skies, account):
    skies.set(status_checks=90)
    cloud.start_instances(InstanceIds=stopped)
    work = started(acted(stopped), status_checks=True)
    assert work["reached"] == []
    account.clock.advance(90)
    assert started(work, status_checks=True)["reached"] == stopped


@pytest.mark.parametrize("status_checks", [True, False])
def test_a_fall_back_to_stopped_is_a_failure_with_its_reason(
    status_checks, started, stopped, cloud, skies
):
    skies.add("falls_back", ids=stopped[0])
    cloud.start_instances(InstanceIds=stopped)
    work = started(acted(stopped), status_checks=status_checks)
    assert by_error(work) == {stopped[0]: ("FellBackToStopped", False)}
    assert "Client error on launch" in work["failed"][0]["reason"]
    assert work["reached"] == stopped[1:]


def test_after_a_resize_a_fall_back_leaves_the_instance_changed(check, stopped, cloud, skies):
    skies.add("falls_back")
    cloud.start_instances(InstanceIds=stopped)
    work = check(acted(stopped), "running", "resize")
    assert set(by_error(work).values()) == {("FellBackToStopped", True)}


def test_a_fall_back_as_another_type_leaves_the_instance_changed(started, stopped, cloud, skies):
    skies.add("falls_back")
    cloud.start_instances(InstanceIds=stopped)
    work = started(acted(stopped), type="t3.small", status_checks=True)
    assert set(by_error(work).values()) == {("FellBackToStopped", True)}


@pytest.mark.parametrize("goal", ["running", "stopped"])
@pytest.mark.parametrize("status_checks", [True, False])
def test_who_was_terminated_meanwhile_has_failed(goal, status_checks, check, running, cloud):
    action = {"running": "start", "stopped": "stop"}[goal]
    cloud.terminate_instances(InstanceIds=running[:1])
    work = check(acted(running[:1]), goal, action, status_checks=status_checks)
    assert by_error(work) == {running[0]: ("Terminated", False)}


def test_an_id_that_ec2_has_forgotten_was_terminated(started, running):
    unknown = "i-00000000000000bad"
    work = started(acted([unknown, *running]), status_checks=True)
    assert by_error(work) == {unknown: ("Terminated", False)}
    assert work["reached"] == running


def test_impaired_instances_fail_at_the_last_look_and_not_before(started, running, skies):
    skies.add("impaired", ids=running[0])
    work = started(acted(running), status_checks=True)
    assert (work["acted"], work["failed"]) == (running[:1], [])
    work = started(work, status_checks=True, most_rounds=2)
    assert by_error(work) == {running[0]: ("StatusCheckFailed", True)}
    assert work["done"]


def test_whoever_never_arrives_is_late_and_nobody_is_forgotten(check, running, cloud, skies):
    skies.set(stopping=600)
    (young,) = make_fleet(cloud, 1)
    cloud.stop_instances(InstanceIds=running)
    work = fleet.accept(fleet.begin([*running, young]), running)
    work = check(work, "stopped", "stop", most_rounds=1)
    late = dict.fromkeys(running, ("TimedOut", True)) | {young: ("TimedOut", False)}
    assert by_error(work) == late
    assert work["done"]


def test_a_reboot_shows_in_no_state_and_so_may_have_changed_who_fails(check, running, skies):
    skies.add("impaired")
    work = fleet.accept(fleet.begin(running), running[1:])
    work = check(work, "running", "reboot", status_checks=True, most_rounds=1)
    changed = {one: changed for one, (_, changed) in by_error(work).items()}
    assert changed == dict.fromkeys(running[1:], True) | {running[0]: False}


def test_a_hibernation_that_became_a_shutdown_is_a_failure(check, running, cloud):
    able = make_fleet(cloud, 1, HibernationOptions={"Configured": True})
    cloud.stop_instances(InstanceIds=able, Hibernate=True)
    cloud.stop_instances(InstanceIds=running[:1])
    work = check(acted([*able, running[0]]), "stopped", "hibernate")
    assert work["reached"] == able
    assert by_error(work) == {running[0]: ("NotHibernated", True)}


def test_gone_is_what_a_termination_wants(check, running, cloud):
    cloud.terminate_instances(InstanceIds=running)
    work = check(acted([*running, "i-00000000000000bad"]), "terminated", "terminate")
    assert work["reached"] == [*running, "i-00000000000000bad"]


@pytest.mark.parametrize("status_checks", [True, False])
def test_a_throttled_look_may_be_tried_again(status_checks, started, running, skies):
    skies.add("error", code="RequestLimitExceeded")
    with pytest.raises(Throttled):
        started(acted(running), status_checks=status_checks)


def test_a_look_at_nobody_costs_no_call(started, running, cloud):
    cloud.calls.clear()
    assert started(fleet.begin(running), status_checks=True)["pending"] == running
    assert cloud.calls.total() == 0


def test_the_handler_answers_to_its_schema(running):
    request = {
        "instances": [planned(one, state="stopped") for one in running],
        "work": acted(running),
        "operation": operation("start"),
        "goal": "running",
        "status_checks": True,
        "most_rounds": 3,
    }
    assert check_instances.handler(request, None)["work"]["reached"] == running
