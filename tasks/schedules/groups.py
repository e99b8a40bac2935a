"""Who follows which schedule: the groups of a manifest's instances and Auto Scaling groups."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Manifest = Mapping[str, Any]

SCHEDULE_TAG = "daytwo:schedule"
PROTECTED_TAG = "daytwo:protected"
MEMBER_TAG = "aws:autoscaling:groupName"
# The tag's value that keeps an instance out of its environment's schedule.
NO_SCHEDULE = "none"
REST = "the rest"


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance as the schedules see it: `on` is whether it runs or is about to."""

    instance_id: str
    name: str
    on: bool
    schedule: str
    tier: int


@dataclass(frozen=True)
class Place:
    """Where instances are looked for: an environment, or all that have the schedule tag.

    `default` is the schedule of those without the tag, "" for none; `tiers` the names of the
    tiers in order, the rest last.
    """

    system: str
    environment: str
    target: Mapping[str, str]
    tags: Mapping[str, Sequence[str]]
    default: str = ""
    tiers: tuple[Mapping[str, Any], ...] = ()
    auto_scaling: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Group:
    """The instances and Auto Scaling groups of a place that follow the same schedule.

    `schedule` is None where there is none of that name.
    """

    place: Place
    name: str
    schedule: Mapping[str, Any] | None
    instances: tuple[Instance, ...] = ()
    capacities: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def key(self) -> str:
        """The group's key among the records: `shop/dev:shop/office-hours`."""
        return f"{self.place.system}/{self.place.environment}:{self.name}"

    @property
    def where(self) -> str:
        """The place in words."""
        if not self.place.system:
            return f"instances with the tag {SCHEDULE_TAG}"
        return f"{self.place.system} {self.place.environment}"


def places(manifests: Iterable[Manifest]) -> list[Place]:
    """List the places to look at: each environment with instances or Auto Scaling groups.

    The last is daytwo's own account and Region, for tagged instances of no environment.
    Without any schedule there is none.
    """
    manifests = list(manifests)
    found = [
        _place(manifest, environment)
        for manifest in manifests
        for environment in manifest["environments"]
        if environment["instances"]["tags"] or environment["instances"]["auto_scaling"]
    ]
    if not schedules(manifests):
        return []
    return [*found, Place("", "", {"region": "", "role_arn": ""}, {})]


def _place(manifest: Manifest, environment: Manifest) -> Place:
    described = environment["instances"]
    default = described["schedule"]
    return Place(
        system=manifest["name"],
        environment=environment["name"],
        target={"region": environment["region"], "role_arn": environment["role_arn"]},
        tags=described["tags"],
        default=f"{manifest['name']}/{default}" if default else "",
        tiers=tuple(described["tiers"]),
        auto_scaling=tuple(
            {
                "group": entry["group"].replace("{environment}", environment["name"]),
                "schedule": f"{manifest['name']}/{entry['schedule'] or default}",
                "on": entry["business"],
                "off": entry["off"],
            }
            for entry in described["auto_scaling"]
        ),
    )


def schedules(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    """Give all schedules by their full names, such as `shop/office-hours`."""
    return {
        f"{manifest['name']}/{name}": schedule
        for manifest in manifests
        for name, schedule in manifest["schedules"].items()
    }


def instance(described: Manifest, place: Place) -> Instance | None:
    """Give an instance of EC2's description as the schedules see it; None if it follows none.

    Protected instances follow none, nor do members of an Auto Scaling group, which would
    replace what is stopped.
    """
    tags = {tag["Key"]: tag["Value"] for tag in described.get("Tags", [])}
    protected = tags.get(PROTECTED_TAG, "false").lower() != "false"
    schedule = tags.get(SCHEDULE_TAG, "")
    if schedule and "/" not in schedule and schedule != NO_SCHEDULE and place.system:
        schedule = f"{place.system}/{schedule}"
    schedule = schedule or place.default
    if not schedule or schedule == NO_SCHEDULE or protected or MEMBER_TAG in tags:
        return None
    return Instance(
        instance_id=described["InstanceId"],
        name=tags.get("Name", ""),
        on=described["State"]["Name"] in ("pending", "running"),
        schedule=sys.intern(schedule),
        tier=_tier(tags, place.tiers),
    )


def _tier(tags: Mapping[str, str], tiers: Sequence[Manifest]) -> int:
    for number, tier in enumerate(tiers):
        if all(tags.get(key) in values for key, values in tier["tags"].items()):
            return number
    return len(tiers)


def groups(
    found: Iterable[tuple[Place, Sequence[Instance]]], known: Mapping[str, Manifest]
) -> list[Group]:
    """Sort what was found into groups, one for each place and schedule.

    An instance that two places select belongs to the first.
    """
    taken: set[str] = set()
    made: list[Group] = []
    for place, instances in found:
        own = [entry for entry in instances if entry.instance_id not in taken]
        taken.update(entry.instance_id for entry in own)
        names = {entry.schedule for entry in own} | {
            entry["schedule"] for entry in place.auto_scaling
        }
        made += [
            Group(
                place=place,
                name=name,
                schedule=known.get(name),
                instances=tuple(entry for entry in own if entry.schedule == name),
                capacities=tuple(
                    entry for entry in place.auto_scaling if entry["schedule"] == name
                ),
            )
            for name in sorted(names)
        ]
    return made


def tier_names(place: Place) -> list[str]:
    """Name a place's tiers in the order of starting."""
    return [*(tier["name"] for tier in place.tiers), REST]
