"""Restores: to a moment of the source's own log, and from a snapshot.

Amazon RDS User Guide, "Restoring a DB instance to a specified time" and "Restoring to a DB
instance"; API Reference, the Restore… operations, for what is taken over and what is not.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from moto.rds.models import DBCluster, DBInstance, DBInstanceAutomatedBackup, RDSBackend

from infra.local.account import Account
from infra.local.keys import is_usable
from infra.local.patching import replace
from infra.local.rds import contents
from infra.local.rds.service import AVAILABLE, STATE_FAULTS, Service, naive, refusal
from infra.local.rds.weather import CORRUPTED, LOST_WRITES, NEVER_RESTORED, RESTORE_FAILED, STALE

# What a restored instance takes over. Its security groups, subnet group, parameter group,
# option group, second zone, deletion protection, IAM authentication, Performance Insights and
# exported logs are the defaults.
TAKEN = (
    "allocated_storage",
    "auto_minor_version_upgrade",
    "backup_retention_period",
    "ca_certificate_identifier",
    "character_set_name",
    "db_instance_class",
    "db_name",
    "engine",
    "engine_version",
    "iops",
    "kms_key_id",
    "license_model",
    "master_username",
    "port",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "storage_encrypted",
    "storage_throughput",
    "storage_type",
)
TAKEN_BY_CLUSTER = (
    "auto_minor_version_upgrade",
    "backup_retention_period",
    "character_set_name",
    "database_name",
    "engine",
    "engine_mode",
    "engine_version",
    "kms_key_id",
    "master_username",
    "port",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "serverless_v2_scaling_configuration",
    "storage_encrypted",
    "storage_type",
)
# What says from where and when, and is nothing of the new one.
SOURCE = frozenset(
    {
        "db_cluster_snapshot_identifier",
        "db_snapshot_identifier",
        "restore_time",
        "restore_to_time",
        "restore_type",
        "snapshot_identifier",
        "source_db_cluster_identifier",
        "source_db_instance_identifier",
        "source_dbi_resource_id",
        "target_db_instance_identifier",
        "use_latest_restorable_time",
    }
)


def install(account: Account, service: Service) -> None:
    """Let restores keep to their moment and to what AWS takes over, until the account stops."""
    restores = Restores(service)
    # moto restores now at any time, and what is restored keeps all that its source has.
    for name in (
        "restore_db_instance_to_point_in_time",
        "restore_db_instance_from_db_snapshot",
        "restore_db_cluster_from_snapshot",
    ):
        replace(account, RDSBackend, name, _call(getattr(restores, name.removeprefix("restore_"))))
    replace(
        account,
        RDSBackend,
        "restore_db_cluster_to_point_in_time",
        lambda backend, **asked: restores.db_cluster_to_point_in_time(backend, asked),
    )
    earliest, latest = property(restores.earliest), property(restores.latest)
    for kind in (DBInstance, DBCluster):
        replace(account, kind, "latest_restorable_time", latest)
    replace(account, DBCluster, "earliest_restorable_time", _fixed(earliest))
    for name, value in _backup_attributes(restores).items():
        replace(account, DBInstanceAutomatedBackup, name, property(value))


class Restores:
    """Makes instances and clusters from others."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def earliest(self, thing: Any) -> datetime | None:
        """Tell the earliest moment to which an instance or cluster can be restored."""
        made: datetime | None = vars(thing).get("_made_at")
        if not thing.backup_retention_period or made is None:
            return None
        return max(made, self._service.now() - timedelta(days=int(thing.backup_retention_period)))

    def latest(self, thing: Any) -> datetime | None:
        """Tell the latest one; its first backup is made with the instance or cluster."""
        first, service = self.earliest(thing), self._service
        if first is None:
            return None
        lag = service.seconds("restorable_lag")
        holder = vars(thing).get("cluster") or thing
        if service.weather.fault(STALE, id=[thing.resource_id, holder.resource_id]):
            lag += service.seconds("stale_by")
        return max(first, service.now() - timedelta(seconds=lag))

    def db_instance_to_point_in_time(
        self, backend: Any, source: str, target: str, asked: Mapping[str, Any]
    ) -> Any:
        """Restore an instance to a moment of its log."""
        was = backend.describe_db_instances(source)[0]
        if not was.backup_retention_period:
            raise refusal(
                "PointInTimeRestoreNotEnabledFault",
                f"Point in time restore is not enabled for instance {was.resource_id}.",
            )
        moment = self._moment(was, asked, "restore_time")
        made = self._instance(backend, was, {**_plain(asked), "db_instance_identifier": target})
        self._begin(made, contents.of(was), moment)
        told = f"Restored from DB instance {was.resource_id} to {made.resource_id}."
        self._service.tell(made, "restoration", told)
        return made

    def db_instance_from_db_snapshot(
        self, backend: Any, name: str, asked: Mapping[str, Any]
    ) -> Any:
        """Restore an instance from a snapshot of this Region, with its tags or those given."""
        snapshot = backend.describe_db_snapshots(None, name)[0]
        self._check_available(snapshot)
        new = {"tags": snapshot.database.tags, **_plain(asked)}
        new = {"kms_key_id": snapshot.kms_key_id, "storage_encrypted": snapshot.encrypted, **new}
        made = self._instance(backend, snapshot.database, new)
        self._begin(made, contents.of(snapshot), self._service.now())
        told = f"Restored from snapshot {snapshot.resource_id}"
        self._service.tell(made, "restoration", told)
        return made

    def db_cluster_to_point_in_time(self, backend: Any, asked: Mapping[str, Any]) -> Any:
        """Restore a cluster to a moment of its log; it has no instances."""
        was = backend.describe_db_clusters(asked["source_db_cluster_identifier"])[0]
        moment = self._moment(was, asked, "restore_to_time")
        made = self._cluster(backend, was, _plain(asked))
        self._begin(made, contents.of(was), moment)
        return made

    def db_cluster_from_snapshot(self, backend: Any, name: str, asked: Mapping[str, Any]) -> Any:
        """Restore a cluster from a snapshot of this Region; it has no instances."""
        snapshot = backend.describe_db_cluster_snapshots(None, name)[0]
        self._check_available(snapshot)
        made = self._cluster(backend, snapshot.cluster, _plain(asked))
        self._begin(made, contents.of(snapshot), self._service.now())
        return made

    def _instance(self, backend: Any, was: Any, asked: Mapping[str, Any]) -> Any:
        if asked["db_instance_identifier"] in backend.databases:
            raise refusal("DBInstanceAlreadyExistsFault", "DB instance already exists")
        if int(asked.get("allocated_storage", was.allocated_storage)) < was.allocated_storage:
            raise refusal(
                "InvalidParameterValue",
                "Allocated storage size can't be less than the source instance size.",
            )
        _check_key(was, asked)
        kept = {name: getattr(was, name) for name in TAKEN}
        password = {"master_user_password": vars(was).get("_master_user_password")}
        return backend.create_db_instance({**kept, **password, **asked})

    def _cluster(self, backend: Any, was: Any, asked: Mapping[str, Any]) -> Any:
        _check_key(was, asked)
        kept = {name: getattr(was, name) for name in TAKEN_BY_CLUSTER}
        if not was.storage_encrypted and asked.get("kms_key_id"):
            kept["storage_encrypted"] = True
        password = vars(was).get("_master_user_password") or "restored-as-it-was"
        return backend.create_db_cluster({**kept, "master_user_password": password, **asked})

    def _moment(self, was: Any, asked: Mapping[str, Any], name: str) -> datetime:
        """Give the moment that is asked for; raises where the log does not have it."""
        given, newest = asked.get(name), bool(asked.get("use_latest_restorable_time"))
        if bool(given) is newest:
            raise refusal(
                "InvalidParameterCombination",
                "Specify either a time to restore to, or UseLatestRestorableTime.",
            )
        first, last = self.earliest(was), self.latest(was)
        if first is None or last is None:
            raise refusal("InvalidRestoreFault", f"{was.resource_id} has no automated backups.")
        moment = last if newest else _date(given)
        if not first <= moment <= last:
            raise refusal(
                "InvalidRestoreFault",
                f"{was.resource_id} can be restored to a time between {first:%Y-%m-%dT%H:%M:%SZ} "
                f"and {last:%Y-%m-%dT%H:%M:%SZ}, not to {moment:%Y-%m-%dT%H:%M:%SZ}.",
            )
        return moment

    def _begin(self, made: Any, log: contents.Contents, moment: datetime) -> None:
        service, ids = self._service, [made.resource_id]
        if service.weather.fault(LOST_WRITES, id=ids):
            moment -= timedelta(seconds=service.seconds("stale_by"))
        recovered = log.as_of(moment)
        corrupted = service.weather.fault(CORRUPTED, id=ids)
        contents.give(made, recovered.without_one() if corrupted else recovered)
        if service.weather.fault(NEVER_RESTORED, id=ids):
            service.create(made, "never")
        elif service.weather.fault(RESTORE_FAILED, id=ids):
            service.create(made, "failed")

    def _check_available(self, snapshot: Any) -> None:
        if (status := self._service.status(snapshot)) != AVAILABLE:
            raise refusal(
                STATE_FAULTS[snapshot.resource_type],
                f"The snapshot {snapshot.resource_id} is {status}, not available.",
            )


def _check_key(was: Any, asked: Mapping[str, Any]) -> None:
    """Raise where the data cannot be decrypted, or not encrypted again."""
    for key in (was.kms_key_id if was.storage_encrypted else None, asked.get("kms_key_id")):
        if not is_usable(key, was.account_id, was.region):
            raise refusal(
                "KMSKeyNotAccessibleFault",
                f"The specified KMS key [{key}] does not exist, is not enabled or you do not have "
                "permissions to access it.",
            )


def _call(restore: Any) -> Any:
    return lambda backend, *asked: restore(backend, *asked)


def _fixed(value: property) -> property:
    """Make a property that whoever sets it does not change."""
    return property(value.fget, lambda thing, given: None)


def _backup_attributes(restores: Restores) -> dict[str, Any]:
    """Give what moto leaves out of an automated backup."""

    def of_instance(name: str) -> Any:
        return lambda backup: getattr(
            backup.backend.databases.get(backup.db_instance_identifier), name, None
        )

    def window(backup: Any) -> dict[str, Any]:
        instance = backup.backend.databases.get(backup.db_instance_identifier)
        if instance is None:
            return {}
        return {
            "EarliestTime": restores.earliest(instance),
            "LatestTime": restores.latest(instance),
        }

    names = ("db_instance_arn", "dbi_resource_id", "engine", "backup_retention_period", "region")
    return {"restore_window": window, **{name: of_instance(name) for name in names}}


def _plain(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in asked if name not in SOURCE and asked[name] is not None}


def _date(given: Any) -> datetime:
    moment = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    return naive(moment)
