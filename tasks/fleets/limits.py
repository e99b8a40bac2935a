"""How much an operation may touch: counts, shares and the error budget; no AWS."""

from collections.abc import Mapping
from typing import Any

from tasks.errors import TooManyInstances

# Actions that take instances out of service and bring them back.
ROLLING = frozenset({"reboot", "resize", "replace", "patch"})
# Actions after which instances stay out of service.
LASTING = frozenset({"stop", "hibernate", "isolate"})
# Seconds between two looks of a batch, as its states wait (workflows/batches).
LOOK_SECONDS = {"verify": 30, "drain": 15, "patch": 30}
# More rounds would fill an execution's history of 25,000 events (Step Functions Developer
# Guide, "Step Functions service quotas").
MOST_ROUNDS = 400
DEFAULT_UNAVAILABLE = "25%"
DEFAULT_PRODUCTION_PERCENT = 50

Limits = Mapping[str, Any]


def refuse_too_many(
    limits: Limits, action: str, matched: int, to_act: int, production: bool, named: bool
) -> None:
    """Raise TooManyInstances where more is to be done than the limits allow.

    `named` says that the instances were given by id: then no share of them is too much
    unless a `max_percent` was given. One instance is always allowed by a share.
    """
    most = limits["max_instances"]
    if to_act > most:
        raise TooManyInstances(
            f"{to_act:,} of {matched:,} matched instances would be acted on, and at most {most:,} "
            "may be. Select fewer, or allow it with limits.max_instances "
            f"(--max-instances {to_act})."
        )
    percent = limits.get("max_percent", _default_percent(action, production, named))
    share = max(1, matched * percent // 100)
    if to_act > share:
        raise TooManyInstances(
            f"{to_act:,} of {matched:,} matched instances would be acted on, and at most {share:,} "
            f"({percent} %) may be. Select fewer, or allow it with limits.max_percent "
            f"(--max-percent {-(-to_act * 100 // matched)})."
        )


def _default_percent(action: str, production: bool, named: bool) -> int:
    if production and action in LASTING and not named:
        return DEFAULT_PRODUCTION_PERCENT
    return 100


def max_unavailable(limits: Limits, action: str, to_act: int) -> int:
    """Give how many may be out of service at once, 0 for all; a share is never less than one."""
    given = limits.get("max_unavailable", DEFAULT_UNAVAILABLE if action in ROLLING else 0)
    if isinstance(given, str):
        return max(1, to_act * int(given.removesuffix("%")) // 100)
    return int(given)


def max_errors(limits: Limits, to_act: int) -> int:
    """Give the error budget: as many failures are borne, one more stops the rest."""
    return int(limits.get("max_errors", to_act // 10))


def rounds(options: Mapping[str, Any]) -> dict[str, int]:
    """Give how often a batch looks, at most, at what takes time."""
    return {
        name: min(MOST_ROUNDS, -(-options[f"{name}_seconds"] // seconds))
        for name, seconds in LOOK_SECONDS.items()
    }
