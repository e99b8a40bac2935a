"""Template section of what the schedules in systems' manifests need: their group and their role.

The schedules themselves are made when a manifest is registered, and go with the group.
"""

from troposphere import AWSObject, GetAtt, Output, Ref, scheduler

from infra.discovery import PREFIX, Workflow
from infra.template.machines import DEAD_LETTERS
from infra.template.permissions import allow, role

GROUP = "SystemScheduleGroup"
ROLE = "SystemSchedulesRole"


def resources(workflows: list[Workflow]) -> list[AWSObject]:
    """List the group, and the role that starts what manifests may schedule and nothing else."""
    started = sorted(item.logical_id for item in workflows if item.by_manifest)
    granted = [allow(["sqs:SendMessage"], [f"${{{DEAD_LETTERS}.Arn}}"])]
    if started:
        granted.append(allow(["states:StartExecution"], [f"${{{name}}}" for name in started]))
    return [
        scheduler.ScheduleGroup(GROUP, Name=f"{PREFIX}-systems"),
        role(ROLE, "scheduler", granted),
    ]


def outputs() -> list[Output]:
    """List what registering a manifest looks up."""
    values = {
        "SystemScheduleGroupName": ("Schedules of the systems' manifests", Ref(GROUP)),
        "SystemSchedulesRoleArn": ("What those schedules act as", GetAtt(ROLE, "Arn")),
        "DeadLetterQueueArn": ("Where starts go that failed", GetAtt(DEAD_LETTERS, "Arn")),
    }
    return [
        Output(name, Description=description, Value=value)
        for name, (description, value) in values.items()
    ]
