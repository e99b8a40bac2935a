"""`daytwo ec2 start`, `stop`, …: what is asked for, and what is started."""

import json
import re

import pytest

from schemas.validation import check

ID = "i-0123456789abcdef0"
OTHER = "i-0123456789abcdef1"


@pytest.fixture
def shop(daytwo):
    daytwo.register()
    return daytwo


@pytest.fixture
def started(shop):
    """Give the requests that were started."""

    def read():
        machine = shop.outputs["Ec2OperationStateMachineArn"]
        found = shop.stepfunctions.list_executions(stateMachineArn=machine)["executions"]
        return [
            json.loads(
                shop.stepfunctions.describe_execution(executionArn=entry["executionArn"])["input"]
            )
            for entry in found
        ]

    return read


def test_an_operation_is_started_as_the_caller(run, started):
    result = run("ec2", "stop", "--tag", "Environment=dev", "--reason", "Nights off")

    assert result.exit_code == 0, result.output
    assert re.fullmatch(r"stop-\d{8}T\d{6}Z-[0-9a-f]{4}", result.stdout.strip())
    assert "daytwo ec2 watch stop-" in result.stderr
    assert started() == [
        {
            "action": "stop",
            "targets": {"tags": {"Environment": ["dev"]}},
            "limits": {},
            "options": {},
            "system": "",
            "environment": "",
            "dry_run": False,
            "reason": "Nights off",
            "requested_by": "arn:aws:sts::123456789012:user/moto",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "part", "expected"),
    [
        (["--id", ID, "--id", OTHER], "targets", {"instance_ids": [ID, OTHER]}),
        (["--id", f"{ID}, {OTHER},{ID}"], "targets", {"instance_ids": [ID, OTHER]}),
        (["--asg", "web"], "targets", {"auto_scaling_group": "web"}),
        (
            ["--tag", "A=x,y", "--tag", "B=", "--tag", "A=z"],
            "targets",
            {"tags": {"A": ["x", "y", "z"], "B": [""]}},
        ),
        (["--id", ID, "--max-unavailable", "25%"], "limits", {"max_unavailable": "25%"}),
        (
            ["--id", ID, "--max-unavailable", "2", "--max-errors", "0", "--max-percent", "50"],
            "limits",
            {"max_unavailable": 2, "max_errors": 0, "max_percent": 50},
        ),
        (
            ["--id", ID, "--force", "--no-drain", "--verify-seconds", "60"],
            "options",
            {"force": True, "drain": False, "verify_seconds": 60},
        ),
    ],
)
def test_each_option_has_its_place_in_the_request(run, started, arguments, part, expected):
    result = run("ec2", "stop", *arguments)

    assert result.exit_code == 0, result.output
    (request,) = started()
    assert request[part] == expected
    check(request, "workflows/ec2_operation")


@pytest.mark.parametrize(
    ("arguments", "action", "options"),
    [
        (
            ["resize", "--type", "t3.large", "--fallback-type", "t3a.large"],
            "resize",
            {"instance_type": "t3.large", "fallback_types": ["t3a.large"]},
        ),
        (["patch", "--patch-operation", "scan"], "patch", {"patch_operation": "Scan"}),
        (["enforce-imdsv2", "--hop-limit", "1"], "enforce_imdsv2", {"hop_limit": 1}),
        (["release-isolation"], "release_isolation", {}),
        (["terminate", "--emergency"], "terminate", {"emergency": True}),
    ],
)
def test_each_action_takes_its_own_options(run, started, arguments, action, options):
    result = run("ec2", *arguments, "--id", ID)

    assert result.exit_code == 0, result.output
    (request,) = started()
    assert (request["action"], request["options"]) == (action, options)


def test_a_system_and_its_environment_name_the_operation(run, started):
    result = run("ec2", "start", "--tag", "A=b", "--system", "shop", "--environment", "dev")

    assert result.stdout.startswith("start-shop-dev-2")
    (request,) = started()
    assert (request["system"], request["environment"]) == ("shop", "dev")


def test_json_has_what_was_started(run, shop):
    document = json.loads(run("ec2", "start", "--id", ID, "--json").stdout)

    assert document["execution"].endswith(f":daytwo-ec2-operation:{document['operation']}")
    assert document["request"]["targets"] == {"instance_ids": [ID]}


def test_with_wait_it_is_followed_to_its_end(run, shop):
    shop.define(
        {
            "StartAt": "End",
            "States": {"End": {"Type": "Fail", "Error": "FailedClean", "Cause": "No instance"}},
        },
        "Ec2Operation",
    )

    result = run("ec2", "start", "--id", ID, "--wait")

    assert result.exit_code == 1
    assert "FailedClean: No instance" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stop"], "Nothing says which instances are meant"),
        (["stop", "--id", ID, "--asg", "web"], "instance_ids and auto_scaling_group both say"),
        (["stop", "--tag", "Environment"], "--tag Environment is not KEY=VALUE"),
        (["stop", "--tag", "=dev"], "--tag =dev is not KEY=VALUE"),
        (["stop", "--id", "i-12"], "targets.instance_ids.0: 'i-12' does not match"),
        (["stop", "--id", ID, "--max-unavailable", "0"], "limits.max_unavailable: "),
        (["stop", "--id", ID, "--max-unavailable", "half"], "limits.max_unavailable: "),
        (["stop", "--id", ID, "--reason", "x" * 1001], "reason: "),
        (["stop", "--id", ID, "--hop-limit", "1"], "No such option"),
        (["resize", "--id", ID], "Missing option '--type' / '--instance-type'"),
        (["resize", "--id", ID, "--instance-type", "large"], "options.instance_type: "),
        (["terminate", "--tag", "Environment=dev"], "No such option"),
        (["stop", "--id", ID, "--system", "shop"], "--system and --environment go together"),
        (["stop", "--id", ID, "--system", "till", "--environment", "dev"], "no system till"),
        (["stop", "--id", ID, "--system", "shop", "--environment", "moon"], "no environment moon"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_started(run, started, arguments, said):
    result = run("ec2", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert started() == []
