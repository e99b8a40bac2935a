"""The schedules in a manifest's recovery, kept as schedules of EventBridge Scheduler."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# EventBridge Scheduler API Reference, "CreateSchedule".
LONGEST_NAME = 64
# A start is worth an hour of trying; what fails until then goes to the dead-letter queue.
RETRY_POLICY = {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 24}
MACHINES = {
    "backup": "BackupStateMachineArn",
    "heartbeat": "HeartbeatStateMachineArn",
    "drill": "RestoreDrillStateMachineArn",
    "simulation": "DrSimulationStateMachineArn",
}

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Planned:
    """One schedule: its name, when it fires, and what it starts with which request."""

    name: str
    expression: str
    timezone: str
    machine: str
    request: Mapping[str, Any]


def planned(manifest: Manifest) -> list[Planned]:
    """List the schedules that a manifest, with its defaults filled in, asks for."""
    zone = manifest["recovery"]["backups"]["timezone"]
    return [
        Planned(name, expression, zone, machine, request)
        for name, expression, machine, request in _asked(manifest)
        if expression
    ]


def _asked(manifest: Manifest) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    system, recovery = manifest["name"], manifest["recovery"]
    backups, heartbeat = recovery["backups"], recovery["heartbeat"]
    for environment in backups["environments"]:
        place = {"system": system, "environment": environment}
        for kind in ("exports", "backups"):
            name = _name(system, environment, kind)
            yield name, backups[kind], "backup", {**place, "kind": kind, **_by(name)}
    for environment in heartbeat["environments"]:
        place = {"system": system, "environment": environment}
        name = _name(system, environment, "heartbeat")
        yield name, heartbeat["schedule"], "heartbeat", place
    for scenario, described in recovery["scenarios"].items():
        name = _name(system, "drill", scenario)
        asked = {field: described[field] for field in ("recovery_point", "keep")}
        request = {"system": system, "scenario": scenario, **asked, **_by(name)}
        yield name, described["schedule"], "drill", request
    name = _name(system, "simulation")
    schedule = recovery["simulation"]["schedule"]
    yield name, schedule, "simulation", {"system": system, **_by(name)}


def _by(name: str) -> dict[str, str]:
    return {"requested_by": f"schedule {name}"}


def _name(system: str, *parts: str) -> str:
    """Name a schedule, always the same; a dot is in no name of a manifest, so no two are alike."""
    name = ".".join((system, *parts))
    if len(name) > LONGEST_NAME:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = f"{name[: LONGEST_NAME - len(digest) - 1]}.{digest}"
    return name


class SystemSchedules:
    """The schedules of all systems, in the group that daytwo's stack has for them.

    `output` reads an output of that stack.
    """

    def __init__(self, scheduler: Any, output: Callable[[str], str]) -> None:
        self.scheduler = scheduler
        self.output = output

    def keep(self, manifest: Manifest) -> list[str]:
        """Make, change and delete schedules until they are the manifest's; says what was done."""
        group = self.output("SystemScheduleGroupName")
        wanted = {entry.name: self.described(entry) for entry in planned(manifest)}
        there = self._names(group, f"{manifest['name']}.")
        done = []
        for name, schedule in wanted.items():
            if name not in there:
                self.scheduler.create_schedule(**schedule)
                done.append(f"made {name}")
            elif not self._is_so(schedule):
                self.scheduler.update_schedule(**schedule)
                done.append(f"changed {name}")
        for name in sorted(there - wanted.keys()):
            self.scheduler.delete_schedule(Name=name, GroupName=group)
            done.append(f"deleted {name}")
        return done

    def described(self, entry: Planned) -> dict[str, Any]:
        """Give a schedule as EventBridge Scheduler takes it.

        Its input is an event with an id of each firing: one that is delivered twice starts one
        operation (EventBridge Scheduler User Guide, "Context attributes").
        """
        event = {
            "id": "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time>",
            "source": "daytwo.schedule",
            "detail-type": "Recovery Schedule",
            "detail": dict(entry.request),
        }
        return {
            "Name": entry.name,
            "GroupName": self.output("SystemScheduleGroupName"),
            "Description": f"Kept by daytwo from the manifest of {entry.request['system']}",
            "ScheduleExpression": entry.expression,
            "ScheduleExpressionTimezone": entry.timezone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "ENABLED",
            "Target": {
                "Arn": self.output(MACHINES[entry.machine]),
                "RoleArn": self.output("SystemSchedulesRoleArn"),
                "Input": json.dumps(event),
                "DeadLetterConfig": {"Arn": self.output("DeadLetterQueueArn")},
                "RetryPolicy": RETRY_POLICY,
            },
        }

    def _names(self, group: str, prefix: str) -> set[str]:
        pages = self.scheduler.get_paginator("list_schedules").paginate(
            GroupName=group, NamePrefix=prefix
        )
        return {entry["Name"] for page in pages for entry in page["Schedules"]}

    def _is_so(self, schedule: Mapping[str, Any]) -> bool:
        found = self.scheduler.get_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])
        target = schedule["Target"]
        plain = schedule.keys() - {"Target", "GroupName", "Description"}
        return all(found.get(name) == schedule[name] for name in plain) and all(
            found["Target"].get(name) == target[name] for name in target
        )
