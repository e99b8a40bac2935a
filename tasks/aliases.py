"""Where a function's alias sends traffic, and moving it without overwriting anybody's change."""

from typing import Any, NamedTuple

from tasks.errors import AliasMoved, FunctionMissing, TaskError, Unavailable
from tasks.runtime import raising

FUNCTION_ARN = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${System}-*"
ERRORS: dict[str, type[TaskError]] = {
    "ResourceNotFoundException": FunctionMissing,
    "ResourceConflictException": Unavailable,
    "PreconditionFailedException": AliasMoved,
}


class Routing(NamedTuple):
    """The version that an alias points at, and the share (0 to 1) of each other version."""

    version: str
    weights: dict[str, float]

    def __str__(self) -> str:
        shares = [f", version {other} {share:.4g}" for other, share in self.weights.items()]
        return f"version {self.version}{''.join(shares)}"


class Alias(NamedTuple):
    """An alias as it was read: its routing and the revision that a change must name."""

    routing: Routing
    revision_id: str


def split(old: str, new: str, percent: float) -> Routing:
    """Say how an alias looks when `new` answers `percent` of the calls and `old` the others."""
    if percent >= 100 or old == new:
        return Routing(new, {})
    return Routing(old, {new: round(percent / 100, 6)} if percent else {})


def read(function: str, alias: str, lambda_: Any) -> Alias:
    """Read an alias; raises FunctionMissing where the function or the alias does not exist."""
    with raising(ERRORS, f"{function}:{alias}"):
        return _alias(lambda_.get_alias(FunctionName=function, Name=alias))


def move(function: str, alias: str, found: Alias, wanted: Routing, lambda_: Any) -> Alias:
    """Point an alias elsewhere, unless somebody changed it since it was read.

    Success without a call when it is there already. Raises AliasMoved with what was
    expected and what was found. Source: Lambda API Reference, "UpdateAlias" (RevisionId).
    """
    if found.routing == wanted:
        return found
    try:
        with raising(ERRORS, f"{function}:{alias}"):
            return _alias(
                lambda_.update_alias(
                    FunctionName=function,
                    Name=alias,
                    FunctionVersion=wanted.version,
                    RoutingConfig={"AdditionalVersionWeights": wanted.weights},
                    RevisionId=found.revision_id,
                )
            )
    except AliasMoved as refusal:
        # An answer lost on the way makes the SDK repeat a call that had already worked.
        now = read(function, alias, lambda_)
        if now.routing == wanted:
            return now
        raise moved(function, alias, str(found.routing), now) from refusal


def moved(function: str, alias: str, expected: str, now: Alias) -> AliasMoved:
    """Make the error that says what was expected of an alias and what was found."""
    return AliasMoved(
        f"Alias {alias} of {function} was expected at {expected}, and is at {now.routing}: "
        "somebody else moved it. It was left as it is; find out who did (CloudTrail: "
        "UpdateAlias) before promoting again."
    )


def _alias(reply: dict[str, Any]) -> Alias:
    weights = (reply.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    shares = {version: round(weight, 6) for version, weight in weights.items() if weight}
    return Alias(Routing(reply["FunctionVersion"], shares), reply["RevisionId"])
