"""Termination: protected instances stay, the others go, and gone is gone."""

import pytest
from batches import by_error, operation, planned
from fleets import make_fleet, states_of

from tasks.ec2 import terminate_instances
from tasks.errors import Throttled
from tasks.fleets import fleet


@pytest.fixture
def terminate(cloud):
    return lambda work, retry_count=0: terminate_instances.terminate(work, retry_count, cloud)


def test_all_are_terminated_by_one_call(terminate, running, cloud):
    cloud.calls.clear()
    assert terminate(fleet.begin(running))["acted"] == running
    assert set(states_of(cloud, running).values()) == {"terminated"}
    assert cloud.calls["TerminateInstances"] == 1


@pytest.mark.parametrize("bad", [1, 50])
def test_protected_ones_cost_a_call_each_and_stay(bad, terminate, cloud):
    protected = make_fleet(cloud, bad, DisableApiTermination=True)
    others = make_fleet(cloud, 99 - bad)
    cloud.calls.clear()
    work = terminate(fleet.begin([*others, *protected]))
    assert work["acted"] == others
    assert by_error(work) == dict.fromkeys(protected, ("OperationNotPermitted", False))
    assert set(states_of(cloud, protected).values()) == {"running"}
    assert cloud.calls["TerminateInstances"] <= bad + 1


def test_stopped_ones_go_too(terminate, stopped):
    assert terminate(fleet.begin(stopped))["acted"] == stopped


def test_who_was_gone_before_a_second_try_counts_as_done(terminate, running, cloud):
    terminate(fleet.begin(running))
    cloud.calls.clear()
    unknown = "i-00000000000000bad"
    assert terminate(fleet.begin([*running, unknown]), retry_count=1)["acted"] == [
        *running,
        unknown,
    ]
    assert cloud.calls["TerminateInstances"] == 0


def test_throttling_is_raised(terminate, running, skies):
    skies.add("error", actions="TerminateInstances", code="RequestLimitExceeded")
    with pytest.raises(Throttled):
        terminate(fleet.begin(running))


def test_the_handler_answers_to_its_schema(running):
    request = {
        "instances": [planned(one) for one in running],
        "work": fleet.begin(running),
        "operation": operation("terminate"),
    }
    assert terminate_instances.handler(request, None)["work"]["acted"] == running
