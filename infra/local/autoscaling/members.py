"""New members: spread over the group's subnets, and all that their launch template sets.

Amazon EC2 Auto Scaling User Guide, "Auto Scaling benefits for application architecture",
"Instance distribution": a launch goes to the zone with the fewest members.
"""

from collections import Counter
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup

from infra.local.account import Account
from infra.local.patching import replace


def install(account: Account) -> None:
    """Launch the members of this account's groups as on AWS, until it stops."""

    def launch(group: Any, count: int, tags: dict[str, str]) -> None:
        there = {one.instance.id for one in group.instance_states}
        everywhere = group.vpc_zone_identifier
        try:
            for subnet, number in spread(group, count).items():
                group.vpc_zone_identifier = subnet
                plain_launch(group, number, dict(tags))
        finally:
            group.vpc_zone_identifier = everywhere
        for member in group.instance_states:
            if member.instance.id not in there:
                _complete(group, member.instance)

    # moto launches all members in one subnet, without their launch template's metadata options
    # and profile.
    plain_launch = replace(
        account, FakeAutoScalingGroup, "replace_autoscaling_group_instances", launch
    )


def spread(group: Any, count: int) -> dict[str | None, int]:
    """Give how many of new members each subnet gets; None stands for a group without subnets."""
    if not group.vpc_zone_identifier:
        return {None: count}
    subnets = group.vpc_zone_identifier.split(",")
    members = Counter(one.instance.subnet_id for one in group.instance_states)
    new: Counter[str | None] = Counter()
    for _ in range(count):
        emptiest = min(subnets, key=lambda subnet: members[subnet] + new[subnet])
        new[emptiest] += 1
    return dict(new)


def _complete(group: Any, instance: Any) -> None:
    from moto.ec2.models.instances import MetadataOptions

    template = group.ec2_launch_template
    if template is None:
        return
    data = template.get_version(group.launch_template_version).data
    if options := data.get("MetadataOptions"):
        instance.metadata_options = MetadataOptions(options)
    associated = instance.ec2_backend.iam_instance_profile_associations
    if (profile := data.get("IamInstanceProfile")) and instance.id not in associated:
        instance.ec2_backend.associate_iam_instance_profile(
            instance_id=instance.id,
            iam_instance_profile_name=profile.get("Name"),
            iam_instance_profile_arn=profile.get("Arn"),
        )
