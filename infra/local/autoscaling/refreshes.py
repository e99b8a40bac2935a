"""Instance refreshes: members replaced in waves, rolled back when the new ones are not healthy.

Amazon EC2 Auto Scaling User Guide, "Use an instance refresh to update instances in an Auto
Scaling group". What is due happens when somebody looks at the group.
"""

import threading
import uuid
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult

from infra.local.account import Account
from infra.local.autoscaling.waves import ACTIVE, Refresh
from infra.local.patching import replace
from infra.local.weather import Weather


class RefreshInProgress(ServiceException):
    """Another refresh of the group goes on."""

    code = "InstanceRefreshInProgress"


class NoActiveRefresh(ServiceException):
    """No refresh of the group goes on."""

    code = "ActiveInstanceRefreshNotFound"


class Irreversible(ServiceException):
    """The refresh cannot be rolled back."""

    code = "IrreversibleInstanceRefresh"


def install(account: Account, weather: Weather) -> None:
    """Refresh the groups of this account, until it stops."""
    refreshing = Refreshing(account, weather)
    # moto has no instance refresh at all.
    for name in (
        "start_instance_refresh",
        "describe_instance_refreshes",
        "cancel_instance_refresh",
        "rollback_instance_refresh",
    ):
        replace(account, AutoScalingResponse, name, _method(getattr(refreshing, name)))
    for name in ("describe_auto_scaling_groups", "describe_auto_scaling_instances"):
        plain = getattr(AutoScalingBackend, name)
        replace(account, AutoScalingBackend, name, refreshing.before(plain))


def _method(bound: Any) -> Any:
    """Let a function be called as a method of moto's response."""
    return lambda response: bound(response)


class Refreshing:
    """Answers the calls about instance refreshes."""

    def __init__(self, account: Account, weather: Weather) -> None:
        self._account = account
        self._weather = weather
        self._lock = threading.RLock()

    def start_instance_refresh(self, response: Any) -> ActionResult:
        """Start one; raises Auto Scaling's errors for what cannot be."""
        with self._lock:
            group = self._group(response)
            preferences = response._get_param("Preferences") or {}
            desired = response._get_param("DesiredConfiguration") or {}
            kept = vars(group).setdefault("_refreshes", [])
            if kept and kept[0].status in ACTIVE:
                raise RefreshInProgress(
                    "An Instance Refresh is already in progress and blocks the execution of "
                    "this Instance Refresh."
                )
            if preferences.get("AutoRollback") and not _reversible(group, desired):
                raise ValidationError(
                    "To use AutoRollback, DesiredConfiguration must be set and no launch "
                    "template version may be $Latest or $Default."
                )
            refresh = Refresh(
                str(uuid.uuid4()), group, preferences, desired, self._account.clock.now()
            )
            kept.insert(0, refresh)
            return ActionResult({"InstanceRefreshId": refresh.id})

    def describe_instance_refreshes(self, response: Any) -> ActionResult:
        """Tell of the group's refreshes, newest first."""
        with self._lock:
            group = self._group(response)
            ids = response._get_param("InstanceRefreshIds", [])
            most = int(response._get_param("MaxRecords") or 50)
            found = [
                one.told() for one in vars(group).get("_refreshes", []) if not ids or one.id in ids
            ]
            return ActionResult({"InstanceRefreshes": found[:most]})

    def cancel_instance_refresh(self, response: Any) -> ActionResult:
        """Stop replacing; what is new stays."""
        with self._lock:
            refresh = self._active(response)
            refresh.end("Cancelled", "Cancelled due to user request.", self._account.clock.now())
            return ActionResult({"InstanceRefreshId": refresh.id})

    def rollback_instance_refresh(self, response: Any) -> ActionResult:
        """Replace what is new by what was before."""
        with self._lock:
            refresh = self._active(response)
            if not _reversible(refresh.group, refresh.desired):
                raise Irreversible("The instance refresh cannot be rolled back.")
            refresh.roll_back("Rolled back due to user request.", self._account.clock.now())
            return ActionResult({"InstanceRefreshId": refresh.id})

    def before(self, plain: Any) -> Any:
        """Let what is due happen before a method of the backend is called."""

        def look(backend: Any, *args: Any, **kwargs: Any) -> Any:
            with self._lock:
                for group in list(backend.autoscaling_groups.values()):
                    self._go_on(group)
            return plain(backend, *args, **kwargs)

        return look

    def _active(self, response: Any) -> Refresh:
        group = self._group(response)
        kept = vars(group).get("_refreshes", [])
        if not kept or kept[0].status not in ACTIVE[:2]:
            raise NoActiveRefresh(
                f"No in progress or pending Instance Refresh found for Auto Scaling group "
                f"{group.name}"
            )
        found: Refresh = kept[0]
        return found

    def _group(self, response: Any) -> Any:
        name = response._get_param("AutoScalingGroupName")
        group = response.autoscaling_backend.autoscaling_groups.get(name)
        if group is None:
            raise ValidationError(
                f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"
            )
        self._go_on(group)
        return group

    def _go_on(self, group: Any) -> None:
        kept = vars(group).get("_refreshes", [])
        if kept:
            kept[0].go_on(self._account.clock.now(), self._weather)


def _reversible(group: Any, desired: dict[str, Any]) -> bool:
    """Tell whether there is a numbered version to go to, and one to go back to."""
    wanted = str((desired.get("LaunchTemplate") or {}).get("Version", ""))
    own = str((group.launch_template or {}).get("Version") or "")
    return wanted.isdigit() and own.isdigit()
