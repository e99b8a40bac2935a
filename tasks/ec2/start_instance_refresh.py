"""Begin to replace an Auto Scaling group's instances with its template's latest version."""

import hashlib
from typing import Any

from tasks import stacks
from tasks.errors import GroupBusy, TaskError
from tasks.fleets import launching, refreshes, service
from tasks.runtime import client, iso, raising, task

_TEMPLATES = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:launch-template/*"
PERMISSIONS = {
    "autoscaling:DescribeAutoScalingGroups": "*",
    "autoscaling:DescribeInstanceRefreshes": "*",
    "autoscaling:StartInstanceRefresh": service.AUTO_SCALING_GROUP_ARN,
    "ec2:CreateLaunchTemplateVersion": _TEMPLATES,
    "ec2:DescribeLaunchTemplateVersions": "*",
    "ec2:RunInstances": launching.LAUNCH_ARNS,
    "iam:PassRole": stacks.SERVICE_ROLES,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {"InstanceRefreshInProgress": GroupBusy}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    target = request["operation"]["target"]
    return start(request, client("autoscaling", target), client("ec2", target))


def start(request: dict[str, Any], autoscaling: Any, ec2: Any) -> dict[str, Any]:
    """Start the refresh, or find the one that an earlier delivery has started.

    What is new already is left alone, so that an operation that was cut off goes on; where the
    group has nothing new, all are replaced by their like. Raises GroupUnknown, or GroupBusy
    where somebody else's refresh goes on.
    """
    operation, name = request["operation"], request["group"]
    group = refreshes.find_group(name, autoscaling)
    rollback = refreshes.can_roll_back(group)
    newest = refreshes.newest(name, autoscaling)
    if newest is not None:
        own = iso(newest["StartTime"]) >= operation["execution"]["started_at"]
        if own and request["retry_count"]:
            return {
                "refresh_id": newest["InstanceRefreshId"],
                "group": name,
                "rollback": bool(newest.get("Preferences", {}).get("AutoRollback")),
            }
        if refreshes.active(newest):
            raise GroupBusy(
                f"Instance refresh {newest['InstanceRefreshId']} of {name} goes on, "
                f"{newest['Status']} since {iso(newest['StartTime'])}. Wait until it has "
                "ended, or cancel it, and start again."
            )
    asked: dict[str, Any] = {
        "Preferences": {
            "MinHealthyPercentage": refreshes.min_healthy(
                request["to_act"], request["max_unavailable"]
            ),
            "SkipMatching": True,
            "AutoRollback": rollback,
            # The plan has named them as refused: their owners keep them on purpose.
            "ScaleInProtectedInstances": "Ignore",
            "StandbyInstances": "Ignore",
        }
    }
    if template := template_for(group, operation["options"]):
        version = version_for(template, operation, ec2)
        asked["DesiredConfiguration"] = refreshes.desired(group, template, version)
        asked["Preferences"]["SkipMatching"] = refreshes.is_new(group, template, version)
    with raising(ERRORS, f"Auto Scaling group {name}"):
        reply = autoscaling.start_instance_refresh(AutoScalingGroupName=name, **asked)
    return {"refresh_id": reply["InstanceRefreshId"], "group": name, "rollback": rollback}


def template_for(group: dict[str, Any], options: dict[str, Any]) -> dict[str, str]:
    """Give the launch template that is asked for, or the group's own, by id or name alone."""
    if named := options.get("launch_template"):
        return launching.named(named)
    own = refreshes.template_of(group)
    for key in ("LaunchTemplateId", "LaunchTemplateName"):
        if own.get(key):
            return {key: own[key]}
    return {}


def version_for(template: dict[str, str], operation: dict[str, Any], ec2: Any) -> str:
    """Give the number of the latest version, or of a new one with the image that is asked for."""
    subject = f"launch template {' '.join(template.values())}"
    with raising(ERRORS, subject):
        reply = ec2.describe_launch_template_versions(**template, Versions=["$Latest"])
        latest = reply["LaunchTemplateVersions"][0]
        image = operation["options"].get("image_id")
        if not image or latest["LaunchTemplateData"].get("ImageId") == image:
            return str(latest["VersionNumber"])
        made = ec2.create_launch_template_version(
            **template,
            SourceVersion=str(latest["VersionNumber"]),
            LaunchTemplateData={"ImageId": image},
            VersionDescription=f"daytwo {operation['id']}"[:255],
            ClientToken=hashlib.sha256(operation["id"].encode()).hexdigest(),
        )
    return str(made["LaunchTemplateVersion"]["VersionNumber"])
