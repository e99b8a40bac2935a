"""What a look at a group of instances leads to: who is started, who is stopped, who is told of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tasks.errors import ScheduleInvalid
from tasks.schedules import periods
from tasks.schedules.groups import Group, Instance
from tasks.schedules.periods import OFF, ON

# A change that could not be made is tried so often before it is only told of.
MOST_ATTEMPTS = 3
FOLLOWED, NOT_FOLLOWED, UNDER_WAY = "followed", "not_followed", "under_way"


@dataclass(frozen=True)
class Record:
    """What is remembered of a group: the goal it has, and how far it was brought there.

    `told` are the instances that somebody has been told of since the goal changed.
    """

    goal: str
    since: str
    outcome: str = FOLLOWED
    attempts: int = 0
    execution: str = ""
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Override:
    """An instance's own goal until a moment; `seen` once a look has brought it about."""

    instance_id: str
    goal: str
    until: datetime
    seen: bool


@dataclass(frozen=True)
class Decision:
    """What a look leads to. `due` is the next moment to look at the group, None for never."""

    record: Record
    start: tuple[Instance, ...] = ()
    stop: tuple[Instance, ...] = ()
    capacity: str = ""
    lines: tuple[str, ...] = ()
    due: datetime | None = None

    @property
    def acts(self) -> bool:
        """Whether anything is changed."""
        return bool(self.start or self.stop or self.capacity)


def decide(
    group: Group,
    record: Record | None,
    before: str,
    overrides: Mapping[str, Override],
    now: datetime,
) -> Decision:
    """Decide about a group at a moment.

    `before` is the schedule's goal at the last look, for a group without a record; where it
    is unknown too, the schedule is new and begins with its first change. An instance that is
    not where it should be although nothing has changed since was moved by hand, and the
    schedule's policy says what becomes of it.
    """
    if group.schedule is None:
        return _refused(group, record, "there is no such schedule")
    try:
        goal = periods.goal(group.schedule, now)
        change = periods.next_change(group.schedule, now)
    except ScheduleInvalid as invalid:
        return _refused(group, record, str(invalid))
    last = record.goal if record and record.goal else before
    moved = bool(last) and last != goal
    base = record
    if base is None or not base.goal or moved:
        base = Record(goal=goal, since=now.isoformat())
    tired = base.attempts >= MOST_ATTEMPTS
    fresh = moved or (base.outcome != FOLLOWED and not tired)
    start, stop, left = _sort(group, goal, fresh, tired, overrides, now)
    # A new schedule tells at its second look: whoever put it knows what is where at the first.
    told = left if last else []
    decided = Decision(
        record=replace(base, told=tuple(entry.instance_id for entry in told)),
        start=tuple(start),
        stop=tuple(stop),
        capacity=goal if group.capacities and fresh else "",
        lines=tuple(
            _line(entry, group, goal, base.since)
            for entry in told
            if entry.instance_id not in base.told
        ),
        due=_due(group, change, overrides, now),
    )
    return replace(decided, record=_counted(decided, base, bool(left)))


def _counted(decided: Decision, base: Record, somebody_left: bool) -> Record:
    told = decided.record.told
    if decided.acts:
        return replace(base, told=told, attempts=base.attempts + 1, outcome=UNDER_WAY)
    if base.attempts >= MOST_ATTEMPTS and somebody_left:
        return replace(base, told=told)
    return replace(base, told=told, attempts=0, outcome=FOLLOWED)


def _sort(
    group: Group,
    goal: str,
    fresh: bool,
    tired: bool,
    overrides: Mapping[str, Override],
    now: datetime,
) -> tuple[list[Instance], list[Instance], list[Instance]]:
    """Sort the instances that are not where they should be: to start, to stop, to leave."""
    assert group.schedule is not None  # noqa: S101
    start: list[Instance] = []
    stop: list[Instance] = []
    left: list[Instance] = []
    policy = {ON: group.schedule["manual_stop"], OFF: group.schedule["manual_start"]}
    for entry in group.instances:
        override = overrides.get(entry.instance_id)
        valid = override is not None and now < override.until
        wanted = override.goal if override and valid else goal
        if entry.on == (wanted == ON):
            continue
        if wanted == ON and group.schedule["stop_only"] and not valid:
            continue
        # An override acts when it is first seen, and when it is first seen to have expired.
        own = override is not None and (not valid or not override.seen)
        if fresh or own or (policy[wanted] == "restore" and not tired):
            (start if wanted == ON else stop).append(entry)
        else:
            left.append(entry)
    return start, stop, left


def _due(
    group: Group,
    change: datetime | None,
    overrides: Mapping[str, Override],
    now: datetime,
) -> datetime | None:
    assert group.schedule is not None  # noqa: S101
    ends = [
        overrides[entry.instance_id].until
        for entry in group.instances
        if entry.instance_id in overrides and overrides[entry.instance_id].until > now
    ]
    look = now + timedelta(minutes=group.schedule["check_minutes"])
    return min([*ends, look, *([change] if change else [])])


def _line(entry: Instance, group: Group, goal: str, since: str) -> str:
    who = f"{entry.instance_id} ({entry.name})" if entry.name else entry.instance_id
    is_, should = ("runs", "off") if entry.on else ("is stopped", "on")
    until = "stop" if entry.on else "start"
    why = f"{group.name} has been {goal} since {since[:16]}Z"
    if (goal == ON) == entry.on:
        why = f"an override wants it {should}"
    return f"{who} of {group.where} {is_} although {why}; it is left so until the next {until}"


def _refused(group: Group, record: Record | None, why: str) -> Decision:
    """Tell once that a schedule cannot be followed."""
    known = record is not None and why in record.told
    line = f"{group.where}: {len(group.instances)} instances follow {group.name}, but {why}"
    kept = record or Record(goal="", since="")
    return Decision(record=replace(kept, told=(why,)), lines=() if known else (line,))
