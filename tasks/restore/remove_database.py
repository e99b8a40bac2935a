"""Delete the copy of a database and see that it is gone."""

from typing import Any

from tasks import stacks
from tasks.databases import kinds, restoring
from tasks.databases.kinds import CLUSTER, INSTANCE, Kind
from tasks.drills import copies, ledger
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **ledger.STRIKES,
    **kinds.LOOKS,
    "rds:ModifyDBInstance": kinds.COPIES,
    "rds:ModifyDBCluster": kinds.COPIES,
    "rds:DeleteDBInstance": kinds.COPIES,
    "rds:DeleteDBCluster": kinds.COPIES,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 120


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    return remove(
        row,
        request["now"],
        client("rds", row["target"]),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def remove(row: dict[str, Any], now: str, rds: Any, table: str, dynamodb: Any) -> dict[str, Any]:
    """Delete the copy with its automated backups, its instances first; done when it is gone.

    Raises NotACopy for what another than the row's drill has made.
    """
    name = row["name"]
    copies.check_name(name)
    asked: list[str] = []
    cluster = CLUSTER.find(name, rds)
    members = [] if cluster is None else kinds.members_of(cluster)
    for one in {name, restoring.writer_name(name), *members}:
        if state := _delete(INSTANCE, one, row["drill"], rds):
            asked.append(f"{one} {state}")
    if not asked and (state := _delete(CLUSTER, name, row["drill"], rds)):
        asked.append(f"{name} {state}")
    if asked:
        return {"done": False, "state": ", ".join(sorted(asked)), "proof": ""}
    proof = (
        f"DescribeDBInstances and DescribeDBClusters know neither {name} nor an instance of it, "
        f"asked at {now}"
    )
    ledger.strike_out(row, proof, now=now, table=table, dynamodb=dynamodb)
    return {"done": True, "state": "gone", "proof": proof}


def _delete(kind: Kind, name: str, drill: str, rds: Any) -> str:
    """Ask for the deletion of one of the copy's parts; gives its status, "" when it is gone."""
    found = kind.find(name, rds)
    if found is None:
        return ""
    copies.check(name, kinds.tags_of(found), drill)
    state = kind.status_of(found)
    if state == "deleting":
        return state
    identifier = {kind.identifier: name}
    with raising({}, f"{kind.words} {name}"):
        try:
            if found.get("DeletionProtection"):
                protection = {"DeletionProtection": False, "ApplyImmediately": True}
                getattr(rds, kind.modify)(**identifier, **protection)
            _call(kind, name, member="DBClusterIdentifier" in found and kind is INSTANCE, rds=rds)
        except rds.exceptions.ClientError as error:
            # Busy with an earlier change: it is asked again.
            if kinds.code_of(error) not in (kind.busy, kind.missing):
                raise
    return state


def _call(kind: Kind, name: str, member: bool, rds: Any) -> None:
    if kind is CLUSTER:
        rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
    elif member:  # its backups are the cluster's
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    else:
        rds.delete_db_instance(
            DBInstanceIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=True
        )
