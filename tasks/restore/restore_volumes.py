"""Make a copy of each volume of a component from its snapshot; nothing is attached to them."""

from typing import Any

from tasks.drills import copies, ledger, standing
from tasks.drills.folders import Folder
from tasks.errors import RestoreFailed
from tasks.runtime import client, raising, setting, task
from tasks.servers import points, volumes

PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    **points.KEEPING,
    "ec2:DescribeSnapshots": "*",
    "ec2:DescribeSubnets": "*",
    "ec2:DescribeVolumes": "*",
    "ec2:CreateVolume": [volumes.VOLUME_ARN, volumes.SNAPSHOT_ARN],
    "ec2:CreateTags": volumes.VOLUME_ARN,
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
    """The copies of a component's volumes, looked at and taken further with each call."""

    def __init__(
        self, component: dict[str, Any], drill: dict[str, Any], source_ec2: Any, ec2: Any
    ) -> None:
        self.component, self.drill = component, drill
        self.source_ec2, self.ec2 = source_ec2, ec2

    def go_on(self, now: str, folder: Folder, table: str, dynamodb: Any) -> dict[str, Any]:
        """Ask for the copies that are not there yet; done when all are available.

        Raises NothingToRestore where a volume has no snapshot, and RestoreFailed where EC2
        could not make one.
        """
        wanted = points.plan(folder, self.wanted)
        found = volumes.made(self.drill["id"], self.ec2)
        for one in wanted:
            if one["copy"] in found:
                continue
            ledger.plan(
                self.drill["id"],
                "volume",
                one["copy"],
                component=self.component["name"],
                target=self.drill["target"]["target"],
                now=now,
                table=table,
                dynamodb=dynamodb,
            )
            found[one["copy"]] = self.create(one)
        ours = [found[one["copy"]] for one in wanted]
        broken = [one["VolumeId"] for one in ours if one["State"] == "error"]
        if broken:
            raise RestoreFailed(
                f"EC2 could not make {', '.join(broken[: points.NAMED])}: the key of the snapshot "
                "may not be usable in the target's account"
            )
        return {
            "done": all(one["State"] == "available" for one in ours),
            "state": volumes.states(ours),
            "copy": {"volumes": [told(one, found[one["copy"]]) for one in wanted]},
            "newest_record": points.oldest(wanted),
        }

    def wanted(self) -> list[dict[str, Any]]:
        """Choose a snapshot for each volume, and where and how its copy is made."""
        existing = volumes.selected(self.component["config"]["tags"], self.source_ec2)
        chosen = points.choose(
            points.of_snapshots(self.component, self.drill, self.ec2),
            self.component["recovery_point"],
            existing,
        )
        return [
            {
                "source": point.source,
                "snapshot": point.id,
                "copy": points.copy_name(self.component, point.source),
                "at": point.at,
                "zone": volumes.zone_for(existing.get(point.source), self.drill, self.ec2),
                "shape": volumes.shape(existing.get(point.source)),
            }
            for point in chosen
        ]

    def create(self, one: dict[str, Any]) -> volumes.Volume:
        copies.check_name(one["copy"])
        tags = copies.tags(self.drill["id"], one["copy"])
        with raising(volumes.ERRORS, one["snapshot"]):
            return dict(
                self.ec2.create_volume(
                    SnapshotId=one["snapshot"],
                    AvailabilityZone=one["zone"],
                    ClientToken=volumes.token(self.drill["id"], one["copy"]),
                    TagSpecifications=[{"ResourceType": "volume", "Tags": tags}],
                    **one["shape"],
                )
            )


def told(one: dict[str, Any], volume: volumes.Volume) -> dict[str, str]:
    """Say of a copy what it was made of."""
    names = ("source", "snapshot", "copy", "at")
    return {**{name: one[name] for name in names}, "volume": volume["VolumeId"]}
