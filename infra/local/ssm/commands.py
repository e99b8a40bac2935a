"""Commands and what became of them on each instance, worked out when somebody looks."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.local.clock import Clock
from infra.local.ssm.weather import COMMAND_FAILS, COMMAND_HANGS, PATCHES_FAIL, UNDELIVERABLE
from infra.local.weather import Weather

# Which part of the time an invocation is pending, before it is in progress.
PENDING_SHARE = 0.1
PATCHING = "AWS-RunPatchBaseline"
UNDER_WAY = ("Pending", "InProgress")


@dataclass
class Invocation:
    """A command on one instance; `ending` is None of one that hangs."""

    instance: Any
    began: datetime
    ends: datetime
    expires: datetime
    ending: tuple[str, str] | None
    failed_patches: int = 0
    settled: tuple[str, str] | None = None

    def status(self, now: datetime) -> tuple[str, str]:
        """Tell status and details at a moment; what has ended stays as it ended."""
        if self.settled is None:
            self.settled = self._ending(now)
        if self.settled:
            return self.settled
        begun = self.began + (self.ends - self.began) * PENDING_SHARE
        return ("InProgress",) * 2 if now > begun else ("Pending",) * 2

    def cancel(self, now: datetime) -> None:
        """End it, unless it has ended."""
        if self.status(now)[0] in UNDER_WAY:
            self.settled = ("Cancelled", "Cancelled")

    def _ending(self, now: datetime) -> tuple[str, str] | None:
        if self.ending and self.ending[1] == "Undeliverable":
            return self.ending
        if self.instance.state != "running":
            return ("TimedOut", "DeliveryTimedOut") if now >= self.expires else None
        return self.ending if self.ending and now >= self.ends else None


@dataclass
class Command:
    """A command that was sent, with its parameters as SendCommand took them."""

    asked: dict[str, Any]
    requested: datetime
    expires: datetime
    invocations: dict[str, Invocation]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def document(self) -> str:
        """The document's name."""
        return str(self.asked["DocumentName"])

    def status(self, now: datetime) -> str:
        """Tell how the whole command is, from how it is on each instance."""
        found = {each.status(now)[0] for each in self.invocations.values()}
        if found <= {"Success"}:
            return "Success"
        if found & set(UNDER_WAY):
            return "Pending" if found == {"Pending"} else "InProgress"
        return next(each for each in ("Failed", "TimedOut", "Cancelled") if each in found)


class Commands:
    """The commands of each account and Region."""

    def __init__(self, clock: Clock, weather: Weather) -> None:
        self._clock = clock
        self._weather = weather

    def all(self, backend: Any) -> list[Command]:
        """Give the commands that were sent, oldest first."""
        sent: list[Command] = vars(backend).setdefault("_sent_commands", [])
        return sent

    def send(self, backend: Any, asked: dict[str, Any], instances: list[Any]) -> Command:
        """Send a command to instances; the weather says what becomes of it."""
        now = self._clock.now()
        expires = now + timedelta(seconds=asked["TimeoutSeconds"])
        invocations = {each.id: self._invoke(each, now, expires) for each in instances}
        command = Command(asked, now, expires, invocations)
        self.all(backend).append(command)
        return command

    def told(self, command: Command) -> dict[str, Any]:
        """Give what ListCommands says of a command."""
        now = self._clock.now()
        statuses = [each.status(now)[0] for each in command.invocations.values()]
        return {
            **command.asked,
            "CommandId": command.id,
            "InstanceIds": list(command.invocations),
            "RequestedDateTime": command.requested.timestamp(),
            "ExpiresAfter": command.expires.timestamp(),
            "Status": command.status(now),
            "StatusDetails": command.status(now),
            "TargetCount": len(statuses),
            "CompletedCount": sum(each not in UNDER_WAY for each in statuses),
            "ErrorCount": sum(each in ("Failed", "TimedOut") for each in statuses),
        }

    def invocation_told(self, command: Command, instance_id: str, details: bool) -> dict[str, Any]:
        """Give what ListCommandInvocations says of a command on an instance."""
        status, why = command.invocations[instance_id].status(self._clock.now())
        plugin = {
            "Name": command.document,
            "Status": status,
            "StatusDetails": why,
            "Output": output(command, why),
        }
        return {
            "CommandId": command.id,
            "InstanceId": instance_id,
            "Comment": command.asked.get("Comment", ""),
            "DocumentName": command.document,
            "RequestedDateTime": command.requested.timestamp(),
            "Status": status,
            "StatusDetails": why,
            "CommandPlugins": [plugin] if details else [],
        }

    def cancel(self, command: Command, ids: list[str]) -> None:
        """Cancel a command on these instances, or on all."""
        now = self._clock.now()
        for one in ids or command.invocations:
            command.invocations[one].cancel(now)

    def patch_state(self, backend: Any, instance_id: str) -> dict[str, Any] | None:
        """Give what the last patching that ended on an instance reported."""
        now = self._clock.now()
        for command in reversed(self.all(backend)):
            invocation = command.invocations.get(instance_id)
            if command.document != PATCHING or invocation is None:
                continue
            if invocation.status(now)[0] == "Success":
                return _patch_state(command, invocation)
        return None

    def _invoke(self, instance: Any, now: datetime, expires: datetime) -> Invocation:
        ends = now + timedelta(seconds=float(self._weather["command"]))
        patches = self._weather.fault(PATCHES_FAIL, id=instance.id)
        ending = self._ending(instance.id)
        return Invocation(instance, now, ends, expires, ending, failed_patches=1 if patches else 0)

    def _ending(self, instance_id: str) -> tuple[str, str] | None:
        if self._weather.fault(UNDELIVERABLE, id=instance_id):
            return "Failed", "Undeliverable"
        if self._weather.fault(COMMAND_HANGS, id=instance_id):
            return None
        if self._weather.fault(COMMAND_FAILS, id=instance_id):
            return "Failed", "Failed"
        return "Success", "Success"


def output(command: Command, details: str) -> str:
    """Give what the document wrote on an instance."""
    if details == "Failed":
        return f"{command.document}: failed to run commands: exit status 1"
    return ""


def _patch_state(command: Command, invocation: Invocation) -> dict[str, Any]:
    (operation,) = command.asked.get("Parameters", {}).get("Operation", ["Scan"])
    failed = invocation.failed_patches
    return {
        "InstanceId": invocation.instance.id,
        "PatchGroup": "",
        "BaselineId": "pb-0123456789abcdef0",
        "Operation": operation,
        "OperationStartTime": invocation.began.timestamp(),
        "OperationEndTime": invocation.ends.timestamp(),
        "InstalledCount": 100,
        "InstalledPendingRebootCount": 0,
        "MissingCount": failed,
        "FailedCount": failed,
    }
