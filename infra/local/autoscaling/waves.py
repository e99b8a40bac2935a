"""One instance refresh: the waves in which it replaces the members of its group."""

import math
from datetime import datetime, timedelta
from typing import Any

from infra.local.autoscaling.weather import UNHEALTHY
from infra.local.weather import Weather

ACTIVE = ("Pending", "InProgress", "RollbackInProgress")


class Refresh:
    """Replaces a group's members, a wave each time the one before serves."""

    def __init__(
        self,
        refresh_id: str,
        group: Any,
        preferences: dict[str, Any],
        desired: dict[str, Any],
        now: datetime,
    ) -> None:
        self.id, self.group = refresh_id, group
        self.preferences, self.desired = preferences, desired
        self.status, self.reason = "Pending", ""
        self.started = now
        self.ended: datetime | None = None
        self.next_wave = now
        self.before = dict(group.launch_template or {})
        self.old = [one.instance.id for one in group.active_instances() if self._replaced(one)]
        self.new: list[str] = []
        self.total = len(self.old)

    def told(self) -> dict[str, Any]:
        """Give what DescribeInstanceRefreshes says of it."""
        left = len(self.old)
        done = 100 * (self.total - left) // self.total if self.total else 100
        return {
            "InstanceRefreshId": self.id,
            "AutoScalingGroupName": self.group.name,
            "Status": self.status,
            "StatusReason": self.reason or None,
            "StartTime": self.started,
            "EndTime": self.ended,
            "PercentageComplete": done,
            "InstancesToUpdate": left,
            "Preferences": self.preferences,
            "DesiredConfiguration": self.desired or None,
        }

    def go_on(self, now: datetime, weather: Weather) -> None:
        """Let every wave happen that was due until now."""
        while self.status in ACTIVE and self.next_wave <= now:
            if self.new and self.status == "InProgress" and self._unhealthy(weather):
                self._fail()
            elif self.old:
                self._replace(self.old[: self._at_once()])
                self.next_wave += timedelta(seconds=float(weather["warmup"]))
            else:
                self._complete()

    def roll_back(self, reason: str, now: datetime) -> None:
        """Begin to replace the new members by such as there were."""
        self.status, self.reason = "RollbackInProgress", reason
        self.old, self.new, self.total = self.new, [], len(self.new)
        self.next_wave = now

    def end(self, status: str, reason: str, now: datetime) -> None:
        """Come to an end."""
        self.status, self.reason, self.ended = status, reason, now

    def _replaced(self, member: Any) -> bool:
        """Tell whether a member is to be replaced: not one that is protected, or new already."""
        if member.protected_from_scale_in:
            return False
        wanted = self.desired.get("LaunchTemplate")
        if not (self.preferences.get("SkipMatching") and wanted):
            return True
        made_of = vars(member.instance).get("_version") or self.before.get("Version")
        return str(made_of) != str(wanted.get("Version"))

    def _at_once(self) -> int:
        least = int(self.preferences.get("MinHealthyPercentage", 90))
        size = max(self.group.desired_capacity or 0, 1)
        return max(1, size - math.ceil(size * least / 100))

    def _replace(self, ids: list[str]) -> None:
        if self.status == "Pending":
            self.status = "InProgress"
        group = self.group
        template = self.before if self.status == "RollbackInProgress" else self._wanted()
        leaving = [one for one in group.instance_states if one.instance.id in ids]
        group.instance_states = [one for one in group.instance_states if one not in leaving]
        there = {one.instance.id for one in group.instance_states}
        group.autoscaling_backend.ec2_backend.terminate_instances(
            [one.instance.id for one in leaving if one.instance.state != "terminated"]
        )
        self._launch(template, len(ids))
        made = [one.instance for one in group.instance_states if one.instance.id not in there]
        for instance in made:
            vars(instance)["_version"] = template.get("Version")
        self.old = [one for one in self.old if one not in ids]
        self.new += [instance.id for instance in made]
        group.autoscaling_backend.update_attached_target_groups(group.name)

    def _launch(self, template: dict[str, Any], count: int) -> None:
        """Launch members of a version of the template, which the group itself has not yet."""
        own = dict(self.group.launch_template or {})
        self._take(template)
        try:
            self.group.replace_autoscaling_group_instances(count, self.group.get_propagated_tags())
        finally:
            self._take(own)

    def _wanted(self) -> dict[str, Any]:
        return {**self.before, **(self.desired.get("LaunchTemplate") or {})}

    def _take(self, template: dict[str, Any]) -> None:
        if template:
            named = {"LaunchTemplateId": self._id(template), "Version": template.get("Version")}
            self.group._set_launch_configuration(None, named, None)

    def _id(self, template: dict[str, Any]) -> str:
        if template.get("LaunchTemplateId"):
            return str(template["LaunchTemplateId"])
        found = self.group.ec2_backend.get_launch_template_by_name(template["LaunchTemplateName"])
        return str(found.id)

    def _unhealthy(self, weather: Weather) -> bool:
        return bool(weather.fault(UNHEALTHY, id=self.new, type=self.group.instance_type))

    def _fail(self) -> None:
        reason = (
            f"Instance(s) {', '.join(self.new)} did not become healthy within the grace period."
        )
        if self.preferences.get("AutoRollback"):
            self.roll_back(f"{reason} Rolling back automatically.", self.next_wave)
        else:
            self.end("Failed", reason, self.next_wave)

    def _complete(self) -> None:
        if self.status == "RollbackInProgress":
            self.end("RollbackSuccessful", self.reason, self.next_wave)
            return
        self._take(self._wanted())
        self.end("Successful", "", self.next_wave)
