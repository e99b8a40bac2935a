"""Steps on databases, volumes and instances work with the rights they declare, and no more."""

import time

import pytest
from backups import backup
from databases import LATEST, make_cluster, make_instance
from drill_documents import PREFIX, component, drill
from fleets import make_fleet
from rights import STATE
from volumes import TAGS, data, make_volume, quarantine

from tasks.drills import ledger
from tasks.restore import remove_database

NOW, LATER = "2099-01-01T00:00:00Z", "2099-01-01T01:00:00Z"
DRILL = drill(scenario="data-corruption")
DATABASES = {"rds_instance": "feedback-prod-ledger", "aurora_cluster": "feedback-prod-keycloak"}
BACKUP = backup(system="feedback")


@pytest.fixture(scope="module")
def drilled(run):
    """Call a step until it is done; gives its last answer."""

    def step(task, component, **more):
        request = {"component": component, "drill": DRILL, "now": NOW, **more}
        return until_done(lambda: run(task, request))

    return step


@pytest.fixture(scope="module")
def removed(house, run):
    """Remove what the ledger has of a component; gives the proofs."""

    def remove(task, component):
        rows = ledger.rows(DRILL["id"], table=STATE, dynamodb=house.client("dynamodb"))
        ours = [row for row in rows if row["component"] == component["name"]]
        return [until_done(lambda row=row: run(task, {"row": row, "now": LATER})) for row in ours]

    return remove


def until_done(call):
    for _ in range(100):
        answer = call()
        if answer.get("done", True):
            return answer
        time.sleep(0.05)
    raise AssertionError(f"it did not get on: {answer}")


def failed(answer):
    return {one["name"] for one in answer["checks"] if one["verdict"] != "PASS"}


def database(kind, name="", **changes):
    name = name or kind.replace("_", "-")
    settings = {
        "type": kind,
        "chain": "database",
        "resource": DATABASES[kind],
        "recovery_point": LATEST,
        **changes,
    }
    return component(name, **settings)


def make_tuned(rds, name, **settings):
    """Make an instance with parameters of its own, in two zones."""
    rds.create_db_parameter_group(
        DBParameterGroupName="feedback-tuned", DBParameterGroupFamily="postgres16", Description="-"
    )
    own = {"EngineVersion": "16.3", "DBParameterGroupName": "feedback-tuned", "MultiAZ": True}
    tags = [{"Key": "Owner", "Value": "finance"}]
    make_instance(rds, name, Tags=tags, **own, **settings)


@pytest.mark.parametrize(
    ("kind", "make", "back"),
    [
        ("rds_instance", make_tuned, {"parameter group", "Multi-AZ", "tags"}),
        ("aurora_cluster", make_cluster, set()),
    ],
)
def test_a_database_is_backed_up_restored_matched_checked_and_removed(
    house, run, drilled, removed, kind, make, back
):
    make(house.client("rds"), DATABASES[kind], DeletionProtection=True)
    asked = database(kind)

    kept = {"backup": BACKUP, "component": {**asked, "copy": ""}, "now": NOW}
    made = until_done(lambda: run("backup.back_up_database", kept))
    restored = drilled("restore.restore_database", asked)
    matched = drilled("restore.match_database", asked, copy=restored["copy"])
    checked = drilled("integrity.check_database", asked, copy=restored["copy"])

    assert made["points"][0]["id"].endswith(f"{BACKUP['id']}-{asked['name']}")
    outcomes = {one["setting"]: one["outcome"] for one in matched["differences"]}
    assert {name for name, outcome in outcomes.items() if outcome == "reapplied"} == back
    assert outcomes["deletion protection"] == "left"
    assert failed(checked) == set()
    (gone,) = removed("restore.remove_database", asked)
    assert "know neither" in gone["proof"]


def test_a_database_is_restored_from_its_snapshot(house, drilled, removed):
    name = f"daytwo-{BACKUP['id']}-rds-instance"
    point = {**LATEST, "kind": "snapshot", "id": name}
    asked = database("rds_instance", "saved", recovery_point=point)

    restored = drilled("restore.restore_database", asked)

    assert restored["copy"]["snapshot"] == name
    assert failed(drilled("integrity.check_database", asked, copy=restored["copy"])) == set()
    assert removed("restore.remove_database", asked)[0]["done"]


def test_a_database_fails_over(house, drilled):
    make_instance(house.client("rds"), "feedback-dev-ledger", MultiAZ=True)
    asked = database(
        "rds_instance", "opened", resource="feedback-dev-ledger", chain="database_failover"
    )

    before = drilled("scenario.fail_over_database", asked)["before"]

    assert failed(drilled("scenario.check_fail_over", asked, before=before)) == set()


def test_volumes_are_backed_up_restored_checked_and_removed(house, run, drilled, removed):
    make_volume(house.client("ec2"))
    asked = data()

    made = until_done(
        lambda: run("backup.back_up_volumes", {"backup": BACKUP, "component": asked, "now": NOW})
    )
    restored = drilled("restore.restore_volumes", asked)
    checked = drilled("integrity.check_volumes", asked, copy=restored["copy"])

    assert restored["copy"]["volumes"][0]["snapshot"] == made["points"][0]["id"]
    assert failed(checked) == set()
    assert all(one["done"] for one in removed("restore.remove_volume", asked))


def test_instances_are_backed_up_restored_checked_and_removed(house, run, drilled, removed):
    ec2 = house.client("ec2")
    make_fleet(ec2, 1, TAGS)
    quarantine(ec2, ec2.describe_vpcs()["Vpcs"][0]["VpcId"])
    asked = {**data("instances"), "name": "hosts", "copy": f"{PREFIX}-hosts"}

    until_done(
        lambda: run("backup.back_up_instances", {"backup": BACKUP, "component": asked, "now": NOW})
    )
    restored = drilled("restore.restore_instance", asked)
    checked = drilled("integrity.check_instance", asked, copy=restored["copy"])

    assert failed(checked) == set()
    assert all(one["done"] for one in removed("restore.remove_instance", asked))


@pytest.mark.parametrize(
    ("module", "call", "request_"),
    [
        (remove_database, "delete_db_instance", {"DBInstanceIdentifier": "feedback-prod-ledger"}),
        (remove_database, "delete_db_cluster", {"DBClusterIdentifier": "feedback-prod-keycloak"}),
    ],
)
def test_no_remover_may_delete_the_systems_own(house, module, call, request_):
    name = f"daytwo-refused-{call.replace('_', '-')}"
    keys = house.role_keys(name, module.PERMISSIONS)

    with pytest.raises(house.client("rds").exceptions.ClientError, match="AccessDenied"):
        getattr(house.client("rds", keys), call)(SkipFinalSnapshot=True, **request_)
