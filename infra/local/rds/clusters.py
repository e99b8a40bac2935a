"""DB clusters: made without instances, changed, failed over and deleted in their time."""

from typing import Any

from moto.rds.models import DBCluster, DBInstanceClustered, RDSBackend
from moto.rds.responses import RDSResponse

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.rds import settings
from infra.local.rds.courses import FOREVER, Step
from infra.local.rds.service import AVAILABLE, Service, check_final_snapshot, refusal
from infra.local.rds.weather import FAILOVER_IN_VAIN, FAILOVER_STUCK

INVALID_STATE = "InvalidDBClusterStateFault"
DEFAULT_KEY = "alias/aws/rds"


def install(account: Account, service: Service) -> None:
    """Let DB clusters take their time, until the account stops."""
    clusters = Clusters(service)
    # moto's clusters are available when one looks twice, and gone at once.
    replace(account, DBCluster, "status", property(service.status, service.courses.put))
    # moto lets none but old serverless clusters have the Data API.
    endpoint = property(_has_data_api, _give_data_api)
    replace(account, DBCluster, "enable_http_endpoint", endpoint)
    clusters.plain_create = replace(
        account, RDSBackend, "create_db_cluster", lambda *asked: clusters.create(*asked)
    )
    clusters.plain_modify = replace(
        account, RDSBackend, "modify_db_cluster", lambda *asked: clusters.modify(*asked)
    )
    clusters.plain_delete = replace(
        account,
        RDSBackend,
        "delete_db_cluster",
        lambda backend, **named: clusters.delete(backend, **named),
    )
    plain_answer: Any = RDSResponse.delete_db_cluster

    def answer(response: Any) -> Any:
        name = response.params.get("FinalDBSnapshotIdentifier")
        check_final_snapshot(name, bool(response.params.get("SkipFinalSnapshot")))
        return plain_answer(response)

    # moto does not ask for a final snapshot.
    replace(account, RDSResponse, "delete_db_cluster", answer)
    replace(
        account,
        RDSBackend,
        "failover_db_cluster",
        lambda backend, **named: clusters.fail_over(backend, **named),
    )


class Clusters:
    """What is done with DB clusters."""

    plain_create: Any
    plain_modify: Any
    plain_delete: Any

    def __init__(self, service: Service) -> None:
        self._service = service

    def create(self, backend: Any, asked: Any) -> Any:
        """Make a cluster, which has no instance at first."""
        name = asked["db_cluster_identifier"]
        if name in backend.clusters:
            raise refusal("DBClusterAlreadyExistsFault", f"DB cluster {name} already exists")
        group = asked.get("db_cluster_parameter_group_name")
        _check_parameter_group(backend, group)
        cluster = self.plain_create(backend, asked)
        cluster.parameter_group = group or default_parameter_group(cluster)
        if not cluster.storage_encrypted:
            cluster.kms_key_id = None
        elif not asked.get("kms_key_id"):
            cluster.kms_key_id = f"arn:aws:kms:{cluster.region}:{cluster.account_id}:{DEFAULT_KEY}"
        vars(cluster)["_made_at"] = self._service.now()
        self._service.create(cluster)
        return cluster

    def modify(self, backend: Any, asked: Any) -> Any:
        """Change a cluster."""
        service, cluster = self._service, self._find(backend, asked["db_cluster_identifier"])
        self._check_available(cluster)
        _check_parameter_group(backend, asked.get("db_cluster_parameter_group_name"))
        wanted = settings.arriving(cluster, asked, service)
        if "enable_iam_database_authentication" in wanted:
            cluster.iam_auth = wanted["enable_iam_database_authentication"]
        self.plain_modify(backend, wanted)
        step = Step("modifying", service.seconds("modifying"))
        service.courses.go(cluster, step, Step(AVAILABLE))
        return cluster

    def fail_over(
        self,
        backend: Any,
        db_cluster_identifier: str,
        target_db_instance_identifier: str | None = None,
    ) -> Any:
        """Let a reader become the writer: the one that is named, or the first in its tier."""
        service, cluster = self._service, self._find(backend, db_cluster_identifier)
        self._check_available(cluster)
        target = self._reader(cluster, target_db_instance_identifier)
        ids = [cluster.resource_id, cluster.arn]
        stuck = service.weather.fault(FAILOVER_STUCK, id=ids)
        in_vain = service.weather.fault(FAILOVER_IN_VAIN, id=ids)

        def moved() -> None:
            if not in_vain:
                cluster.failover(target)
            told = f"Completed failover to DB instance: {target.resource_id}"
            service.tell(cluster, "failover", told)

        told = f"Started cross AZ failover to DB instance: {target.resource_id}"
        service.tell(cluster, "failover", told)
        lasts = FOREVER if stuck else service.seconds("failing_over")
        service.courses.go(cluster, Step("failing-over", lasts), Step(AVAILABLE, then=moved))
        return cluster

    def delete(
        self, backend: Any, cluster_identifier: str, snapshot_name: str | None = None
    ) -> Any:
        """Begin to delete a cluster that has no instances, or only such as are being deleted."""
        service, cluster = self._service, self._find(backend, cluster_identifier)
        if service.status(cluster) == "deleting":
            raise refusal(INVALID_STATE, f"Cluster {cluster.resource_id} is already being deleted.")
        service.check_deletable(cluster)
        if cluster.deletion_protection:
            raise refusal(
                "InvalidParameterCombination",
                "Cannot delete protected Cluster, please disable deletion protection and "
                "try again.",
            )
        if any(service.status(each) != "deleting" for each in cluster._members):
            raise refusal(
                INVALID_STATE,
                "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
            )
        if snapshot_name:
            backend.create_db_cluster_snapshot(cluster.resource_id, snapshot_name)

        def gone() -> None:
            if backend.clusters.get(cluster.resource_id) is not cluster:
                return
            service.tell(cluster, "deletion", "DB cluster deleted")
            cluster.deletion_protection = False
            self.plain_delete(backend, cluster.resource_id)

        # As long as any of its instances takes, which began before.
        lasts = service.seconds("deleting")
        service.courses.go(cluster, Step("deleting", lasts), Step("deleting", then=gone))
        return cluster

    def _find(self, backend: Any, name: str) -> Any:
        return backend.describe_db_clusters(name)[0]

    def _check_available(self, cluster: Any) -> None:
        if (status := self._service.status(cluster)) != AVAILABLE:
            raise refusal(
                INVALID_STATE,
                f"DbCluster {cluster.resource_id} is in {status} state but expected it to be one "
                "of available.",
            )

    def _reader(self, cluster: Any, name: str | None) -> DBInstanceClustered:
        readers = [
            each
            for each in cluster.members
            if not each.is_cluster_writer and self._service.status(each) == AVAILABLE
        ]
        named = [each for each in readers if name in (None, each.resource_id, each.arn)]
        if not readers:
            raise refusal(
                INVALID_STATE,
                f"Database cluster:{cluster.resource_id} should have at least two database "
                "instances in valid states or a valid target instance for failover.",
            )
        if not named:
            cluster.backend.describe_db_instances(name)
            raise refusal(
                "InvalidDBInstanceStateFault",
                f"Instance {name} should be in valid state for failover.",
            )
        first: DBInstanceClustered = min(named, key=lambda each: each.promotion_tier)
        return first


def _has_data_api(cluster: Any) -> bool:
    return bool(vars(cluster).get("_data_api"))


def _give_data_api(cluster: Any, wanted: Any) -> None:
    aurora = cluster.engine.startswith("aurora")
    vars(cluster)["_data_api"] = bool(wanted) and aurora


def default_parameter_group(cluster: Any) -> str:
    """Name the parameter group of a cluster for which none is named."""
    engine, version = cluster.engine, str(cluster.engine_version)
    family = version.split(".")[0] if "postgres" in engine else ".".join(version.split(".")[:2])
    return f"default.{engine}{family}"


def _check_parameter_group(backend: Any, name: str | None) -> None:
    known = name is None or name.startswith("default.")
    if not known and name not in backend.db_cluster_parameter_groups:
        raise refusal(
            "DBClusterParameterGroupNotFoundFault", f"DBClusterParameterGroup not found: {name}"
        )
