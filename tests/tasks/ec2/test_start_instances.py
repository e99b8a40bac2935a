"""Starting: one call for all, and where capacity is short as many as fit, or as another type."""

import pytest
from batches import by_error, operation, planned
from fleets import make_fleet, states_of

from tasks.ec2 import start_instances
from tasks.errors import Throttled, Unavailable
from tasks.fleets import fleet, instances


@pytest.fixture
def start(cloud):
    def run(work, action="start", retry_count=0, ids=None, **options):
        before = "running" if action == "resize" else "stopped"
        batch = [planned(one, state=before) for one in ids or fleet.unfinished(work)]
        doing = operation(action, **options)
        return start_instances.start(batch, work, doing, retry_count, cloud)

    return run


@pytest.fixture
def until_settled(start):
    """Start in rounds, as the workflow does, until nobody is pending."""

    def run(ids, **options):
        work = fleet.begin(ids)
        for _ in range(12):
            work = fleet.look(start(work, ids=ids, **options))
            if not work["pending"]:
                return work
        raise AssertionError(f"never settled: {work}")

    return run


def types_of(ec2, ids):
    return {one: entry["InstanceType"] for one, entry in instances.describe(ids, ec2).items()}


def test_all_are_started_by_one_call(start, stopped, cloud):
    work = start(fleet.begin(stopped))
    assert work == fleet.accept(fleet.begin(stopped), stopped)
    assert cloud.calls == {"StartInstances": 1}
    assert set(states_of(cloud, stopped).values()) == {"running"}


@pytest.mark.parametrize("bad", [1, 10, 50])
def test_bad_ones_cost_at_most_a_call_each(bad, start, skies, cloud):
    ids = make_fleet(cloud, 99, state="stopped")
    cloud.terminate_instances(InstanceIds=ids[:bad])
    cloud.calls.clear()
    work = start(fleet.begin(ids))
    assert work["acted"] == ids[bad:]
    assert by_error(work) == dict.fromkeys(ids[:bad], ("Terminated", False))
    assert cloud.calls["StartInstances"] == 2


def test_unknown_ids_cost_one_call_in_all(start, stopped, cloud):
    unknown = [f"i-{number:017x}" for number in range(50)]
    work = start(fleet.begin([*unknown, *stopped]))
    assert work["acted"] == stopped
    assert by_error(work) == dict.fromkeys(unknown, ("InvalidInstanceID.NotFound", False))
    assert cloud.calls["StartInstances"] == 2


def test_one_that_still_stops_is_started_once_it_is_stopped(start, stopped, skies, cloud, account):
    skies.set(stopping=60)
    (late,) = make_fleet(cloud, 1)
    cloud.stop_instances(InstanceIds=[late])
    work = start(fleet.begin([late, *stopped]))
    assert (work["pending"], work["acted"]) == ([late], stopped)
    account.clock.advance(60)
    assert start(fleet.look(work))["acted"] == [*stopped, late]


def test_a_try_after_one_that_was_killed_starts_only_who_is_stopped(start, stopped, skies, cloud):
    skies.set(pending=60)
    start(fleet.begin(stopped[:3]))
    asked = []
    cloud.meta.events.register(
        "provide-client-params.ec2.StartInstances",
        lambda params, **_: asked.append(params["InstanceIds"]),
    )
    work = start(fleet.begin(stopped), retry_count=1)
    assert asked == [stopped[3:]]
    assert sorted(work["acted"]) == sorted(stopped)


@pytest.mark.parametrize("fits", [0, 1, 3, 8])
def test_as_many_start_as_fit_and_the_others_are_as_they_were(fits, until_settled, skies, cloud):
    ids = make_fleet(cloud, 9, state="stopped")
    skies.add("no_capacity", types="t3.micro", spares=fits)
    work = until_settled(ids)
    assert len(work["acted"]) == fits
    assert list(by_error(work).values()) == [("InsufficientInstanceCapacity", False)] * (9 - fits)
    assert list(states_of(cloud, ids).values()).count("running") == fits


@pytest.mark.parametrize("fallback_types", [[], ["t3.small"]])
def test_what_is_wrong_with_all_is_known_after_a_few(fallback_types, start, skies, cloud):
    ids = make_fleet(cloud, 99, state="stopped")
    skies.add("error", actions="StartInstances", code="Unsupported", message="Not in this zone")
    cloud.calls.clear()
    work = fleet.begin(ids)
    for _ in range(6):
        work = fleet.look(start(work, ids=ids, fallback_types=fallback_types))
    assert by_error(work) == dict.fromkeys(ids, ("Unsupported", False))
    assert cloud.calls["StartInstances"] == 26


def test_without_capacity_the_sdk_does_not_ask_again_by_itself(start, stopped, skies, cloud):
    skies.add("no_capacity")
    start(fleet.begin(stopped[:1]))
    assert cloud.calls["StartInstances"] == 1


def test_the_first_fallback_type_with_capacity_is_taken(until_settled, stopped, skies, cloud):
    skies.add("no_capacity", types=["t3.micro", "t3.small"])
    work = until_settled(stopped, fallback_types=["t3.small", "t3.medium"])
    assert work["acted"] == stopped
    assert set(types_of(cloud, stopped).values()) == {"t3.medium"}
    assert set(states_of(cloud, stopped).values()) == {"running"}


def test_who_fits_keeps_its_type(until_settled, stopped, skies, cloud):
    skies.add("no_capacity", types="t3.micro", spares=2)
    work = until_settled(stopped, fallback_types=["t3.small"])
    assert sorted(work["acted"]) == sorted(stopped)
    assert sorted(types_of(cloud, stopped).values()) == ["t3.micro"] * 2 + ["t3.small"] * 3


def test_where_no_type_has_capacity_each_has_its_own_type_back(
    until_settled, stopped, skies, cloud
):
    skies.add("no_capacity", spares=1)
    work = until_settled(stopped, fallback_types=["t3.small", "t3.medium"])
    assert len(work["acted"]) == 1
    assert set(by_error(work).values()) == {("InsufficientInstanceCapacity", False)}
    assert set(types_of(cloud, stopped).values()) == {"t3.micro"}


def test_a_fallback_type_that_does_not_fit_is_passed_over(until_settled, stopped, skies, cloud):
    skies.add("no_capacity", types="t3.micro")
    skies.add("error", actions="ModifyInstanceAttribute", code="InvalidParameterValue", times=5)
    work = until_settled(stopped, fallback_types=["m6g.large", "t3.small"])
    assert work["acted"] == stopped
    assert set(types_of(cloud, stopped).values()) == {"t3.small"}


def test_who_cannot_have_its_type_back_is_told_to_be_changed(start, stopped, skies, cloud):
    skies.add("no_capacity")
    skies.add("error", actions="ModifyInstanceAttribute", code="OperationNotPermitted", spares=1)
    work = start(fleet.begin(stopped[:1]), fallback_types=["t3.small"])
    assert by_error(work) == {stopped[0]: ("InsufficientInstanceCapacity", True)}
    assert "It is t3.small now and was t3.micro" in work["failed"][0]["reason"]


def test_a_try_that_was_throttled_goes_on_with_the_types_as_they_are(start, stopped, skies, cloud):
    skies.add("no_capacity", types="t3.micro")
    skies.add(
        "error", actions="ModifyInstanceAttribute", code="RequestLimitExceeded", spares=2, times=1
    )
    work = start(fleet.begin(stopped), fallback_types=["t3.small"])
    assert (work["pending"], work["acted"]) == (stopped[2:], stopped[:2])
    work = start(fleet.look(work), ids=stopped, fallback_types=["t3.small"])
    assert work["acted"] == stopped


def test_after_a_resize_the_types_begin_with_the_new_one(until_settled, stopped, skies, cloud):
    for one in stopped:
        cloud.modify_instance_attribute(InstanceId=one, InstanceType={"Value": "m5.large"})
    skies.add("no_capacity", types=["m5.large"])
    work = until_settled(
        stopped, action="resize", instance_type="m5.large", fallback_types=["t3.small"]
    )
    assert work["acted"] == stopped
    assert set(types_of(cloud, stopped).values()) == {"t3.small"}


def test_who_cannot_start_after_a_resize_is_changed_and_left_to_be_put_back(
    until_settled, stopped, skies
):
    skies.add("no_capacity")
    work = until_settled(stopped, action="resize", instance_type="t3.small")
    assert set(by_error(work).values()) == {("InsufficientInstanceCapacity", True)}


@pytest.mark.parametrize("fallback_types", [[], ["t3.small"]])
def test_throttling_is_raised_and_splits_nothing(fallback_types, start, stopped, skies, cloud):
    skies.add("error", actions="StartInstances", code="RequestLimitExceeded")
    with pytest.raises(Throttled):
        start(fleet.begin(stopped), fallback_types=fallback_types)
    assert cloud.calls["StartInstances"] == 1


@pytest.mark.parametrize("fallback_types", [[], ["t3.small"]])
def test_a_fault_of_ec2_is_raised(fallback_types, start, stopped, skies):
    skies.add("error", actions="StartInstances", code="InternalError")
    with pytest.raises(Unavailable):
        start(fleet.begin(stopped), fallback_types=fallback_types)


def test_the_handler_answers_to_its_schema(stopped):
    request = {
        "instances": [planned(one, state="stopped") for one in stopped],
        "work": fleet.begin(stopped),
        "operation": operation("start"),
    }
    assert start_instances.handler(request, None)["work"]["acted"] == stopped
