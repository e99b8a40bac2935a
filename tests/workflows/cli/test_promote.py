"""`daytwo promote`."""

import json
import re

import pytest

from workflows.cli.executions import execution_name


@pytest.fixture
def shop(daytwo):
    daytwo.register()
    daytwo.publish("1.0.0")
    daytwo.publish("1.1.0")
    return daytwo


def test_a_promotion_is_started_as_the_caller(run, shop):
    result = run("promote", "shop", "1.1.0", "--to", "dev", "--reason", "Ships search")

    assert result.exit_code == 0
    arn = result.stdout.strip()
    assert re.search(r":execution:daytwo-promotion:shop-dev-1\.1\.0-\d{8}T\d{6}Z-[0-9a-f]{4}$", arn)
    described = shop.stepfunctions.describe_execution(executionArn=arn)
    assert json.loads(described["input"]) == {
        "system": "shop",
        "release": "1.1.0",
        "environment": "dev",
        "requested_by": "arn:aws:sts::123456789012:user/moto",
        "reason": "Ships search",
    }


def test_with_wait_it_is_followed_to_its_end(run, shop):
    result = run("promote", "shop", "1.1.0", "--to", "dev", "--wait")

    assert result.exit_code == 0
    assert "Succeeded: shop 1.1.0 is live in dev." in result.stdout


def test_with_json_and_wait_stdout_is_one_document(run, shop):
    result = run("promote", "shop", "1.1.0", "--to", "dev", "--wait", "--json")

    outcome = json.loads(result.stdout)
    assert outcome["status"] == "SUCCEEDED"
    assert outcome["timeline"][-1]["state"] == "Succeeded"


def test_a_promotion_that_fails_is_exit_code_one(run, shop):
    shop.define(
        {
            "StartAt": "RolledBack",
            "States": {"RolledBack": {"Type": "Fail", "Error": "RolledBack", "Cause": "Red"}},
        }
    )

    result = run("promote", "shop", "1.1.0", "--to", "dev", "--wait")

    assert result.exit_code == 1
    assert "RolledBack: Red" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["till", "1.1.0", "--to", "dev"], "There is no system till. There is shop."),
        (["shop", "1.1.0", "--to", "moon"], "shop has no environment moon. It has dev, prod."),
        (["shop", "9.9.9", "--to", "dev"], "no published release 9.9.9. Published: 1.0.0, 1.1.0."),
        (["shop", "1.1.0", "--to", "dev", "--reason", "x" * 1001], "reason: "),
    ],
)
def test_what_does_not_exist_is_wrong_input_and_starts_nothing(run, shop, arguments, said):
    result = run("promote", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    machine = shop.outputs["PromotionStateMachineArn"]
    assert shop.stepfunctions.list_executions(stateMachineArn=machine)["executions"] == []


def test_names_of_executions_fit_and_differ():
    about = ["s" * 30, "", "e" * 31, "1.0.0-" + "r" * 40]

    names = {execution_name(about) for _ in range(20)}

    assert len(names) > 1
    assert {len(name) for name in names} == {80}
