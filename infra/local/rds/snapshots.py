"""Snapshots of instances and clusters, which hold what was in them when they were taken."""

from operator import attrgetter
from typing import Any

from moto.rds.models import DBClusterSnapshot, DBSnapshot, RDSBackend
from moto.rds.utils import split_arn

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.rds import contents
from infra.local.rds.courses import Step
from infra.local.rds.service import AVAILABLE, STATE_FAULTS, Service, refusal
from infra.local.rds.weather import SNAPSHOT_FAILS

CALLS = {
    "create_db_snapshot": "create",
    "create_db_cluster_snapshot": "create",
    "copy_db_snapshot": "copy",
    "copy_db_cluster_snapshot": "copy",
    "delete_db_snapshot": "delete",
    "delete_db_cluster_snapshot": "delete",
}
# A snapshot can be taken of what is in one of these, too.
LIVING = (AVAILABLE, "backing-up", "creating", "deleting")


def install(account: Account, service: Service) -> None:
    """Let snapshots take their time, until the account stops."""
    snapshots = Snapshots(service)
    status = property(service.status, service.courses.put)
    progress = property(
        lambda each: service.courses.of(each).progress(service.clock.now()),
        lambda each, value: None,
    )
    for kind in (DBSnapshot, DBClusterSnapshot):
        replace(account, kind, "status", status)
        replace(account, kind, "percent_progress", progress)
    # moto's snapshots are complete as soon as they are asked for.
    for call, what in CALLS.items():
        plain = getattr(RDSBackend, call)
        replace(account, RDSBackend, call, getattr(snapshots, what)(plain))
    # moto makes a backup of an instance that wants none.
    plain_automated: Any = RDSBackend.create_auto_snapshot

    def automated(backend: Any, source: str, name: str) -> Any:
        wanted = backend.databases[source].backup_retention_period
        return plain_automated(backend, source, name) if wanted else None

    replace(account, RDSBackend, "create_auto_snapshot", automated)


class Snapshots:
    """What is done with snapshots of both kinds."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def create(self, plain: Any) -> Any:
        """Give the call that takes a snapshot."""
        key = "db_cluster_identifier" if _clustered(plain) else "db_instance_identifier"

        def create(backend: Any, *asked: Any, **named: Any) -> Any:
            known = backend.clusters if _clustered(plain) else backend.databases
            source = known.get(asked[0] if asked else named[key])
            automated = named.get("snapshot_type") == "automated"
            if source is not None and not automated:
                self._check_living(source)
            taken = plain(backend, *asked, **named)
            contents.give(taken, contents.of(source).as_of(self._service.now()))
            if not automated:
                self._begin(taken, "snapshot", source)
            return taken

        return create

    def copy(self, plain: Any) -> Any:
        """Give the call that copies a snapshot, out of another Region where its ARN says so."""

        infix = "cluster_" if _clustered(plain) else ""
        key = f"source_db_{infix}snapshot_identifier"
        find = attrgetter(f"get_db_{infix}snapshot")

        def copy(backend: Any, **named: Any) -> Any:
            source = find(backend)(named[key])
            if self._service.status(source) != AVAILABLE:
                raise refusal(
                    STATE_FAULTS[source.resource_type],
                    f"Cannot copy the snapshot {source.resource_id} because it is not in the "
                    "available state.",
                )
            crossing = named[key].startswith("arn:") and (
                split_arn(named[key])[0] != backend.region_name
            )
            if crossing and source.storage_encrypted and not named.get("kms_key_id"):
                raise refusal(
                    "InvalidParameterCombination",
                    "KmsKeyId is required to copy an encrypted snapshot from another Region.",
                )
            made = plain(backend, **named)
            made.source_region = split_arn(source.arn)[0] if crossing else None
            made.source_db_snapshot_identifier = source.arn
            made.source_db_cluster_snapshot_arn = source.arn
            contents.give(made, contents.of(source))
            self._begin(made, "copy", source)
            return made

        return copy

    def delete(self, plain: Any) -> Any:
        """Give the call that deletes a snapshot."""

        def delete(backend: Any, name: str) -> Any:
            clustered = _clustered(plain)
            known = backend.cluster_snapshots if clustered else backend.database_snapshots
            snapshot = known.get(name)
            if snapshot is not None:
                self._service.check_deletable(snapshot)
                if self._service.status(snapshot) == "creating":
                    raise refusal(
                        STATE_FAULTS[snapshot.resource_type],
                        f"Cannot delete the snapshot {name} because it is being created.",
                    )
            deleted = plain(backend, name)
            self._service.courses.put(deleted, "deleted")
            return deleted

        return delete

    def _check_living(self, holder: Any) -> None:
        if self._service.status(holder) not in LIVING:
            raise refusal(
                STATE_FAULTS[holder.resource_type],
                f"{holder.resource_id} is not currently in the available state.",
            )

    def _begin(self, snapshot: Any, setting: str, source: Any) -> None:
        ids = [snapshot.resource_id, source.resource_id]
        fails = self._service.weather.fault(SNAPSHOT_FAILS, id=ids)
        lasts = Step("creating", self._service.seconds(setting))
        self._service.courses.go(snapshot, lasts, Step("failed" if fails else AVAILABLE))


def _clustered(call: Any) -> bool:
    return "cluster" in call.__name__
