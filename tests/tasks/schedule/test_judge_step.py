"""Whether the steps after one that failed are still to be done."""

import json

import pytest

from tasks.schedule import judge_step

STOP = {"kind": "operation", "action": "stop", "tier": "database", "instances": 3}
CAPACITY = {"kind": "capacity", "group": "shop-dev-web"}


def operation(error, cause="two of three"):
    return {
        "Error": "States.TaskFailed",
        "Cause": json.dumps({"Error": error, "Cause": cause, "Status": "FAILED", "Input": "{}"}),
    }


def judged(step, goal, failure, trouble="", number=0, of=1):
    given = {"step": step, "goal": goal, "failure": failure, "trouble": trouble}
    given |= {"number": number, "of": of}
    return judge_step.handler(given, None)


@pytest.mark.parametrize(
    ("step", "goal", "error", "go_on"),
    [
        (STOP, "on", "Incomplete", True),
        (STOP, "on", "FailedClean", False),
        (STOP, "on", "FailedDirty", False),
        (STOP, "off", "Incomplete", False),
        (CAPACITY, "on", "Incomplete", False),
    ],
)
def test_only_a_start_that_was_done_in_part_lets_the_next_tier_begin(step, goal, error, go_on):
    assert judged(step, goal, operation(error))["go_on"] is go_on


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (operation("FailedClean"), "ended as FailedClean: two of three."),
        (
            {"Error": "States.TaskFailed", "Cause": json.dumps({"Status": "ABORTED"})},
            "ended as ABORTED: no cause is given.",
        ),
        (
            {"Error": "GroupUnknown", "Cause": json.dumps({"errorMessage": "There is none."})},
            "ended as GroupUnknown: There is none.",
        ),
        ({"Error": "States.Timeout", "Cause": "too slow"}, "ended as States.Timeout: too slow."),
        ({"Error": "States.Timeout"}, "ended as States.Timeout: ."),
        ({"Error": "Odd", "Cause": "[1]"}, "ended as Odd: [1]."),
    ],
)
def test_it_says_who_failed_and_why(failure, said):
    trouble = judged(STOP, "off", failure)["trouble"]
    assert trouble == f"the stop of 3 instances in tier 'database' {said}"


def test_what_went_wrong_before_is_kept():
    failure = {"Error": "GroupUnknown", "Cause": "no"}
    assert judged(CAPACITY, "off", failure, "First.")["trouble"] == (
        "First. setting the capacity of shop-dev-web ended as GroupUnknown: no."
    )


def test_a_long_cause_is_cut():
    trouble = judged(STOP, "off", operation("FailedClean", "x" * 5000))["trouble"]
    assert len(trouble) < 500


def test_it_says_how_much_was_not_begun():
    held = judged(STOP, "off", operation("Incomplete"), number=0, of=3)["trouble"]
    going_on = judged(STOP, "on", operation("Incomplete"), number=0, of=3)["trouble"]
    assert held.endswith("What comes after it, 2 more, was not begun.")
    assert "not begun" not in going_on
