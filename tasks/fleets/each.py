"""Calls that AWS takes for one instance at a time, made for many."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from tasks.errors import AccessRefused, AwsCallFailed, TaskError, Throttled, Unavailable
from tasks.fleets.instances import Outcome, told
from tasks.runtime import raising

ERRORS: dict[str, type[TaskError]] = {}


def act_on_each(
    ids: Iterable[str], call: Callable[[str], Any], later: Collection[str] = ()
) -> Outcome:
    """Call for each id; a refusal of one keeps no other back.

    AWS codes in `later` say that the same call may pass after a while: these ids are left.
    So is the rest once AWS is asked too often or does not answer; whoever calls again looks
    first what was done. Raises Throttled or Unavailable where nothing was found out before.
    """
    outcome, waiting = Outcome(), list(ids)
    while waiting:
        one = waiting[0]
        try:
            with raising(ERRORS, one):
                call(one)
        except (Throttled, Unavailable):
            if outcome == Outcome():
                raise
            outcome.left += waiting
            break
        except (AccessRefused, AwsCallFailed) as error:
            refusal = told(error)
            if refusal is None:
                raise
            if refusal[0] in later:
                outcome.left.append(one)
            else:
                outcome.refused[one] = refusal
        else:
            outcome.accepted.append(one)
        waiting = waiting[1:]
    return outcome
