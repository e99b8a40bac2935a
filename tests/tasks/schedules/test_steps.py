"""In which order a decision is carried out."""

from hypothesis import given
from hypothesis import strategies as st
from schedules import at, group, instance, schedule

from schemas.validation import check
from tasks.schedules.decisions import Decision, Record
from tasks.schedules.steps import MOST_IDS, lay_out

NOW = at("2026-01-12T08:00")
ON, OFF = Record("on", ""), Record("off", "")
WEB = {
    "group": "shop-dev-web",
    "on": {"min": 2, "desired": 3, "max": 6},
    "off": {"min": 0, "desired": 0, "max": 0},
}


def laid_out(found, decision, execution="arn:execution"):
    return lay_out(found, decision, execution, "schedules/e", NOW)


def test_tiers_are_started_in_order_and_stopped_in_reverse():
    fleet = [instance(number, tier=number) for number in range(3)]
    tiered = group(*fleet, tiers=2)
    started, _ = laid_out(tiered, Decision(ON, start=tuple(fleet)))
    stopped, _ = laid_out(tiered, Decision(OFF, stop=tuple(fleet)))
    assert [step["tier"] for step in started] == ["tier-0", "tier-1", "the rest"]
    assert [step["tier"] for step in stopped] == ["the rest", "tier-1", "tier-0"]


def test_auto_scaling_groups_grow_last_and_shrink_first():
    fleet = (instance(1),)
    sized = group(*fleet, capacities=(WEB,))
    grown, _ = laid_out(sized, Decision(ON, start=fleet, capacity="on"))
    shrunk, _ = laid_out(sized, Decision(OFF, stop=fleet, capacity="off"))
    assert [step["kind"] for step in grown] == ["operation", "capacity"]
    assert [step["kind"] for step in shrunk] == ["capacity", "operation"]
    assert grown[1]["capacity"] == WEB["on"]
    assert shrunk[0]["capacity"] == WEB["off"]


def test_the_input_is_one_that_the_operation_takes():
    steps, inputs = laid_out(group(instance(1)), Decision(OFF, stop=(instance(1),)))
    (request,) = inputs.values()
    assert list(inputs) == [steps[0]["input_key"]]
    assert check(request, "workflows/ec2_operation")["action"] == "stop"
    assert request["requested_by"] == "schedule shop/office-hours"
    assert request["limits"] == {"max_instances": 1, "max_percent": 100}


def test_hibernation_is_the_schedules_choice():
    sleepy = group(instance(1), schedule=schedule(hibernate=True))
    steps, _ = laid_out(sleepy, Decision(OFF, stop=(instance(1),)))
    assert steps[0]["action"] == "hibernate"


def test_another_execution_gives_other_names_and_the_same_gives_the_same():
    decision = Decision(OFF, stop=(instance(1),))
    one, again, other = (
        laid_out(group(instance(1)), decision, execution)[0][0]["name"]
        for execution in ("arn:one", "arn:one", "arn:other")
    )
    assert one == again != other
    assert one.startswith("schedule-shop-dev-stop-20260112T0800-")


@given(count=st.integers(0, 3 * MOST_IDS))
def test_each_instance_is_in_one_operation_and_none_has_too_many(count):
    fleet = tuple(instance(number) for number in range(count))
    steps, inputs = laid_out(group(*fleet), Decision(OFF, stop=fleet))
    given_ids = [request["targets"]["instance_ids"] for request in inputs.values()]
    assert sorted(one for ids in given_ids for one in ids) == [entry.instance_id for entry in fleet]
    assert all(0 < len(ids) <= MOST_IDS for ids in given_ids)
    assert all(len(step["name"]) <= 80 for step in steps)
    assert sum(step["instances"] for step in steps) == count
