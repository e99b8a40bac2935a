"""`daytwo backup` and `daytwo backups`."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from backups import row, shop

from tasks.backups import records

ORDERS = [{"name": "orders", "type": "dynamodb_table", "table": "shop-{environment}-orders"}]


@pytest.fixture
def registered(daytwo):
    daytwo.register(shop(ORDERS, exports=""))
    return daytwo


@pytest.fixture
def record(registered):
    def write(hours, **fields):
        at = datetime.now(UTC) - timedelta(hours=hours)
        identifier = f"{at:%Y%m%dt%H%M%S}-0000000a"
        moment = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        made = row(identifier, at=moment, **fields)
        records.write(made, registered.table.name, registered.dynamodb)
        return identifier

    return write


def test_a_backup_is_started_as_the_caller(run, registered):
    result = run("backup", "shop", "prod", "--component", "orders", "--reason", "Before the move")

    assert result.exit_code == 0
    described = registered.stepfunctions.describe_execution(executionArn=result.stdout.strip())
    assert described["name"].startswith("shop-prod-backups-")
    assert json.loads(described["input"]) == {
        "system": "shop",
        "environment": "prod",
        "kind": "backups",
        "components": ["orders"],
        "requested_by": "arn:aws:sts::123456789012:user/moto",
        "reason": "Before the move",
    }


def test_with_wait_it_is_followed_to_its_end(run, registered):
    result = run("backup", "shop", "prod", "--wait")

    assert result.exit_code == 0
    assert "Succeeded: everything is backed up." in result.stdout


def test_a_backup_that_is_not_complete_is_exit_code_one(run, registered):
    ended = {"Type": "Fail", "Error": "Incomplete", "Cause": "1 of 2 backups are good"}
    registered.define({"StartAt": "Incomplete", "States": {"Incomplete": ended}}, "Backup")

    result = run("backup", "shop", "prod", "--wait")

    assert result.exit_code == 1
    assert "Incomplete: 1 of 2 backups are good" in result.stdout
    assert "What is good is kept" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["till", "prod"], "There is no system till. There is shop."),
        (["shop", "moon"], "shop has no environment moon. It has dev, prod."),
        (["shop", "prod", "--kind", "tapes"], "Invalid value for '--kind'"),
        (["shop", "prod", "--component", "A B"], "components.0"),
    ],
)
def test_what_does_not_exist_is_wrong_input_and_starts_nothing(run, registered, arguments, said):
    result = run("backup", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    machine = registered.outputs["BackupStateMachineArn"]
    assert registered.stepfunctions.list_executions(stateMachineArn=machine)["executions"] == []


def test_the_backups_are_listed_the_newest_first(run, record):
    old, young = record(24 * 6), record(3)

    result = run("backups", "list", "shop")

    assert result.exit_code == 0
    assert result.stdout.index(young) < result.stdout.index(old)
    assert "3 h" in result.stdout


def test_what_is_too_old_is_told_and_is_exit_code_one(run, record):
    record(24 * 9)

    result = run("backups", "list", "shop")

    assert result.exit_code == 1
    assert "Too old: shop/prod orders: 216 h old, 192 h is the limit" in result.stdout


def test_no_backup_at_all_is_no_success(run, registered):
    result = run("backups", "list", "shop", "--json")

    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert answer == {"backups": [], "too_old": ["shop/prod orders: there is no good backup"]}


def test_an_environment_without_backups_is_not_too_old(run, registered):
    result = run("backups", "list", "shop", "--environment", "dev")

    assert (result.exit_code, result.stdout) == (0, "Backups of shop: none\n")
