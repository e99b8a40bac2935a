"""Restore a DB instance or cluster to a copy that nobody can reach from the internet."""

from typing import Any

from tasks.databases import kinds, restoring
from tasks.databases.kinds import AVAILABLE, BROKEN, CLUSTER, INSTANCE, Entry
from tasks.drills import copies, ledger, standing
from tasks.errors import NothingToRestore, RestoreFailed
from tasks.runtime import client, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    **kinds.LOOKS,
    "rds:DescribeDBSnapshots": [*kinds.SOURCES, *kinds.SNAPSHOTS],
    "rds:DescribeDBClusterSnapshots": [*kinds.SOURCES, *kinds.SNAPSHOTS],
    "rds:RestoreDBInstanceToPointInTime": [*kinds.SOURCES, *kinds.COPIES, *kinds.FURNITURE],
    "rds:RestoreDBInstanceFromDBSnapshot": [*kinds.SNAPSHOTS, *kinds.COPIES, *kinds.FURNITURE],
    "rds:RestoreDBClusterToPointInTime": [*kinds.SOURCES, *kinds.COPIES, *kinds.FURNITURE],
    "rds:RestoreDBClusterFromSnapshot": [*kinds.SNAPSHOTS, *kinds.COPIES, *kinds.FURNITURE],
    "rds:CreateDBInstance": [*kinds.COPIES, *kinds.FURNITURE],
    "rds:AddTagsToResource": kinds.COPIES,
}
TIMEOUT = 120


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    restore = Restore(
        component,
        drill,
        client("rds", drill["source"]["target"]),
        client("rds", drill["target"]["target"]),
    )
    return restore.go_on(request["now"], table=setting("STATE_TABLE"), dynamodb=client("dynamodb"))


class Restore:
    """The restore of one database, looked at and taken further with each call."""

    def __init__(
        self, component: dict[str, Any], drill: dict[str, Any], source_rds: Any, rds: Any
    ) -> None:
        self.component, self.drill = component, drill
        self.source_rds, self.rds = source_rds, rds
        self.kind = kinds.of(component)
        self.name = component["copy"]

    def go_on(self, now: str, table: str, dynamodb: Any) -> dict[str, Any]:
        """Begin the restore, or see how far it is; done when the copy takes connections.

        Raises NothingToRestore, RestoreFailed where RDS gave it up, and NotACopy where the
        name is somebody else's.
        """
        copies.check_name(self.name)
        found = self.kind.find(self.name, self.rds)
        if found:
            copies.check(self.name, kinds.tags_of(found), self.drill["id"])
            return self.look(found, self.plan({}, now, table, dynamodb))
        source = self.kind.find(self.component["resource"], self.source_rds)
        snapshot = self.snapshot()
        detail = {
            "kind": self.kind.name,
            "recovered_to": restoring.recovered_to(self.component, source, snapshot),
        }
        row = self.plan(detail, now, table, dynamodb)
        near = source if source and not copies.elsewhere(self.drill) else self.counterpart()
        restoring.restore(
            self.kind, self.component, self.drill, source or near, near, snapshot, self.rds
        )
        return self.answer(False, "creating", {}, row)

    def plan(self, detail: dict[str, str], now: str, table: str, dynamodb: Any) -> ledger.Row:
        """Write the row of the copy, or give the one that the first call wrote."""
        return ledger.plan(
            self.drill["id"],
            "database",
            self.name,
            component=self.component["name"],
            target=self.drill["target"]["target"],
            now=now,
            table=table,
            dynamodb=dynamodb,
            detail=detail,
        )

    def snapshot(self) -> dict[str, Any] | None:
        point = self.component["recovery_point"]
        if point["kind"] != "snapshot":
            return None
        return restoring.find_snapshot(self.kind, point["id"], self.rds)

    def counterpart(self) -> dict[str, Any] | None:
        """Describe what the target environment has in this component's place."""
        name = self.component["target_config"].get(self.kind.name, "")
        return self.kind.find(name, self.rds) if name else None

    def look(self, found: Entry, row: ledger.Row) -> dict[str, Any]:
        self.check_going(self.kind, self.name, found)
        if self.kind.status_of(found) != AVAILABLE or self.kind is INSTANCE:
            state = self.kind.status_of(found)
            return self.answer(state == AVAILABLE, state, found, row)
        name = restoring.writer_name(self.name)
        writer = INSTANCE.find(name, self.rds)
        if writer is None:
            restoring.add_writer(self.component, self.drill, found, self.like(), self.rds)
            return self.answer(False, "creating the writer", found, row)
        self.check_going(INSTANCE, name, writer)
        state = INSTANCE.status_of(writer)
        return self.answer(state == AVAILABLE, f"writer {state}", found, row)

    def like(self) -> dict[str, Any]:
        """Describe the instance whose class the writer gets: the source's, or the target's own."""
        source = CLUSTER.find(self.component["resource"], self.source_rds)
        found = restoring.instance_of(CLUSTER, source, self.source_rds) or restoring.instance_of(
            CLUSTER, self.counterpart(), self.rds
        )
        if found is None:
            raise NothingToRestore(
                f"Neither {self.component['resource']} nor a cluster of the target environment "
                "has an instance that says which class the copy's writer is to be of"
            )
        return found

    def check_going(self, kind: kinds.Kind, name: str, entry: Entry) -> None:
        status = kind.status_of(entry)
        if status in BROKEN:
            raise RestoreFailed(
                f"{kind.words} {name} is in status {status}: RDS has given its restore up. Its "
                "events in the RDS console say why."
            )

    def answer(self, done: bool, state: str, found: Entry, row: ledger.Row) -> dict[str, Any]:
        address, port = kinds.endpoint_of(found)
        copy = {
            "kind": self.kind.name,
            "name": self.name,
            "arn": self.kind.arn_of(found) if found else "",
            "endpoint": address,
            "port": port,
            "members": kinds.members_of(found) if self.kind is CLUSTER else [],
            "recovered_to": row["detail"]["recovered_to"],
            "snapshot": self.component["recovery_point"]["id"],
        }
        return {
            "done": done,
            "state": state,
            "copy": copy,
            "newest_record": row["detail"]["recovered_to"],
        }
