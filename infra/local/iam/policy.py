"""Decide by policy documents; AWS page "Policy evaluation logic".

An explicit deny wins, then any allow, and without one the answer is no.
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from infra.local.iam.conditions import Context, Unsupported, hold, listed

log = logging.getLogger(__name__)
# Stands for the condition of a statement whose resources hold policy variables.
UNJUDGED = {"StringLike": {"a policy variable in Resource": ["*"]}}


class Decision(Enum):
    """What a set of policies says of one action on one resource."""

    ALLOWED = "allowed"
    DENIED = "an explicit deny"
    NOT_ALLOWED = "no allow"


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, ready to be matched.

    A pattern is None where the statement has no such element.
    """

    allows: bool
    action: re.Pattern[str]
    not_action: bool
    resource: re.Pattern[str] | None
    not_resource: bool
    condition: Mapping[str, Any] | None
    principal: Any = None

    def covers(self, action: str, resource: str, context: Context) -> bool:
        """Tell whether it speaks of this action on this resource under these conditions.

        What it asks that we cannot judge counts against the caller: an allow does not
        apply, a deny does.
        """
        if bool(self.action.fullmatch(action)) is self.not_action:
            return False
        if self.resource and bool(self.resource.fullmatch(resource)) is self.not_resource:
            return False
        if self.condition is None:
            return True
        try:
            return hold(self.condition, context)
        except Unsupported as unsupported:
            log.warning("%s; the policy statement counts against the caller", unsupported)
            return not self.allows


def decide(
    statements: Iterable[Statement], action: str, resource: str, context: Context
) -> Decision:
    """Judge one action on one resource by all statements that apply to the caller."""
    allowed = False
    for statement in statements:
        if allowed and statement.allows:
            continue
        if statement.covers(action, resource, context):
            if not statement.allows:
                return Decision.DENIED
            allowed = True
    return Decision.ALLOWED if allowed else Decision.NOT_ALLOWED


@lru_cache(maxsize=512)
def parse(document: str) -> tuple[Statement, ...]:
    """Read a policy document; one that is no policy allows nothing, and the log says so."""
    try:
        statements = listed(json.loads(document)["Statement"])
        return tuple(_statement(each) for each in statements)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("a policy cannot be read (%r) and allows nothing: %.200s", error, document)
        return ()


@lru_cache(maxsize=512)
def parse_all(documents: tuple[str, ...]) -> tuple[Statement, ...]:
    """Read several documents into one list of statements."""
    return tuple(statement for document in documents for statement in parse(document))


def _statement(document: Mapping[str, Any]) -> Statement:
    not_action = "NotAction" in document
    not_resource = "NotResource" in document
    resources = document.get("NotResource", document.get("Resource"))
    condition = document.get("Condition")
    if "${" in json.dumps(resources):
        resources, condition = None, UNJUDGED
    return Statement(
        allows=document["Effect"] == "Allow",
        action=_pattern(document["NotAction" if not_action else "Action"], re.IGNORECASE),
        not_action=not_action,
        resource=None if resources is None else _pattern(resources),
        not_resource=not_resource,
        condition=condition,
        principal=document.get("Principal"),
    )


def _pattern(values: Any, flags: int = 0) -> re.Pattern[str]:
    return re.compile("|".join(wildcard(each) for each in listed(values)), flags | re.DOTALL)


@lru_cache(maxsize=4096)
def wildcard(pattern: str) -> str:
    """Turn a policy's `*` and `?` into a regular expression."""
    return "".join({"*": ".*", "?": "."}.get(letter) or re.escape(letter) for letter in pattern)
