"""Bringing the instances of a batch into another state, each of them once."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.fleets import fleet, instances
from tasks.fleets.instances import Outcome

MISSING = "missing"
GONE = ("shutting-down", "terminated", MISSING)
TERMINATED = "Terminated"
HOPELESS_AFTER = 5


@dataclass(frozen=True)
class Transition:
    """What each state means to an action (Amazon EC2 User Guide, "Instance state changes").

    Of an instance in a state of `ready` the action is asked for, in one of `there` it needs
    no more, in one of `soon` it will be possible; in any other it never will.
    """

    done: str
    ready: frozenset[str]
    there: frozenset[str] = frozenset()
    soon: frozenset[str] = frozenset()


START = Transition(
    "started", frozenset({"stopped"}), frozenset({"pending", "running"}), frozenset({"stopping"})
)
STOP = Transition(
    "stopped", frozenset({"running"}), frozenset({"stopping", "stopped"}), frozenset({"pending"})
)
REBOOT = Transition("rebooted", frozenset({"running"}), soon=frozenset({"pending"}))
TERMINATE = Transition(
    "terminated",
    frozenset({"pending", "running", "stopping", "stopped"}),
    frozenset(GONE),
)


def sort(ids: Iterable[str], transition: Transition, ec2: Any) -> Outcome:
    """Look who needs no call: there already, never possible, or not yet."""
    wanted = list(ids)
    found = instances.describe(wanted, ec2)
    return sorted_by_state({one: state_of(found.get(one)) for one in wanted}, transition)


def sorted_by_state(states: dict[str, str], transition: Transition) -> Outcome:
    """Sort ids by what their state means to the action; whoever is ready is left out."""
    outcome = Outcome()
    for one, state in states.items():
        if state in transition.there:
            outcome.accepted.append(one)
        elif state in transition.soon:
            outcome.left.append(one)
        elif state not in transition.ready:
            outcome.refused[one] = unable(state, transition)
    return outcome


def state_of(entry: Mapping[str, Any] | None) -> str:
    """Give the state's name of what DescribeInstances says, `missing` where it says nothing."""
    return entry["State"]["Name"] if entry else MISSING


def unable(state: str, transition: Transition) -> fleet.Failure:
    """Say why an instance in this state cannot be acted on."""
    if state in GONE:
        return TERMINATED, "It was terminated meanwhile by somebody else."
    return instances.WRONG_STATE, f"It is {state}; from that it cannot be {transition.done}."


def act(
    work: fleet.Work,
    transition: Transition,
    call: Callable[[list[str]], Any],
    ec2: Any,
    look_first: bool,
    changed: bool,
) -> dict[str, Any]:
    """Make the call for whoever is pending; gives how far the work is then.

    `look_first` where the call may have been made before, or was not possible yet: whoever
    is on the way already is not called for again. `changed` says whether whoever is refused
    may be other than before the operation.
    """
    seen = sort(work["pending"], transition, ec2) if look_first else Outcome()
    now = settle(work, seen, changed)
    ready = without(now["pending"], seen.left)
    outcome = instances.act_on(ready, call, lambda ids: sort(ids, transition, ec2), hopeless(work))
    return settle(now, outcome, changed)


def hopeless(work: fleet.Work) -> set[str]:
    """Give the errors that have refused one after the other, and let nobody through.

    The instances of a batch are of one type and one zone: what is wrong with so many of
    them alone, such as a type that the zone no longer supports, is wrong with all.
    """
    if work["acted"] or work["reached"]:
        return set()
    refused = Counter(one["error"] for one in work["failed"])
    return {error for error, count in refused.items() if count >= HOPELESS_AFTER}


def settle(work: fleet.Work, outcome: Outcome, changed: bool) -> dict[str, Any]:
    """Take over what became of pending ids; whoever is left stays pending.

    Of an instance that was terminated meanwhile nothing is left that could be put back.
    """
    gone = {one for one, (error, _) in outcome.refused.items() if error == TERMINATED}
    other = without(outcome.refused, gone) if changed else []
    return fleet.fail(fleet.accept(work, outcome.accepted), outcome.refused, other)


def without(ids: Iterable[str], some: Collection[str]) -> list[str]:
    """Give the ids that are not among some."""
    return [one for one in ids if one not in some]


def again(work: fleet.Work, retry_count: int) -> bool:
    """Tell whether the step has been at these instances before, so that it looks first."""
    return retry_count > 0 or work["rounds"] > 0
