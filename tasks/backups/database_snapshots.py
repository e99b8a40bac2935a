"""Snapshots of DB instances and DB clusters, as backups that are copied and removed."""

from dataclasses import dataclass
from typing import Any

from tasks.backups import marks
from tasks.backups.services import Order, Point, Seen, listed, refuse_failed, values
from tasks.errors import BackupFailed, TaskError
from tasks.runtime import raising

# All names of daytwo's snapshots begin so, in every Region that copies go to.
ARNS = [
    f"arn:${{AWS::Partition}}:rds:*:${{AWS::AccountId}}:{kind}:{marks.PREFIX}*"
    for kind in ("snapshot", "cluster-snapshot")
]
LOOKS = {"rds:DescribeDBSnapshots": ARNS[0], "rds:DescribeDBClusterSnapshots": ARNS[1]}
COPIES = {
    "rds:CopyDBSnapshot": ARNS[0],
    "rds:CopyDBClusterSnapshot": ARNS[1],
    "rds:AddTagsToResource": ARNS,
    "rds:ModifyDBSnapshotAttribute": ARNS[0],
    "rds:ModifyDBClusterSnapshotAttribute": ARNS[1],
}
REMOVES = {"rds:DeleteDBSnapshot": ARNS[0], "rds:DeleteDBClusterSnapshot": ARNS[1]}
ERRORS: dict[str, type[TaskError]] = dict.fromkeys(
    (
        "KMSKeyNotAccessibleFault",
        "SnapshotQuotaExceeded",
        "InvalidDBSnapshotState",
        "InvalidDBClusterSnapshotStateFault",
        "DBSnapshotNotFound",
        "DBClusterSnapshotNotFoundFault",
    ),
    BackupFailed,
)


@dataclass(frozen=True)
class Kind:
    """The words of the RDS API for one kind of snapshot."""

    entity: str
    missing: str

    def call(self, rds: Any, verb: str, suffix: str = "", **parameters: Any) -> Any:
        """Call an operation such as copy_db_snapshot."""
        snake = "db_cluster_snapshot" if "Cluster" in self.entity else "db_snapshot"
        return getattr(rds, f"{verb}_{snake}{suffix}")(**parameters)


KINDS = {
    "snapshot": Kind("DBSnapshot", "DBSnapshotNotFound"),
    "cluster-snapshot": Kind("DBClusterSnapshot", "DBClusterSnapshotNotFoundFault"),
}


class DatabaseSnapshots:
    """Snapshots in the Region and account of an RDS client, by ARN; copies keep the name."""

    def __init__(self, rds: Any) -> None:
        self.rds = rds

    def find(self, point: str) -> Seen | None:
        """Describe a snapshot by its ARN."""
        return self._named(*split(point))

    def _named(self, kind: Kind, name: str) -> Seen | None:
        with raising({}, name):
            try:
                reply = kind.call(self.rds, "describe", "s", **{f"{kind.entity}Identifier": name})
            except self.rds.exceptions.ClientError as error:
                if error.response["Error"]["Code"] == kind.missing:
                    return None
                raise
        return _seen(reply[f"{kind.entity}s"][0], kind)

    def search(self, row: Point) -> list[str]:
        """Find the snapshot with the name of a record's backup, of either kind."""
        name = marks.name({"id": row["backup"]}, {"name": row["component"]})
        seen = (self._named(kind, name) for kind in KINDS.values())
        return [one.id for one in seen if one]

    def copy(self, point: Point, order: Order) -> Seen:
        """Copy a snapshot of another Region here, under the same name."""
        kind, name = split(point["id"])
        own = ":".join([*point["id"].split(":")[:3], self.rds.meta.region_name])
        here = self.find(own + point["id"][point["id"].index(":", len("arn:aws:rds:")) :])
        if here is None:
            key = {"KmsKeyId": order.kms_key_arn} if order.kms_key_arn else {}
            with raising(ERRORS, point["id"]):
                reply = kind.call(
                    self.rds,
                    "copy",
                    SourceRegion=order.source_region,
                    Tags=listed(order.tags),
                    **{
                        f"Source{kind.entity}Identifier": point["id"],
                        f"Target{kind.entity}Identifier": name,
                    },
                    **key,
                )
            here = _seen(reply[kind.entity], kind)
        return refuse_failed(here, ("failed",))

    def share(self, point: str, account: str) -> None:
        """Let another account restore from a snapshot; again, it changes nothing."""
        kind, name = split(point)
        with raising(ERRORS, point):
            kind.call(
                self.rds,
                "modify",
                "_attribute",
                AttributeName="restore",
                ValuesToAdd=[account],
                **{f"{kind.entity}Identifier": name},
            )

    def delete(self, point: str) -> None:
        """Delete a snapshot."""
        kind, name = split(point)
        with raising(ERRORS, point):
            kind.call(self.rds, "delete", **{f"{kind.entity}Identifier": name})


def split(arn: str) -> tuple[Kind, str]:
    """Tell from an ARN which kind of snapshot it is of, and its name."""
    kind, name = arn.split(":", 6)[5:]
    return KINDS[kind], name


def _seen(entry: dict[str, Any], kind: Kind) -> Seen:
    tags = values(entry.get("TagList"))
    state = entry["Status"]
    arn = entry[f"{kind.entity}Arn"]
    return Seen(arn, state, state == "available", tags.get(marks.MARK, ""), tags)
