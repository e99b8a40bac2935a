"""Resource types that watch and trigger: alarms, log groups, rules, schedules."""

from typing import Any

from infra.local.account import ACCOUNT_ID
from infra.local.cloudformation.kinds import (
    Kind,
    Made,
    Resource,
    tag_list,
    tag_map,
)


class Alarm(Kind):
    """AWS::CloudWatch::Alarm."""

    service = "cloudwatch"
    name_property = "AlarmName"

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the alarm, or set it anew as a whole."""
        self.call("put_metric_alarm", **{**properties, "AlarmName": name})
        alarms = self.aws.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return Made(name, {"Arn": alarms[0]["AlarmArn"]})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set the alarm anew; its state and history stay."""
        return self.create(resource.physical_resource_id, properties)

    def delete(self, resource: Resource) -> None:
        """Delete the alarm."""
        self.call("delete_alarms", AlarmNames=[resource.physical_resource_id])


class LogGroup(Kind):
    """AWS::Logs::LogGroup."""

    service = "logs"
    name_property = "LogGroupName"
    replaced_by = frozenset({"LogGroupClass"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the log group."""
        tags = {"tags": tag_map(properties)} if properties.get("Tags") else {}
        self.call("create_log_group", logGroupName=name, **tags)
        arn = f"arn:aws:logs:{self.region}:{ACCOUNT_ID}:log-group:{name}:*"
        return Made(name, {"Arn": arn})

    def settle(self, resource: Resource) -> None:
        """Set how long lines are kept."""
        self._retain(resource.physical_resource_id, resource.properties)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change how long lines are kept."""
        self._retain(resource.physical_resource_id, properties)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the log group with its lines."""
        self.call("delete_log_group", logGroupName=resource.physical_resource_id)

    def _retain(self, name: str, properties: dict[str, Any]) -> None:
        days = properties.get("RetentionInDays")
        if days:
            self.call("put_retention_policy", logGroupName=name, retentionInDays=days)
        else:
            self.call("delete_retention_policy", logGroupName=name)


class Rule(Kind):
    """AWS::Events::Rule, with everything that a target can carry."""

    service = "events"
    name_property = "Name"
    replaced_by = frozenset({"EventBusName"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the rule, or set it anew."""
        named = {**properties, "Name": name, "Tags": tag_list(properties)}
        rule = self.call("put_rule", **named)
        return Made(name, {"Arn": rule["RuleArn"]})

    def settle(self, resource: Resource) -> None:
        """Aim the rule at its targets."""
        self._aim(resource.physical_resource_id, resource.properties)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set the rule anew, with the targets that the template has now."""
        gone = _target_ids(resource.properties) - _target_ids(properties)
        self._release(resource, gone)
        made = self.create(resource.physical_resource_id, properties)
        self._aim(resource.physical_resource_id, properties)
        return made

    def delete(self, resource: Resource) -> None:
        """Delete the rule and its targets."""
        self._release(resource, _target_ids(resource.properties))
        bus = _bus(resource.properties)
        self.call("delete_rule", Name=resource.physical_resource_id, **bus)

    def _aim(self, name: str, properties: dict[str, Any]) -> None:
        if properties.get("Targets"):
            self.call("put_targets", Rule=name, Targets=properties["Targets"], **_bus(properties))

    def _release(self, resource: Resource, ids: set[str]) -> None:
        if ids:
            bus = _bus(resource.properties)
            name = resource.physical_resource_id
            self.call("remove_targets", Rule=name, Ids=sorted(ids), **bus)


def _bus(properties: dict[str, Any]) -> dict[str, str]:
    return {key: properties[key] for key in ("EventBusName",) if key in properties}


def _target_ids(properties: dict[str, Any]) -> set[str]:
    return {target["Id"] for target in properties.get("Targets", [])}


class Schedule(Kind):
    """AWS::Scheduler::Schedule."""

    service = "scheduler"
    name_property = "Name"
    replaced_by = frozenset({"GroupName"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the schedule."""
        made = self.call("create_schedule", **{**properties, "Name": name})
        return Made(name, {"Arn": made["ScheduleArn"]})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set the schedule anew, as a whole."""
        self.call("update_schedule", **{**properties, "Name": resource.physical_resource_id})
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the schedule."""
        group = {"GroupName": resource.properties.get("GroupName")}
        self.call("delete_schedule", Name=resource.physical_resource_id, **group)


class ScheduleGroup(Kind):
    """AWS::Scheduler::ScheduleGroup; its schedules go with it."""

    service = "scheduler"
    name_property = "Name"
    replaced_by = frozenset({"Name"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the group."""
        made = self.call("create_schedule_group", Name=name, Tags=tag_list(properties))
        return Made(name, {"Arn": made["ScheduleGroupArn"]})

    def delete(self, resource: Resource) -> None:
        """Delete the group with its schedules."""
        self.call("delete_schedule_group", Name=resource.physical_resource_id)


TYPES: dict[str, type[Kind]] = {
    "AWS::CloudWatch::Alarm": Alarm,
    "AWS::Logs::LogGroup": LogGroup,
    "AWS::Events::Rule": Rule,
    "AWS::Scheduler::Schedule": Schedule,
    "AWS::Scheduler::ScheduleGroup": ScheduleGroup,
}
