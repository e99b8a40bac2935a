"""Launch a copy of each instance of a component from its image, isolated, and see it boot."""

from typing import Any

from tasks.drills import ledger, standing
from tasks.drills.folders import Folder
from tasks.errors import RestoreFailed
from tasks.runtime import client, setting, task
from tasks.servers import instances, launches, points, volumes
from tasks.servers.instances import Instance, state_of

PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    **points.KEEPING,
    "ec2:DescribeImages": "*",
    "ec2:DescribeInstances": "*",
    "ec2:DescribeInstanceStatus": "*",
    "ec2:DescribeSecurityGroups": "*",
    "ec2:RunInstances": launches.LAUNCH_ARNS,
    "ec2:CreateTags": [launches.INSTANCE_ARN, volumes.VOLUME_ARN],
}
TIMEOUT = 300


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    restore = Restore(
        component,
        drill,
        client("ec2", drill["source"]["target"]),
        client("ec2", drill["target"]["target"]),
    )
    return restore.go_on(
        request["now"],
        Folder(drill, component["name"], setting("EVIDENCE_BUCKET"), client("s3")),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


class Restore:
    """The copies of a component's instances, looked at and taken further with each call."""

    def __init__(
        self, component: dict[str, Any], drill: dict[str, Any], source_ec2: Any, ec2: Any
    ) -> None:
        self.component, self.drill = component, drill
        self.source_ec2, self.ec2 = source_ec2, ec2

    def go_on(self, now: str, folder: Folder, table: str, dynamodb: Any) -> dict[str, Any]:
        """Launch the copies that are not there yet; done when EC2 has checked the status of all.

        Raises NothingToRestore where an instance has no image, DrillRefused where there is no
        place that isolates, and RestoreFailed where a copy does not come up.
        """
        wanted = points.plan(folder, self.wanted)
        found = instances.made(self.drill["id"], self.ec2)
        for one in wanted:
            if one["copy"] in found:
                continue
            ledger.plan(
                self.drill["id"],
                "instance",
                one["copy"],
                component=self.component["name"],
                target=self.drill["target"]["target"],
                now=now,
                table=table,
                dynamodb=dynamodb,
            )
            found[one["copy"]] = launches.launch(one, self.drill["id"], self.ec2)
        ours = [found[one["copy"]] for one in wanted]
        check_up(ours)
        checked = instances.checked([one["InstanceId"] for one in ours], self.ec2)
        return {
            "done": len(checked) == len(ours),
            "state": f"{len(checked)} of {len(ours)} checked by EC2",
            "copy": {"instances": [told(one, found[one["copy"]]) for one in wanted]},
            "newest_record": points.oldest(wanted),
        }

    def wanted(self) -> list[dict[str, Any]]:
        """Choose an image for each instance, and where and how its copy is launched."""
        existing = instances.selected(self.component["config"]["tags"], self.source_ec2)
        usable = points.choose(
            points.of_images(self.component, self.drill, self.ec2),
            self.component["recovery_point"],
            existing,
        )
        chosen = launches.chosen(usable, self.drill["id"])
        subnet, vpc = launches.find_subnet(self.component, self.drill, existing, self.ec2)
        group = launches.find_group(vpc, self.ec2)
        devices = launches.devices([point.id for point in chosen], self.ec2)
        return [
            {
                "source": point.source,
                "image": point.id,
                "copy": points.copy_name(self.component, point.source),
                "at": point.at,
                "type": launches.type_of(point, existing),
                "subnet": subnet,
                "group": group,
                "devices": devices.get(point.id, []),
            }
            for point in chosen
        ]


def check_up(ours: list[Instance]) -> None:
    """Raise RestoreFailed where a copy has gone down again."""
    for one in ours:
        if state_of(one) not in ("pending", "running"):
            why = one.get("StateReason", {}).get("Message") or "EC2 gives no reason."
            raise RestoreFailed(f"{one['InstanceId']} is {state_of(one)} and not up: {why}")


def told(one: dict[str, Any], instance: Instance) -> dict[str, str]:
    """Say of a copy what it was made of."""
    names = ("source", "image", "copy", "at")
    return {**{name: one[name] for name in names}, "instance": instance["InstanceId"]}
