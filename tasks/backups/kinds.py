"""Which service a chain's backups are in."""

from collections.abc import Callable, Mapping
from typing import Any

from tasks.backups.database_snapshots import DatabaseSnapshots
from tasks.backups.disks import Images, VolumeSnapshots
from tasks.backups.services import Copying, Exports, Service, TableBackups

Clients = Callable[..., Any]
# Chains whose backups can be copied to another Region and shared with another account.
COPIED: Mapping[str, tuple[str, type[Copying]]] = {
    "database": ("rds", DatabaseSnapshots),
    "volumes": ("ec2", VolumeSnapshots),
    "image": ("ec2", Images),
}


def service(chain: str, target: Mapping[str, str], bucket: str, clients: Clients) -> Service:
    """Give what tells of a chain's backups, copies and removes them, in a place."""
    if chain == "stack":
        # Exports are in daytwo's own bucket, wherever the stack is.
        return Exports(clients("s3"), bucket)
    if chain == "table":
        return TableBackups(clients("dynamodb", target))
    return copying(chain, target, clients)


def copying(chain: str, target: Mapping[str, str], clients: Clients) -> Copying:
    """Give the same for the chains whose copies leave the Region."""
    name, kind = COPIED[chain]
    made: Copying = kind(clients(name, target))  # type: ignore[call-arg]
    return made
