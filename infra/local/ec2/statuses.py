"""Status checks: initializing for a while after a start, then passed, or failed by the weather.

AWS page "Status checks for your instances".
"""

from datetime import timedelta
from typing import Any

from infra.local.account import Account
from infra.local.ec2.filters import Values
from infra.local.ec2.instances import Acting, facts
from infra.local.ec2.weather import IMPAIRED
from infra.local.weather import Weather

# The word of a check's detail beside the word of the whole.
DETAILS = {"ok": "passed", "impaired": "failed", "initializing": "initializing"}


class Checks:
    """Tells the status checks of instances, as the weather is."""

    def __init__(self, account: Account, weather: Weather, acting: Acting) -> None:
        self._clock = account.clock
        self._weather = weather
        self._acting = acting

    def filters(self) -> dict[str, Values]:
        """Give the filters that only statuses have."""
        return {
            "instance-status.status": lambda each: [self.instance_status(each)],
            "instance-status.reachability": lambda each: [DETAILS[self.instance_status(each)]],
            "system-status.status": lambda each: [self.system_status(each)],
            "system-status.reachability": lambda each: [DETAILS[self.system_status(each)]],
        }

    def told(self, instance: Any) -> dict[str, Any]:
        """Give an instance as the API's `InstanceStatus`."""
        state = instance._state
        return {
            "AvailabilityZone": instance.placement.zone,
            "InstanceId": instance.id,
            "InstanceState": {"Code": state.code, "Name": state.name},
            "InstanceStatus": _summary(self.instance_status(instance)),
            "SystemStatus": _summary(self.system_status(instance)),
        }

    def instance_status(self, instance: Any) -> str:
        """Tell the status of the check that sees into the instance."""
        status = self.system_status(instance)
        if status == "ok" and self._is_impaired(instance):
            return "impaired"
        return status

    def system_status(self, instance: Any) -> str:
        """Tell the status of the check of what the instance runs on."""
        life = self._acting.life(instance)
        if life.state != "running":
            return "not-applicable"
        passes = life.booted + timedelta(seconds=float(self._weather["status_checks"]))
        return "initializing" if self._clock.now() < passes else "ok"

    def _is_impaired(self, instance: Any) -> bool:
        """Tell whether a fault fails its check; looking at it uses none up."""
        return any(
            fault.kind == IMPAIRED and fault.times != 0 and fault.describes(**facts(instance))
            for fault in self._weather.faults
        )


def _summary(status: str) -> dict[str, Any]:
    if status == "not-applicable":
        return {"Status": status}
    return {"Details": [{"Name": "reachability", "Status": DETAILS[status]}], "Status": status}
