"""A backup takes what the manifest says can be backed up, and refuses to be of nothing."""

import json
from types import SimpleNamespace

import pytest
from backups import ACCOUNT, ALICE, NOW, execution, shop

from tasks import store
from tasks.backup import plan_backup
from tasks.backups import plans
from tasks.errors import BackupRefused, UnknownEnvironment, UnknownSystem

CONTEXT = SimpleNamespace(invoked_function_arn=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f")
ASKED = {"system": "shop", "environment": "prod", "kind": "backups", "requested_by": ALICE}


@pytest.fixture
def register(dynamodb, state_table, evidence_bucket):
    def put(manifest):
        item = store.to_item({**store.system("shop"), "manifest": json.dumps(manifest)})
        dynamodb.put_item(TableName=state_table, Item=item)

    return put


def plan(**request):
    document = {"request": {**ASKED, **request}, "execution": execution(), "now": NOW}
    return plan_backup.handler(document, CONTEXT)


def listed(s3, bucket, made):
    return json.loads(s3.get_object(Bucket=bucket, Key=made["components_key"])["Body"].read())


def test_all_that_can_be_backed_up_is_planned_with_its_names_filled_in(
    register, s3, evidence_bucket
):
    register(shop())

    made = plan()

    assert made["components"] == ["orders", "ledger", "disks"]
    found = {entry["name"]: entry for entry in listed(s3, evidence_bucket, made)}
    assert [found[name]["resource"] for name in made["components"]] == [
        "shop-prod-orders",
        "shop-prod-ledger",
        "disks",
    ]
    assert found["disks"]["config"]["tags"] == {"Name": "shop-prod-data"}
    assert [found[name]["chain"] for name in found] == ["table", "database", "volumes"]


def test_each_environments_own_stack_is_exported_though_no_component_names_it(register):
    register(shop([]))

    assert plan(kind="exports")["components"] == ["stack"]


def test_a_stack_that_is_a_component_is_exported_under_its_name(register, s3, evidence_bucket):
    register(shop([{"name": "network", "type": "stack"}]))

    made = plan(kind="exports")

    assert [entry["resource"] for entry in listed(s3, evidence_bucket, made)] == ["shop-prod"]
    assert made["components"] == ["network"]


def test_only_the_components_of_the_manifests_list_are_backed_up(register):
    register(shop(components=["orders"]))

    assert plan()["components"] == ["orders"]


def test_a_person_can_ask_for_one_component(register):
    register(shop())

    assert plan(components=["ledger"])["components"] == ["ledger"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["buyy"], "There is no component buyy"),
        (["buy"], "Of buy, a lambda, there are no backups"),
        (["files"], "Of files, a s3_bucket, there are no backups"),
    ],
)
def test_a_component_that_cannot_be_backed_up_is_named(register, asked, words):
    register(shop())

    with pytest.raises(BackupRefused, match=words):
        plan(components=asked)


def test_a_component_of_another_environment_is_refused(register):
    table = {"name": "o", "type": "dynamodb_table", "table": "shop-o", "environments": ["dev"]}
    register(shop([table]))

    with pytest.raises(BackupRefused, match="o is not in prod"):
        plan(components=["o"])


def test_nothing_to_back_up_is_refused_rather_than_green(register):
    register(shop([{"name": "buy", "type": "lambda", "function": "shop-buy"}]))

    with pytest.raises(BackupRefused, match="has nothing in prod"):
        plan()


def test_the_plan_says_that_tables_have_no_copy_elsewhere(register):
    register(shop(copies=[{"region": "us-west-2", "account": "210987654321"}]))

    lines = plan()["lines"]

    assert "copies to us-west-2, shared with account 210987654321" in lines
    assert any("no copy is made of orders" in line for line in lines)


def test_planned_again_it_is_the_same_backup(register):
    register(shop())

    assert plan() == plan()


def test_two_executions_of_one_second_are_two_backups_that_sort_by_time():
    names = [
        plans.identifier("arn:a", "2026-11-02T03:00:00.4Z"),
        plans.identifier("arn:b", "2026-11-02T03:00:00.9Z"),
        plans.identifier("arn:c", "2026-11-02T03:00:01Z"),
    ]

    assert len(set(names)) == 3
    assert max(names[:2]) < names[2]


def test_an_unknown_system_or_environment_is_refused(register):
    with pytest.raises(UnknownSystem):
        plan()
    register(shop())
    with pytest.raises(UnknownEnvironment):
        plan(environment="nowhere")
