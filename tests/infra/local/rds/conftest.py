"""RDS with weather, on a clock that stands still until a test moves it."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from weather import weathered

from infra.local import rds as part

ONCE = Config(retries={"total_max_attempts": 1})
PASSWORD = "longer-than-eight"


@pytest.fixture
def account():
    with weathered(part) as account:
        yield account


@pytest.fixture
def weather(account):
    return account.weather["rds"]


@pytest.fixture
def clock(account):
    return account.clock


@pytest.fixture
def rds(account):
    return boto3.client("rds", region_name="us-east-1", config=ONCE)


@pytest.fixture
def instance(rds):
    """Make an available DB instance, and tell what is asked of it beside the usual."""

    def instance(name="orders", **asked):
        made = rds.create_db_instance(
            **{
                "DBInstanceIdentifier": name,
                "Engine": "postgres",
                "EngineVersion": "16.3",
                "DBInstanceClass": "db.t3.small",
                "AllocatedStorage": 20,
                "MasterUsername": "owner",
                "MasterUserPassword": PASSWORD,
                "BackupRetentionPeriod": 7,
                "PubliclyAccessible": False,
                **asked,
            }
        )["DBInstance"]
        rds.describe_events()
        return made

    return instance


@pytest.fixture
def cluster(rds):
    """Make an available Aurora cluster with so many instances, the first of them the writer."""

    def cluster(name="people", members=2, **asked):
        made = rds.create_db_cluster(
            **{
                "DBClusterIdentifier": name,
                "Engine": "aurora-postgresql",
                "EngineVersion": "15.4",
                "MasterUsername": "owner",
                "MasterUserPassword": PASSWORD,
                "BackupRetentionPeriod": 7,
                "EnableHttpEndpoint": True,
                **asked,
            }
        )["DBCluster"]
        for number in range(1, members + 1):
            rds.create_db_instance(
                DBInstanceIdentifier=f"{name}-{number}",
                DBClusterIdentifier=name,
                Engine="aurora-postgresql",
                DBInstanceClass="db.r6g.large",
            )
        rds.describe_events()
        return made

    return cluster


@pytest.fixture
def see(rds):
    """Describe an instance, or a cluster."""

    def see(name, clustered=False):
        if clustered:
            return rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
        return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]

    return see


@pytest.fixture
def refused():
    """Call something that RDS refuses; give the error's code."""

    def refused(call, **parameters):
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        return caught.value.response["Error"]["Code"]

    return refused


@pytest.fixture
def write(account):
    """Run a statement in a database by its ARN, and give its rows."""
    data = boto3.client("rds-data", region_name="us-east-1", config=ONCE)

    def write(arn, sql, **values):
        parameters = [
            {"name": name, "value": {"stringValue": value}} for name, value in values.items()
        ]
        reply = data.execute_statement(
            resourceArn=arn,
            secretArn="arn:aws:secretsmanager:us-east-1:123456789012:secret:db",
            sql=sql,
            parameters=parameters,
        )
        return [[next(iter(each.values())) for each in row] for row in reply.get("records", [])]

    return write
