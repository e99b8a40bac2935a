"""What each state of an instance means to what is to be done to it."""

import pytest

from tasks.fleets import fleet, transitions
from tasks.fleets.instances import Outcome
from tasks.fleets.transitions import REBOOT, START, STOP, TERMINATE

ONE, OTHER = "i-00000001", "i-00000002"
STATES = ("pending", "running", "stopping", "stopped", "shutting-down", "terminated", "missing")


@pytest.mark.parametrize(
    ("transition", "meanings"),
    [
        (START, "there there soon ready never never never"),
        (STOP, "soon ready there there never never never"),
        (REBOOT, "soon ready never never never never never"),
        (TERMINATE, "ready ready ready ready there there there"),
    ],
    ids=["start", "stop", "reboot", "terminate"],
)
def test_each_state_means_one_thing(transition, meanings):
    told = []
    for state in STATES:
        outcome = transitions.sorted_by_state({ONE: state}, transition)
        places = (outcome.accepted, outcome.left, list(outcome.refused))
        (place,) = [at for at, ids in enumerate(places) if ids] or [3]
        told.append(("there", "soon", "never", "ready")[place])
    assert told == meanings.split()


@pytest.mark.parametrize("state", ["shutting-down", "terminated", "missing"])
def test_who_is_gone_was_terminated_by_somebody_else(state):
    outcome = transitions.sorted_by_state({ONE: state}, START)
    assert outcome.refused[ONE][0] == "Terminated"


def test_another_state_is_told_with_what_it_does_not_allow():
    outcome = transitions.sorted_by_state({ONE: "stopped"}, REBOOT)
    said = ("IncorrectInstanceState", "It is stopped; from that it cannot be rebooted.")
    assert outcome.refused[ONE] == said


@pytest.mark.parametrize("changed", [True, False])
def test_of_who_was_terminated_meanwhile_nothing_can_be_put_back(changed):
    refused = {ONE: ("Terminated", "gone"), OTHER: ("IncorrectInstanceState", "no")}
    work = transitions.settle(fleet.begin([ONE, OTHER]), Outcome(refused=refused), changed)
    assert [one["changed"] for one in work["failed"]] == [False, changed]


@pytest.mark.parametrize(
    ("retries", "rounds", "looks"), [(0, 0, False), (1, 0, True), (0, 1, True)]
)
def test_a_step_looks_first_where_it_has_been_before(retries, rounds, looks):
    assert transitions.again({**fleet.begin([ONE]), "rounds": rounds}, retries) is looks


@pytest.mark.parametrize(
    ("refused", "acted", "given_up"),
    [(4, 0, set()), (5, 0, {"Unsupported"}), (5, 1, set())],
)
def test_an_error_that_let_nobody_through_is_given_up_on(refused, acted, given_up):
    ids = [f"i-{number:08x}" for number in range(9)]
    work = fleet.accept(fleet.begin(ids), ids[8 : 8 + acted])
    failures = dict.fromkeys(ids[:refused], ("Unsupported", "no"))
    assert transitions.hopeless(fleet.fail(work, failures, changed=False)) == given_up
