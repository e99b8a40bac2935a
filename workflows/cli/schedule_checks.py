"""What `daytwo ec2 schedule check` looks at: who is not as scheduled, and what would not work."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from tasks.errors import ScheduleInvalid, TaskError
from tasks.schedules import discovery, periods, records
from tasks.schedules.decisions import Override, decide
from tasks.schedules.groups import Group, groups, places, schedules
from workflows.cli.errors import CommandError
from workflows.cli.session import Session
from workflows.outlook import look_ahead

SPECIAL_DAYS = 60


class Finding(NamedTuple):
    """Something to know: `problem`, `not as scheduled`, or only a `note`."""

    kind: str
    where: str
    what: str


def findings(session: Session, now: datetime) -> list[Finding]:
    """Look at all that schedules apply to as the next look would, and change nothing."""
    try:
        known = records.read(session.state.name, session.client("dynamodb"))
    except TaskError as error:
        raise CommandError(str(error)) from None
    available = schedules(known.manifests)
    near = [place for place in places(known.manifests) if not place.target["role_arn"]]
    far = [place for place in places(known.manifests) if place.target["role_arn"]]
    found, lines = discovery.find(near, lambda service, target: _client(session, service, target))
    made = groups(found, available)
    return [
        *(Finding("problem", "", line) for line in lines),
        *(
            Finding(
                "note",
                f"{place.system} {place.environment}",
                f"not looked at: only daytwo takes the role {place.target['role_arn']}",
            )
            for place in far
        ),
        *(entry for group in made for entry in _group(group, known, now)),
        *_overrides(known.overrides, made, now),
        *_nights(known.manifests, now),
    ]


def _client(session: Session, service: str, target: Mapping[str, str]) -> Any:
    if not target["region"] or target["region"] == session.region:
        return session.client(service)
    return session.boto3.client(service, region_name=target["region"])


def _group(group: Group, known: records.Known, now: datetime) -> Iterator[Finding]:
    who = f"{len(group.instances)} instances follow {group.name}, but"
    if group.schedule is None:
        yield Finding("problem", group.where, f"{who} there is no such schedule")
        return
    try:
        goal = periods.goal(group.schedule, now)
    except ScheduleInvalid as invalid:
        yield Finding("problem", group.where, f"{who} {invalid}")
        return
    before = known.goals.get(group.name, "")
    decided = decide(group, known.records.get(group.key), before, known.overrides, now)
    for entry in group.instances:
        override = known.overrides.get(entry.instance_id)
        valid = override is not None and now < override.until
        wanted = override.goal if override and valid else goal
        lazy = wanted == periods.ON and group.schedule["stop_only"]
        if entry.on != (wanted == periods.ON) and not lazy:
            does = "runs" if entry.on else "is stopped"
            moved = entry in decided.start or entry in decided.stop
            then = "the next look moves it" if moved else "it is left so"
            who = f"{entry.instance_id} {entry.name}".strip()
            yield Finding(
                "not as scheduled",
                group.where,
                f"{who} {does}, and {group.name} wants it {wanted}; {then}",
            )


def _overrides(
    found: Mapping[str, Override], made: list[Group], now: datetime
) -> Iterator[Finding]:
    scheduled = {entry.instance_id for group in made for entry in group.instances}
    for instance_id, override in found.items():
        if override.until > now:
            until = override.until.strftime("%Y-%m-%dT%H:%MZ")
            yield Finding(
                "note", instance_id, f"an override keeps it {override.goal} until {until}"
            )
            if instance_id not in scheduled:
                yield Finding("problem", instance_id, "it has an override, and no schedule")


def _nights(manifests: list[dict[str, Any]], now: datetime) -> Iterator[Finding]:
    """Name the nights on which a schedule's clocks change, and schedules that do nothing."""
    try:
        ahead = look_ahead(manifests, now, SPECIAL_DAYS)
    except ScheduleInvalid as invalid:
        yield Finding("problem", "", str(invalid))
        return
    for outlook in ahead:
        where = f"{outlook.where} {outlook.name}"
        for day in outlook.each_day():
            for words in outlook.notes(day):
                if words != "holiday":
                    yield Finding("note", where, f"{day}: {words}")
        if not outlook.changes():
            yield Finding(
                "note", where, f"nothing changes within {SPECIAL_DAYS} days from {now:%Y-%m-%d}"
            )
