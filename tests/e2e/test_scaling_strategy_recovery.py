"""The scaling strategy's recovery rows, drilled on a whole account with all roles as deployed."""

import json
from datetime import datetime

import pytest
from drilled_examples import DrilledExample
from people import ACCOUNT, here

from infra.local import control

CLOCK = 20.0
JOBS = 12
# By the account's clock: how far back the newest moment is that a database can be restored to.
LAG_SECONDS = 30
PROD, DEV = "scaling-strategy-prod-keycloak", "scaling-strategy-dev-keycloak"
REALMS = (
    "CREATE TABLE realm (id TEXT)",
    "CREATE TABLE user_entity (id TEXT, realm_id TEXT)",
    "INSERT INTO realm VALUES ('master'), ('customers')",
    "INSERT INTO user_entity VALUES ('a', 'master'), ('b', 'customers')",
)


@pytest.fixture(scope="module")
def strategy(tmp_path_factory):
    """The system with realms, jobs and results in production."""
    folder = tmp_path_factory.mktemp("scaling-strategy-recovery")
    running = control.running(CLOCK, folder / "account", systems=("scaling-strategy",))
    with running as account, here(account):
        account.controls.set("rds", restorable_lag=LAG_SECONDS)
        made = DrilledExample(account, folder, "scaling-strategy")
        for statement in REALMS:
            sql(made, statement)
        # What is younger than a minute at the recovery point is not compared.
        then = datetime.fromisoformat(made.beat("prod")).timestamp() - 600
        for _ in range(JOBS):
            send(made, then)
        bucket = f"scaling-strategy-prod-results-{ACCOUNT}"
        account.client("s3").put_object(Bucket=bucket, Key="one", Body=b"one")
        yield made


def cluster(strategy, name):
    client = strategy.account.client("rds")
    (found,) = client.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    return found


def sql(strategy, statement):
    keycloak = cluster(strategy, PROD)
    strategy.account.client("rds-data").execute_statement(
        resourceArn=keycloak["DBClusterArn"],
        secretArn=keycloak["MasterUserSecret"]["SecretArn"],
        sql=statement,
    )


def send(strategy, moment):
    """Send a job in as API Gateway does, which tells when it came by the account's clock."""
    context = {"requestTimeEpoch": int(moment * 1000)}
    told = strategy.account.client("lambda").invoke(
        FunctionName="scaling-strategy-prod-api:live",
        Payload=json.dumps({"httpMethod": "POST", "requestContext": context}),
    )
    assert json.loads(told["Payload"].read())["statusCode"] == 201


def writer(strategy):
    members = cluster(strategy, DEV)["DBClusterMembers"]
    return next(one["DBInstanceIdentifier"] for one in members if one["IsClusterWriter"])


def test_the_cluster_fails_over_to_its_reader(strategy):
    before, endpoint = writer(strategy), cluster(strategy, DEV)["Endpoint"]

    evidence = strategy.drill("database-failover")

    assert writer(strategy) not in ("", before)
    assert cluster(strategy, DEV)["Endpoint"] == endpoint
    assert evidence["verdict"] == "PASS"
    assert 0 < evidence["results"]["actual_seconds"] <= evidence["results"]["target_seconds"]
    assert evidence["words"] in strategy.report(evidence["drill"])


def test_cluster_jobs_and_results_of_production_are_restored(strategy):
    evidence = strategy.drill("data-corruption", "--point", strategy.point("prod"))

    strategy.passed(
        evidence, keycloak="each user has a realm", jobs="index schema", results="object count"
    )


def test_cluster_and_jobs_are_restored_from_their_weekly_backups(strategy):
    for row in strategy.backed_up("prod"):
        asked = ("--component", row["component"], "--point", row["backup"])
        evidence = strategy.drill("data-corruption", *asked)
        name = "each user has a realm" if row["component"] == "keycloak" else "index schema"
        strategy.passed(evidence, **{row["component"]: name})
