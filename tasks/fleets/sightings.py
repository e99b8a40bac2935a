"""What a look at instances tells: whether one has arrived, is on its way, or has failed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.errors import AwsCallFailed, TaskError
from tasks.fleets import instances
from tasks.fleets.fleet import TIMED_OUT, Failure
from tasks.fleets.transitions import GONE, MISSING, TERMINATED, state_of, without
from tasks.runtime import raising

ERRORS: dict[str, type[TaskError]] = {}
NOT_FOUND = "InvalidInstanceID.NotFound"
# Amazon EC2 API Reference, "StateReason": what a person or a program asked for.
BY_A_CALL = "Client.UserInitiated"
SHUT_DOWN = ("Client.UserInitiatedShutdown", "Client.InstanceInitiatedShutdown")
# What a look right after a call sees may be of before it (Amazon EC2 Developer Guide,
# "Ensuring idempotency" and "Eventual consistency").
LOOKS_UNTIL_CONSISTENT = 2


@dataclass(frozen=True)
class Sighting:
    """One instance as it was seen; the checks are empty where nobody asked for them."""

    state: str
    type: str = ""
    code: str = ""
    message: str = ""
    checks: tuple[str, ...] = ()

    def arrived(self, goal: str) -> bool:
        """Tell whether the instance is where it should be, with its status checks passed."""
        if goal == "terminated":
            return self.state in ("terminated", MISSING)
        return self.state == goal and all(check == "ok" for check in self.checks)

    def trouble(self, goal: str, looks: int) -> Failure | None:
        """Say what went wrong for good, if anything did."""
        if goal == "terminated":
            return None
        if self.state in GONE:
            return gone(self.message)
        if goal == "running" and self.state == "stopped":
            if looks < LOOKS_UNTIL_CONSISTENT and self.code.startswith(BY_A_CALL):
                return None
            return "FellBackToStopped", f"Its start was accepted, and it stopped. {self.why}"
        return None

    def late(self, goal: str, looks: int) -> Failure:
        """Say in what it is stuck, after the last look."""
        if self.state in GONE and goal != "terminated":
            return gone(self.message)
        if self.state == goal and "impaired" in self.checks:
            return "StatusCheckFailed", f"Its status checks do not pass: {self.told_checks}."
        told = f"{self.state} with status checks {self.told_checks}" if self.checks else self.state
        return TIMED_OUT, f"After {looks} looks it is {told}; it should be {goal}. {self.why}"

    def other_than(self, before: Mapping[str, Any]) -> bool:
        """Tell whether its state or its type is other than it was."""
        return self.state != before["state"] or self.type not in ("", before["type"])

    @property
    def why(self) -> str:
        """Give EC2's reason for the state, in EC2's words."""
        return self.message or "EC2 gives no reason."

    @property
    def told_checks(self) -> str:
        """Give the two status checks in words."""
        return ", ".join(
            f"{name} {check}"
            for name, check in zip(("system", "instance"), self.checks, strict=True)
        )


def shut_down(sighting: Sighting) -> Failure | None:
    """Say that a stopped instance was not hibernated, where EC2 says so."""
    if sighting.state == "stopped" and sighting.code in SHUT_DOWN:
        return "NotHibernated", f"It was shut down instead of hibernated. {sighting.why}"
    return None


def of(ids: Iterable[str], ec2: Any) -> dict[str, Sighting]:
    """Look at instances: state, type and the reason of the state, in one call for 200."""
    wanted = list(ids)
    found = instances.describe(wanted, ec2)
    return {one: described(found.get(one)) for one in wanted}


def described(entry: Mapping[str, Any] | None) -> Sighting:
    """Give the sighting of what DescribeInstances says."""
    if entry is None:
        return Sighting(MISSING)
    reason = entry.get("StateReason", {})
    return Sighting(
        state_of(entry), entry["InstanceType"], reason.get("Code", ""), reason.get("Message", "")
    )


def with_checks(ids: Iterable[str], ec2: Any) -> dict[str, Sighting]:
    """Look at the state and the status checks of at most 100 instances, in one call.

    Who EC2 does not know any more is missing; each such error costs one more call.
    """
    asked = wanted = list(ids)
    while wanted:
        try:
            with raising(ERRORS, "status of instances"):
                reply = ec2.describe_instance_status(InstanceIds=wanted, IncludeAllInstances=True)
            break
        except AwsCallFailed as error:
            code, reason = instances.told(error) or ("", "")
            unknown = instances.named_ids(reason) if code == NOT_FOUND else []
            if not set(unknown) & set(wanted):
                raise
            wanted = without(wanted, unknown)
    else:
        reply = {"InstanceStatuses": []}
    found = {entry["InstanceId"]: checked(entry) for entry in reply["InstanceStatuses"]}
    return {one: found.get(one, Sighting(MISSING)) for one in asked}


def checked(entry: Mapping[str, Any]) -> Sighting:
    """Give the sighting of what DescribeInstanceStatus says."""
    checks = (entry["SystemStatus"]["Status"], entry["InstanceStatus"]["Status"])
    return Sighting(entry["InstanceState"]["Name"], checks=checks)


def gone(message: str) -> Failure:
    """Say that somebody else terminated an instance."""
    return TERMINATED, f"It was terminated meanwhile by somebody else. {message}".strip()
