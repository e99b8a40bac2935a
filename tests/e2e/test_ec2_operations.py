"""Whole EC2 operations in process: real tasks, the real interpreter, EC2 with its weather."""

import pytest
from fleets import make_fleet, states_of
from house import house

DEV = {"Environment": "dev"}
BY_TAG = {"tags": {"Environment": ["dev"]}}


@pytest.fixture
def home():
    with house() as made:
        yield made


def outcomes(home, ids):
    """Tell how each instance's only audit item ended."""
    found = {}
    for name in ids:
        (item,) = home.audit(name)
        found[name] = item["outcome"]
    return found


def every(ids, outcome):
    return dict.fromkeys(ids, outcome)


def started(home):
    return home.api_calls["ec2:StartInstances"]


def test_a_fleet_is_started_by_its_tags_and_recorded(home):
    ids = make_fleet(home.ec2, 5, DEV, state="stopped")
    result = home.operate("start", BY_TAG, reason="morning")
    assert (result.status, result.states[-1]) == ("SUCCEEDED", "Succeeded")
    assert set(states_of(home.ec2, ids).values()) == {"running"}
    assert outcomes(home, ids) == every(ids, "succeeded")
    (item,) = home.audit(ids[0])
    assert (item["what"], item["why"]) == ("start", "morning")
    assert (item["from"], item["to"]) == ("stopped t3.micro", "running t3.micro")


def test_the_same_again_finds_everything_done(home):
    ids = make_fleet(home.ec2, 3, DEV)
    assert home.operate("stop", BY_TAG).status == "SUCCEEDED"
    again = home.operate("stop", BY_TAG)
    assert again.states[-1] == "All are there already"
    assert [len(home.audit(name)) for name in ids] == [1, 1, 1]


def test_transitions_that_take_time_are_waited_for(home):
    ids = make_fleet(home.ec2, 3, DEV, state="stopped")
    home.weather.set(pending=90, status_checks=120)
    result = home.operate("start", BY_TAG)
    assert result.status == "SUCCEEDED"
    assert home.clock.elapsed >= 90
    assert set(states_of(home.ec2, ids).values()) == {"running"}


def test_no_match_is_an_error_and_touches_nothing(home):
    make_fleet(home.ec2, 2, {"Environment": "test"})
    result = home.operate("stop", BY_TAG)
    assert result.error == "FailedClean"
    assert "No instance matches" in result.cause
    assert home.api_calls["ec2:StopInstances"] == 0


def test_more_matches_than_the_limit_touch_nothing(home):
    make_fleet(home.ec2, 4, DEV)
    result = home.operate("stop", BY_TAG, limits={"max_instances": 3})
    assert result.error == "FailedClean"
    assert "max_instances" in result.cause
    assert home.api_calls["ec2:StopInstances"] == 0


def test_a_malformed_id_is_refused_with_its_field(home):
    result = home.operate("stop", {"instance_ids": ["i-nonsense"]})
    assert result.error == "FailedClean"
    assert "targets.instance_ids.0" in result.cause


@pytest.mark.parametrize("bad", [1, 50])
def test_ids_that_are_unknown_hold_up_nobody_else(home, bad):
    ids = make_fleet(home.ec2, 500 - bad, DEV, state="stopped")
    unknown = [f"i-{number:017x}" for number in range(bad)]
    calls = started(home)
    result = home.operate(
        "start", {"instance_ids": unknown + ids}, limits={"max_instances": 500}, timeout=120
    )
    assert set(states_of(home.ec2, ids[:200]).values()) == {"running"}
    assert result.output["plan"]["refused"] == bad
    assert result.output["report"]["succeeded"] == 500 - bad
    assert started(home) - calls <= bad + 6


def test_an_instance_terminated_meanwhile_by_somebody_else_is_told(home):
    ids = make_fleet(home.ec2, 3, DEV, state="stopped")
    real = home.tasks()["ec2_claim_instances"]

    def claim(document):
        home.ec2.terminate_instances(InstanceIds=ids[:1])
        return real(document)

    result = home.operate("start", BY_TAG, tasks={"ec2_claim_instances": claim})
    assert result.error == "Incomplete"
    assert outcomes(home, ids) == {ids[0]: "failed", **every(ids[1:], "succeeded")}


def test_a_silent_fall_back_to_stopped_is_a_failure_with_its_reason(home):
    ids = make_fleet(home.ec2, 3, DEV, state="stopped")
    home.weather.add("falls_back", ids=ids[:1])
    result = home.operate("start", BY_TAG)
    assert result.error == "Incomplete"
    (item,) = home.audit(ids[0])
    assert (item["outcome"], item["error"]) == ("failed", "FellBackToStopped")
    assert "Client.InternalError" in item["reason"]


def test_capacity_that_is_gone_in_one_zone_leaves_the_other_zone_alone(home):
    here = make_fleet(home.ec2, 4, DEV, zone="us-east-1a", state="stopped")
    there = make_fleet(home.ec2, 4, DEV, zone="us-east-1b", state="stopped")
    home.weather.add("no_capacity", zones=["us-east-1a"])
    result = home.operate("start", BY_TAG, limits={"max_errors": 8})
    assert result.error == "Incomplete"
    assert outcomes(home, here) == every(here, "failed")
    assert outcomes(home, there) == every(there, "succeeded")


def test_capacity_that_is_gone_for_a_type_falls_back_to_another(home):
    ids = make_fleet(home.ec2, 3, DEV, state="stopped")
    home.weather.add("no_capacity", types=["t3.micro"])
    result = home.operate("start", BY_TAG, options={"fallback_types": ["t3.small"]})
    assert result.status == "SUCCEEDED"
    assert set(states_of(home.ec2, ids).values()) == {"running"}


def test_a_spent_error_budget_stops_the_rest_and_says_what_was_not_touched(home):
    first = make_fleet(home.ec2, 2, DEV, zone="us-east-1a")
    rest = make_fleet(home.ec2, 4, DEV, zone="us-east-1b")
    home.weather.add("impaired", zones=["us-east-1a"])
    result = home.operate(
        "reboot",
        BY_TAG,
        limits={"max_unavailable": 2, "max_errors": 1},
        options={"verify_seconds": 60},
    )
    assert result.error in ("Incomplete", "FailedDirty")
    assert outcomes(home, first) == every(first, "failed")
    assert outcomes(home, rest) == every(rest, "not_touched")


def test_two_operations_on_overlapping_instances_exclude_each_other(home):
    ids = make_fleet(home.ec2, 3, DEV)
    home.claim("first", "reboot", {"instance_ids": ids[:1]})
    second = home.operate("stop", BY_TAG)
    assert second.error == "FailedClean"
    assert "first" in second.cause
    assert ids[0] in second.cause
    assert set(states_of(home.ec2, ids).values()) == {"running"}
    rest = home.operate("stop", {"instance_ids": ids[1:]})
    assert rest.status == "SUCCEEDED"


@pytest.mark.parametrize("action", ["start", "stop", "reboot"])
def test_a_function_killed_between_acting_and_answering_acts_on_nobody_twice(home, action):
    ids = make_fleet(home.ec2, 4, DEV, state="stopped" if action == "start" else "running")
    task = f"{action}_instances"
    operation = f"ec2:{action.title()}Instances"
    before = home.api_calls[operation]
    result = home.operate(
        action, BY_TAG, limits={"max_unavailable": "100%"}, tasks=home.killed(task)
    )
    assert result.status == "SUCCEEDED"
    assert home.api_calls[operation] - before == 1
    assert outcomes(home, ids) == every(ids, "succeeded")


def test_a_function_killed_while_recording_records_each_once(home):
    ids = make_fleet(home.ec2, 4, DEV)
    result = home.operate("stop", BY_TAG, tasks=home.killed("record_batch"))
    assert result.status == "SUCCEEDED"
    assert outcomes(home, ids) == every(ids, "succeeded")


def test_under_ec2s_buckets_a_large_fleet_is_paced_and_nobody_is_lost(home):
    ids = make_fleet(home.ec2, 1300, DEV, state="stopped")
    home.weather.set(throttling=True)
    result = home.operate("start", BY_TAG, limits={"max_instances": 2000}, timeout=180)
    assert result.status == "SUCCEEDED"
    totals = home.report("operation-1")["totals"]
    assert (totals["succeeded"], totals["failed"], totals["unrecorded"]) == (len(ids), 0, 0)
    floor = (1300 - 1000) / 2
    assert floor <= home.clock.elapsed < floor * 2


def test_throttling_at_each_call_is_waited_out(home):
    ids = make_fleet(home.ec2, 120, DEV)
    rounds = {"limits": {"max_instances": 200}, "timeout": 120}
    home.api_calls.clear()
    assert home.operate("stop", BY_TAG, **rounds).status == "SUCCEEDED"
    called = set(home.api_calls) - {"ec2:StopInstances", "ec2:DescribeInstanceTypes"}
    assert {"ec2:DescribeInstances", "dynamodb:TransactWriteItems"} <= called
    home.throttled.update(dict.fromkeys([*called, "ec2:StartInstances"], 3))
    home.throttled["ec2:DescribeInstanceStatus"] = 3
    result = home.operate("start", BY_TAG, **rounds)
    assert result.status == "SUCCEEDED"
    assert result.output["report"]["succeeded"] == len(ids)
    assert +home.throttled == {}
    assert {len(home.audit(name)) for name in ids} == {2}


def test_a_termination_by_tags_is_refused(home):
    ids = make_fleet(home.ec2, 2, DEV)
    result = home.operate("terminate", BY_TAG)
    assert result.error == "FailedClean"
    assert "instance_ids" in result.cause
    assert set(states_of(home.ec2, ids).values()) == {"running"}


def test_what_was_incomplete_is_done_by_starting_again(home):
    ids = make_fleet(home.ec2, 3, DEV, state="stopped")
    home.weather.add("falls_back", ids=ids[:1], times=1)
    assert home.operate("start", BY_TAG, name="first").error == "Incomplete"
    again = home.operate("start", BY_TAG, resume="first")
    assert again.status == "SUCCEEDED"
    assert again.output["plan"]["to_act"] == 1
    assert set(states_of(home.ec2, ids).values()) == {"running"}
