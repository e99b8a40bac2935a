"""DB instances: made, changed, rebooted, failed over and deleted in their time."""

import secrets
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBInstance, DBInstanceClustered, RDSBackend
from moto.rds.responses import RDSResponse

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.rds import settings
from infra.local.rds.courses import FOREVER, Step
from infra.local.rds.service import AVAILABLE, Service, check_final_snapshot, refusal
from infra.local.rds.weather import FAILOVER_IN_VAIN, FAILOVER_STUCK

INVALID_STATE = "InvalidDBInstanceStateFault"
ZONES = "abcdef"


def install(account: Account, service: Service) -> None:
    """Let DB instances take their time, until the account stops."""
    instances = Instances(service)
    # moto's instances are available at once, and gone at once.
    status = property(service.status, service.courses.put)
    replace(account, DBInstance, "status", status)
    instances.plain_create = replace(
        account, RDSBackend, "create_db_instance", lambda *asked: instances.create(*asked)
    )
    instances.plain_modify = replace(
        account, RDSBackend, "modify_db_instance", lambda *asked: instances.modify(*asked)
    )
    instances.plain_delete = replace(
        account,
        RDSBackend,
        "delete_db_instance",
        lambda backend, *asked, **named: instances.delete(backend, *asked, **named),
    )
    # moto's reboot does nothing, and leaves ForceFailover out.
    replace(account, RDSResponse, "reboot_db_instance", lambda response: instances.reboot(response))
    replace(account, DBInstance, "db_parameter_group_status_list", property(_parameter_groups))


class Instances:
    """What is done with DB instances."""

    plain_create: Any
    plain_modify: Any
    plain_delete: Any

    def __init__(self, service: Service) -> None:
        self._service = service

    def create(self, backend: Any, asked: Any) -> Any:
        """Make an instance; it is available after creating and backing-up."""
        if asked.get("multi_az") and asked.get("availability_zone"):
            raise refusal(
                "InvalidParameterCombination",
                "Requesting a specific availability zone is not valid for Multi-AZ instances.",
            )
        database = self.plain_create(backend, asked)
        database.dbi_resource_id = f"db-{secrets.token_hex(13).upper()}"
        vars(database)["_made_at"] = self._service.now()
        settings.complete(database, asked)
        if isinstance(database, DBInstanceClustered):
            others = [each for each in database.cluster._members if each is not database]
            if others and not asked.get("availability_zone"):
                taken = {each.availability_zone for each in others}
                database.availability_zone = other_zone(database, taken)
        elif database.multi_az:
            settings.give_standby(database, other_zone(database, {database.availability_zone}))
        self._service.create(database)
        return database

    def modify(self, backend: Any, name: str, asked: Any) -> Any:
        """Change an instance: at once where that is asked for, else what can wait does."""
        service = self._service
        database = self._available(backend, name)
        wanted = settings.arriving(database, asked, service)
        now, later = settings.split(database, wanted)
        settings.wait(database, later)
        changed = self.plain_modify(backend, name, now)
        settings.adopt(changed, now)
        if changed.db_cluster_identifier is None:
            zone = other_zone(changed, {changed.availability_zone})
            settings.give_standby(changed, zone if changed.multi_az else None)
        service.courses.go(
            changed, Step("modifying", service.seconds("modifying")), Step(AVAILABLE)
        )
        return changed

    def reboot(self, response: Any) -> ActionResult:
        """Restart an instance, on its standby where a failover is forced."""
        backend, name = response.backend, response.params.get("DBInstanceIdentifier")
        database = self._available(backend, name)
        if response.params.get("ForceFailover"):
            self._fail_over(database)
        else:
            self._service.tell(database, "availability", "DB instance restarted")
            steps = Step("rebooting", self._service.seconds("rebooting")), Step(AVAILABLE)
            self._service.courses.go(database, *steps)
        settings.apply_parameters(database)
        return ActionResult({"DBInstance": database})

    def delete(
        self,
        backend: Any,
        db_instance_identifier: str,
        final_db_snapshot_identifier: str | None = None,
        skip_final_snapshot: bool | None = False,
        delete_automated_backups: bool | None = True,
    ) -> Any:
        """Begin to delete an instance; it is told of as deleting until it is gone."""
        service = self._service
        database = backend.describe_db_instances(db_instance_identifier)[0]
        if service.status(database) == "deleting":
            raise refusal(
                INVALID_STATE, f"Instance {database.resource_id} is already being deleted."
            )
        service.check_deletable(database)
        if not database.db_cluster_identifier:
            check_final_snapshot(final_db_snapshot_identifier, bool(skip_final_snapshot))
        if database.deletion_protection:
            raise refusal(
                "InvalidParameterCombination",
                "Cannot delete protected DB Instance, please disable deletion protection and "
                "try again.",
            )
        if final_db_snapshot_identifier:
            backend.create_db_snapshot(database.resource_id, final_db_snapshot_identifier)

        def gone() -> None:
            if backend.databases.get(database.resource_id) is not database:
                return
            service.tell(database, "deletion", "DB instance deleted")
            # The final snapshot is there, and the protection was asked when it began.
            database.deletion_protection = False
            self.plain_delete(
                backend,
                database.resource_id,
                skip_final_snapshot=True,
                delete_automated_backups=delete_automated_backups,
            )

        lasts = service.seconds("deleting")
        service.courses.go(database, Step("deleting", lasts), Step("deleting", then=gone))
        return database

    def _available(self, backend: Any, name: str) -> Any:
        database = backend.describe_db_instances(name)[0]
        if self._service.status(database) != AVAILABLE:
            raise refusal(
                INVALID_STATE,
                f"Database instance {database.resource_id} is not in available state.",
            )
        return database

    def _fail_over(self, database: Any) -> None:
        """Let the standby become the primary; endpoint and contents stay."""
        service = self._service
        if not database.multi_az or database.db_cluster_identifier:
            raise refusal(
                "InvalidParameterCombination",
                "ForceFailover cannot be specified since the instance is not configured for either "
                "MultiAZ or High Availability",
            )
        ids = [database.resource_id, database.arn]
        stuck = service.weather.fault(FAILOVER_STUCK, id=ids)
        in_vain = service.weather.fault(FAILOVER_IN_VAIN, id=ids)

        def moved() -> None:
            if not in_vain:
                before, after = database.availability_zone, database.secondary_availability_zone
                database.availability_zone, database.secondary_availability_zone = after, before
            service.tell(database, "failover", "Multi-AZ instance failover completed")
            service.tell(database, "availability", "DB instance restarted")

        service.tell(database, "failover", "Multi-AZ instance failover started.")
        lasts = FOREVER if stuck else service.seconds("failing_over")
        service.courses.go(database, Step("rebooting", lasts), Step(AVAILABLE, then=moved))


def other_zone(database: Any, taken: set[str]) -> str:
    """Give a zone of the database's subnets, or of its Region, in which it is not yet."""
    group = vars(database).get("db_subnet_group")
    zones = [each["SubnetAvailabilityZone"]["Name"] for each in group.subnets] if group else []
    zones = zones or [f"{database.region}{letter}" for letter in ZONES[:3]]
    free = [zone for zone in sorted(set(zones)) if zone not in taken]
    return free[0] if free else sorted(zones)[0]


def _parameter_groups(database: Any) -> list[dict[str, str]]:
    status = "pending-reboot" if vars(database).get("_parameters_wait") else "in-sync"
    return [
        {"DBParameterGroupName": each.name, "ParameterApplyStatus": status}
        for each in database.db_parameter_groups()
    ]
