"""Databases of a system in memory, and the documents of drills on them."""

from datetime import UTC, datetime, timedelta

from drill_documents import PREFIX, component
from moto.core import DEFAULT_ACCOUNT_ID
from moto.rds.models import rds_backends

REGION = "us-east-1"
INSTANCE, CLUSTER = "financial-prod-db", "keycloak-prod"
COPY = f"{PREFIX}-db"
TYPES = {"rds_instance": (INSTANCE, "instance"), "aurora_cluster": (CLUSTER, "cluster")}
LATEST = {"kind": "pitr", "id": "", "at": "", "manifest_key": ""}


def make_instance(rds, name=INSTANCE, **settings):
    """Make a DB instance with a log to restore from."""
    rds.create_db_instance(
        **{
            "DBInstanceIdentifier": name,
            "Engine": "postgres",
            "DBInstanceClass": "db.t3.medium",
            "AllocatedStorage": 20,
            "MasterUsername": "ledger",
            "MasterUserPassword": "not-a-secret",
            "BackupRetentionPeriod": 7,
            **settings,
        }
    )


def make_cluster(rds, name=CLUSTER, members=2, **settings):
    """Make an Aurora cluster, its writer first."""
    rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        MasterUsername="keycloak",
        MasterUserPassword="not-a-secret",
        **settings,
    )
    for number in range(members):
        rds.create_db_instance(
            DBInstanceIdentifier=f"{name}-{number}",
            DBClusterIdentifier=name,
            Engine="aurora-postgresql",
            DBInstanceClass="db.r6g.large",
        )


def database(type="rds_instance", **changes):
    """Give a database as a component of a drill, restored from its log's end."""
    resource, field = TYPES[type]
    settings = {
        "type": type,
        "chain": "database",
        "resource": resource,
        "recovery_point": LATEST,
        "target_config": {field: resource.replace("prod", "dev")},
        **changes,
    }
    return component("db", **settings)


def backend(region=REGION):
    """Give moto's own records, of which a test changes what no call changes."""
    return rds_backends[DEFAULT_ACCOUNT_ID][region]


def set_status(name, status):
    """Let a DB instance or cluster be in a status."""
    known = backend()
    (known.databases.get(name) or known.clusters[name]).status = status


def since(**ago):
    """Give a moment before now, ISO 8601 UTC."""
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
