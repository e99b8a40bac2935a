"""Settings of DB instances: those that moto forgets, that wait, and that the weather loses."""

from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from moto.rds.models import RDSBackend

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.rds.service import Service
from infra.local.rds.weather import SETTING_LOST

# RDS User Guide, "Settings for DB instances": these wait for the maintenance window.
WAITING = {
    "allocated_storage": "AllocatedStorage",
    "db_instance_class": "DBInstanceClass",
    "engine_version": "EngineVersion",
    "iops": "Iops",
    "multi_az": "MultiAZ",
    "storage_type": "StorageType",
}
# Parameters of requests that are attributes of another name in answers.
RENAMED = {
    "enable_performance_insights": "performance_insights_enabled",
    "performance_insights_kms_key_id": "performance_insights_kms_key_id",
    "performance_insights_retention_period": "performance_insights_retention_period",
}
# What addresses a request, and is no setting.
NO_SETTINGS = ("DBInstanceIdentifier", "DBClusterIdentifier", "ApplyImmediately")
IDENTIFIERS = frozenset(xform_name(name) for name in NO_SETTINGS)


def install(account: Account, service: Service) -> None:
    """Let the weather lose tags, until the account stops."""

    def tag(backend: Any, arn: str, tags: list[dict[str, str]]) -> Any:
        lost = service.weather.fault(SETTING_LOST, id=[arn.rpartition(":")[2], arn], type="Tags")
        return [] if lost else plain(backend, arn, tags)

    plain = replace(account, RDSBackend, "add_tags_to_resource", tag)


def complete(database: Any, asked: Mapping[str, Any]) -> None:
    """Give a new instance what moto leaves out of a request."""
    _rename(database, asked)
    wait(database, {})
    if database.publicly_accessible is None:
        # CreateDBInstance, PubliclyAccessible: without a subnet group it is in the default
        # VPC, and public where that has an internet gateway.
        database.publicly_accessible = vars(database).get("_db_subnet_group_name") is None


def adopt(database: Any, asked: Mapping[str, Any]) -> None:
    """Take over what answers call otherwise, and let a new parameter group wait for a reboot."""
    _rename(database, asked)
    if asked.get("db_parameter_group_name"):
        vars(database)["_parameters_wait"] = True


def _rename(database: Any, asked: Mapping[str, Any]) -> None:
    for name, attribute in RENAMED.items():
        if asked.get(name) is not None:
            setattr(database, attribute, asked[name])


def apply_parameters(database: Any) -> None:
    """Let a reboot bring the parameter group."""
    vars(database)["_parameters_wait"] = False


def arriving(thing: Any, asked: Any, service: Service) -> dict[str, Any]:
    """Give the settings of a request without those that the weather loses."""
    names = {xform_name(name): name for name in asked.original_dict()}
    return {
        name: asked[name]
        for name in names
        if name in IDENTIFIERS
        or not service.weather.fault(SETTING_LOST, id=[thing.resource_id], type=names[name])
    }


def split(database: Any, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the settings that are changed now, and those that wait for the maintenance window.

    A change that is applied immediately brings what has waited until then as well.
    """
    if wanted.get("apply_immediately"):
        return {**vars(database).get("_waiting", {}), **wanted}, {}
    later = {name: wanted[name] for name in WAITING if name in wanted}
    return {name: value for name, value in wanted.items() if name not in later}, later


def wait(database: Any, later: Mapping[str, Any]) -> None:
    """Let settings wait; they are told as PendingModifiedValues."""
    vars(database)["_waiting"] = later
    database.pending_modified_values = {WAITING[name]: value for name, value in later.items()}


def give_standby(database: Any, zone: str | None) -> None:
    """Say where the standby is of an instance in two zones; one that has one keeps it."""
    if zone is None or not vars(database).get("secondary_availability_zone"):
        database.secondary_availability_zone = zone
