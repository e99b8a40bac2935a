"""An ended execution in a few lines."""

import io

from workflows.cli.stories import Outcome
from workflows.cli.timelines import tell


def entry(at, state, seconds=0.1, outcome="succeeded", detail="", depth=0, kind="Task"):
    return {
        "at": f"2026-01-01T00:00:{at:06.3f}+00:00",
        "state": state,
        "kind": kind,
        "depth": depth,
        "seconds": seconds,
        "outcome": outcome,
        "detail": detail,
    }


def told(*timeline):
    stream = io.StringIO()
    outcome = Outcome("arn", "SUCCEEDED", 0, 9.0, "It is live. (9 s)", [], list(timeline))
    tell(outcome, stream)
    return stream.getvalue().splitlines()


def test_quick_states_share_a_line():
    lines = told(entry(0, "Plan"), entry(0.1, "Judge the gates"))
    assert lines == [
        "  It is live. (9 s)",
        "    +  0.0 s    0.2 s  ok      Plan, Judge the gates",
    ]


def test_a_slow_state_has_its_own_line():
    lines = told(entry(0, "Plan"), entry(0.1, "Bake", seconds=7), entry(7.1, "Release the lock"))
    assert [line.split("ok")[1].strip() for line in lines[1:]] == [
        "Plan",
        "Bake",
        "Release the lock",
    ]


def test_a_decision_and_a_failure_are_told_with_their_words():
    lines = told(
        entry(0, "Wait for approval", detail="approved by bob: looks good"),
        entry(1, "Watch", outcome="failed", detail="Unhealthy: alarm is red", depth=2),
    )
    assert lines[1].endswith("Wait for approval  approved by bob: looks good")
    assert lines[2].endswith("FAILED    Watch  Unhealthy: alarm is red")


def test_a_step_of_several_functions_is_told_once():
    lines = told(
        *[entry(0, "Shift the alias", detail=f"f{n}: 10 % to version 3", depth=2) for n in "123"],
        entry(3, "Shift the alias", detail="f1: 50 % to version 3", depth=2),
    )
    assert [line.split("alias  ")[1] for line in lines[1:]] == [
        "10 % of the traffic",
        "50 % of the traffic",
    ]


def test_what_only_decides_is_not_told():
    assert len(told(entry(0, "Is it live?", kind="Choice"), entry(0, "Wait", kind="Wait"))) == 1


def test_control_characters_of_elsewhere_do_not_reach_the_terminal():
    (_, line) = told(entry(0, "Plan", detail="red\x1b[31m"))
    assert "\x1b" not in line
