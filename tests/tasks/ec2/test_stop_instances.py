"""Stopping: one call for all, each bad one taken out, nobody forgotten."""

import pytest
from batches import by_error, operation, planned
from fleets import make_fleet, states_of

from tasks.ec2 import stop_instances
from tasks.errors import Throttled, Unavailable
from tasks.fleets import fleet


@pytest.fixture
def stop(cloud):
    def run(work, action="stop", retry_count=0, **options):
        return stop_instances.stop(work, operation(action, **options), retry_count, cloud)

    return run


def test_all_are_stopped_by_one_call(stop, running, cloud):
    cloud.calls.clear()
    work = stop(fleet.begin(running))
    assert work == fleet.accept(fleet.begin(running), running)
    assert set(states_of(cloud, running).values()) == {"stopped"}
    assert cloud.calls["StopInstances"] == 1


@pytest.mark.parametrize("bad", [1, 10, 50])
def test_protected_ones_cost_a_call_each_and_keep_no_other_back(bad, stop, cloud):
    protected = make_fleet(cloud, bad, DisableApiStop=True)
    others = make_fleet(cloud, 99 - bad)
    cloud.calls.clear()
    work = stop(fleet.begin([*protected, *others]))
    assert work["acted"] == others
    assert by_error(work) == dict.fromkeys(protected, ("OperationNotPermitted", False))
    assert cloud.calls["StopInstances"] <= bad + 1


def test_one_that_is_gone_is_told_and_the_others_stop(stop, running, cloud):
    cloud.terminate_instances(InstanceIds=running[:1])
    work = stop(fleet.begin(running))
    assert by_error(work) == {running[0]: ("Terminated", False)}
    assert work["acted"] == running[1:]


def test_one_in_the_wrong_state_does_not_keep_the_others_running(stop, running, skies, cloud):
    skies.add("wrong_state", ids=running[2], actions="StopInstances")
    cloud.calls.clear()
    work = stop(fleet.begin(running))
    assert by_error(work) == {running[2]: ("IncorrectInstanceState", False)}
    assert work["acted"] == [*running[:2], *running[3:]]
    assert cloud.calls["StopInstances"] == 2


def test_one_that_still_starts_is_left_for_later(stop, running, skies, cloud):
    skies.set(pending=60)
    (young,) = make_fleet(cloud, 1)
    work = stop(fleet.begin([*running, young]))
    assert (work["acted"], work["pending"]) == (running, [young])


def test_who_cannot_hibernate_is_refused_and_goes_on_running(stop, running, cloud):
    able = make_fleet(cloud, 1, HibernationOptions={"Configured": True})
    work = stop(fleet.begin([*running, *able]), "hibernate")
    assert {error for error, _ in by_error(work).values()} == {
        "UnsupportedHibernationConfiguration"
    }
    assert set(states_of(cloud, running).values()) == {"running"}
    assert work["acted"] == able


def test_a_forced_stop_is_asked_for(stop, running, cloud):
    asked = []
    cloud.meta.events.register(
        "provide-client-params.ec2.StopInstances", lambda params, **_: asked.append(params)
    )
    stop(fleet.begin(running), force=True)
    assert asked[0]["Force"] is True


def test_throttling_is_raised_and_splits_nothing(stop, running, skies, cloud):
    skies.add("error", actions="StopInstances", code="RequestLimitExceeded")
    with pytest.raises(Throttled):
        stop(fleet.begin(running))
    assert cloud.calls["StopInstances"] == 1


def test_throttling_of_the_look_is_raised(stop, running, skies):
    skies.add("error", actions="DescribeInstances", code="RequestLimitExceeded")
    with pytest.raises(Throttled):
        stop(fleet.begin(running), retry_count=1)


def test_a_fault_of_ec2_is_raised(stop, running, skies):
    skies.add("error", actions="StopInstances", code="InternalError")
    with pytest.raises(Unavailable):
        stop(fleet.begin(running))


def test_a_try_after_one_that_was_killed_stops_only_who_still_runs(stop, running, skies, cloud):
    skies.set(stopping=60)
    stop(fleet.begin(running[:3]))
    asked = []
    cloud.meta.events.register(
        "provide-client-params.ec2.StopInstances",
        lambda params, **_: asked.append(params["InstanceIds"]),
    )
    work = stop(fleet.begin(running), retry_count=1)
    assert asked == [running[3:]]
    assert sorted(work["acted"]) == sorted(running)


def test_when_all_are_on_the_way_already_no_call_is_made(stop, running, cloud):
    stop(fleet.begin(running))
    cloud.calls.clear()
    assert stop(fleet.begin(running), retry_count=1)["acted"] == running
    assert cloud.calls["StopInstances"] == 0


def test_the_handler_answers_to_its_schema(running):
    request = {
        "instances": [planned(one) for one in running],
        "work": fleet.begin(running),
        "operation": operation("stop"),
    }
    assert stop_instances.handler(request, None)["work"]["acted"] == running
