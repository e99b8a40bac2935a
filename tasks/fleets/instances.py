"""EC2 instances: looking at many, and acting on many when AWS refuses some of them."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from tasks.errors import AccessRefused, AwsCallFailed, TaskError, Throttled
from tasks.fleets.fleet import Failure
from tasks.runtime import raising

ERRORS: dict[str, type[TaskError]] = {}
INSTANCE_ARN = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*"

ID = re.compile(r"\bi-(?:[0-9a-f]{17}|[0-9a-f]{8})\b")
IDS_PER_LOOK = 200
# StartInstances has a bucket of five requests (Amazon EC2 Developer Guide, "Request throttling
# for the Amazon EC2 API"). 99 ids go down to one in five calls of a third each.
MOST_CALLS = 5
SHARE = 3
WRONG_STATE = "IncorrectInstanceState"
# Not a matter of who but of how many: where one does not fit, no other does (Amazon EC2 API
# Reference, "Error codes for the Amazon EC2 API").
SHORTAGES = frozenset(
    {
        "InsufficientCapacity",
        "InsufficientHostCapacity",
        "InsufficientInstanceCapacity",
        "InstanceLimitExceeded",
        "MaxSpotInstanceCountExceeded",
        "VcpuLimitExceeded",
    }
)


@dataclass
class Outcome:
    """What became of ids in a call: accepted, refused with error and reason, or left for later."""

    accepted: list[str] = field(default_factory=list)
    refused: dict[str, Failure] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def describe(ids: Iterable[str], ec2: Any) -> dict[str, dict[str, Any]]:
    """Give what DescribeInstances says, by id; an id that EC2 does not know is not in it.

    By filter, which no unknown id makes fail.
    """
    wanted = list(ids)
    found: dict[str, dict[str, Any]] = {}
    with raising(ERRORS, "instances"):
        for start in range(0, len(wanted), IDS_PER_LOOK):
            some = wanted[start : start + IDS_PER_LOOK]
            pages = ec2.get_paginator("describe_instances").paginate(
                Filters=[{"Name": "instance-id", "Values": some}],
                PaginationConfig={"PageSize": 1000},
            )
            for page in pages:
                for reservation in page["Reservations"]:
                    found.update((one["InstanceId"], one) for one in reservation["Instances"])
    return found


def named_ids(message: str) -> list[str]:
    """Give the instance ids that an error's message names, each once."""
    return list(dict.fromkeys(ID.findall(message)))


def told(error: TaskError) -> Failure | None:
    """Give the code and message with which AWS refused a call, if it was AWS that did."""
    response = getattr(error.__cause__, "response", None)
    if not response:
        return None
    said = response.get("Error", {})
    return said.get("Code", ""), said.get("Message", "") or "AWS gives no reason."


def act_on(
    ids: Iterable[str],
    call: Callable[[list[str]], Any],
    sort: Callable[[list[str]], Outcome] | None = None,
    hopeless: Collection[str] = (),
) -> Outcome:
    """Make one call for all ids, and again without those that an error names.

    An error that names none of them is narrowed down, in at most five calls; who is not
    known by then is left for the next time. Where capacity or a quota is short, as many go
    as fit. A refusal by IAM is of the role, and so of all; so is an error of `hopeless`, where
    it names none. `sort` is asked once, when an
    instance is in the wrong state: whom its answer accepts, refuses or leaves is not called
    for again. Raises Throttled where nothing was found out before (afterwards the rest is
    left instead), and Unavailable, after which it is not known who was acted on.
    """
    attempt = _Attempt(call, sort, hopeless)
    pieces = [list(ids)]
    while pieces := [piece for piece in pieces if piece]:
        pieces = attempt.go_on(pieces)
    return attempt.outcome


class _Attempt:
    """What one act_on has found out so far."""

    def __init__(
        self,
        call: Callable[[list[str]], Any],
        sort: Callable[[list[str]], Outcome] | None,
        hopeless: Collection[str],
    ) -> None:
        self.call, self.sort, self.hopeless = call, sort, hopeless
        self.outcome = Outcome()
        self.calls_left = MOST_CALLS

    def go_on(self, pieces: list[list[str]]) -> list[list[str]]:
        """Call for the first piece; gives the pieces that are still to be called for."""
        piece, *others = pieces
        everybody = [one for some in pieces for one in some]
        if not self.calls_left:
            self.outcome.left += everybody
            return []
        try:
            with raising(ERRORS, "instances"):
                self.call(piece)
        except Throttled:
            if self.outcome == Outcome():
                raise
            self.outcome.left += everybody
            return []
        except (AccessRefused, AwsCallFailed) as error:
            refusal = told(error)
            if refusal is None:
                raise
            if isinstance(error, AccessRefused):
                return self.refuse(everybody, refusal)
            if named := [one for one in named_ids(refusal[1]) if one in piece]:
                return [self.without(named, piece, refusal), *others]
            if refusal[0] in self.hopeless:
                return self.refuse(everybody, refusal)
            return self.narrow(piece, others, refusal)
        if self.calls_left < MOST_CALLS:
            self.calls_left -= 1
        self.outcome.accepted += piece
        return others

    def without(self, named: list[str], piece: list[str], refusal: Failure) -> list[str]:
        """Give the piece without whom an error named, and whom a look at them all sorts out."""
        if refusal[0] == WRONG_STATE and self.sort:
            seen, self.sort = self.sort(piece), None
            self.outcome.accepted += seen.accepted
            self.outcome.refused.update(seen.refused)
            self.outcome.left += seen.left
            piece = [one for one in piece if one not in {*seen.accepted, *seen.refused, *seen.left}]
        self.refuse([one for one in piece if one in named], refusal)
        return [one for one in piece if one not in named]

    def narrow(
        self, piece: list[str], others: list[list[str]], refusal: Failure
    ) -> list[list[str]]:
        """Go on with a share of the piece, until the error is about one instance alone."""
        self.calls_left -= 1
        if len(piece) > 1:
            share = max(1, len(piece) // SHARE)
            return [piece[:share], piece[share:], *others]
        self.refuse(piece, refusal)
        if refusal[0] in SHORTAGES:
            return self.refuse([one for some in others for one in some], refusal)
        return others

    def refuse(self, ids: list[str], refusal: Failure) -> list[list[str]]:
        """Refuse ids; gives that nothing is left to call for."""
        self.outcome.refused.update(dict.fromkeys(ids, refusal))
        return []
