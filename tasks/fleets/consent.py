"""Who has to agree to an operation, and when instances may be disturbed; no AWS."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tasks.fleets.selection import Row
from tasks.schedules.periods import OFF, goal
from tasks.schedules.windows import in_words, is_open

DESTRUCTIVE = frozenset({"terminate", "replace", "isolate"})
# Actions that interrupt what runs on an instance; a patch that only looks is none.
DISRUPTIVE = DESTRUCTIVE | {"stop", "hibernate", "reboot", "resize", "patch"}
# An intruder does not wait for Sunday.
ANY_TIME = frozenset({"isolate"})
# What schedules do to instances that are to be off.
OFF_ACTIONS = frozenset({"stop", "hibernate"})


class Environment(NamedTuple):
    """A registered environment as far as its instances go."""

    system: str
    environment: str
    region: str
    role_arn: str
    tags: Mapping[str, Sequence[str]]
    production: bool
    roles: Sequence[str]
    expires_seconds: int
    windows: Sequence[Mapping[str, Any]]
    # The system's schedules by name, and the name of the one that its instances follow.
    schedules: Mapping[str, Mapping[str, Any]]
    schedule: str

    @property
    def name(self) -> str:
        """Name it as people do: financial/prod."""
        return f"{self.system}/{self.environment}"


Environments = Mapping[str, Environment]


def disruptive(action: str, options: Mapping[str, Any]) -> bool:
    """Tell whether an action interrupts what runs on an instance."""
    return action in DISRUPTIVE and not (
        action == "patch" and options.get("patch_operation") == "Scan"
    )


def held(action: str, options: Mapping[str, Any], owner: Environment, moment: datetime) -> str:
    """Say why an instance must be left alone at a moment, or nothing where it need not.

    Raises ScheduleInvalid for a window in a time zone that does not exist.
    """
    if options["emergency"] or action in ANY_TIME or not disruptive(action, options):
        return ""
    if is_open(owner.windows, moment):
        return ""
    return (
        f"{owner.name} may be disturbed only in its windows, {in_words(owner.windows)}; wait for "
        "one, or go on with options.emergency (--emergency) and a reason"
    )


def question(
    row: Row,
    action: str,
    options: Mapping[str, Any],
    environments: Environments,
    moment: datetime,
) -> str:
    """Say why somebody has to agree to an action on an instance, or nothing.

    The manifest is the consent of those who wrote it to whatever is not destructive while a
    maintenance window is open, and to stopping what its schedule has off at the moment.
    """
    if action == "terminate":
        return "a terminated instance does not come back"
    if not row.production or not disruptive(action, options):
        return ""
    if action in DESTRUCTIVE:
        return f"{action} in production is destructive"
    owner = environments.get(row.owner)
    if owner and owner.windows and is_open(owner.windows, moment):
        return ""
    if owner and action in OFF_ACTIONS and _is_off(row, owner, moment):
        return ""
    return f"{action} interrupts production outside of a maintenance window"


def _is_off(row: Row, owner: Environment, moment: datetime) -> bool:
    """Tell whether the schedule of its system that an instance follows has it off."""
    name = (row.schedule or owner.schedule).removeprefix(f"{owner.system}/")
    return name in owner.schedules and goal(owner.schedules[name], moment) == OFF


def undecidable(row: Row, environments: Environments) -> str:
    """Say why nobody could agree to an action on an instance, or nothing where somebody can."""
    if not row.owner:
        return (
            "it needs an approval, and no registered system has it among its instances; add it to "
            "the instances of an environment with `daytwo systems put FILE`"
        )
    owner = environments[row.owner]
    if not owner.roles:
        return (
            f"it needs an approval, and nobody may give it: name roles in instances.approval of "
            f"{owner.name}"
        )
    return ""


def approval(owner: Environment | None, reasons: Iterable[str]) -> dict[str, Any]:
    """Give the plan's word on who has to agree; without an owner nobody has to."""
    return {
        "required": owner is not None,
        "roles": list(owner.roles) if owner else [],
        "expires_seconds": owner.expires_seconds if owner else 0,
        "reasons": sorted(set(reasons)) if owner else [],
    }
