"""`daytwo local weather`: shown, set, added to and calmed while the account runs."""

import json

import pytest
from click.testing import CliRunner

from infra.local.control import running
from workflows.cli.local import local


@pytest.fixture(scope="module")
def account():
    with running(bootstrap=False) as account:
        yield account


@pytest.fixture
def run(account):
    def run(*arguments):
        return CliRunner().invoke(local, ["weather", *arguments, "--workdir", str(account.workdir)])

    yield run
    account.controls.calm()


def shown(run):
    return json.loads(run("show", "--json").output)


def test_settings_are_seconds_or_on_and_off_of_any_part(run):
    assert run("set", "pending=30", "ec2.throttling=on").exit_code == 0
    settings = shown(run)["ec2"]["settings"]
    assert (settings["pending"], settings["throttling"]) == (30.0, True)
    assert run("set", "throttling=off").exit_code == 0
    lines = run("show").output.splitlines()
    assert any(line.split() == ["ec2.pending", "30", "s"] for line in lines)
    assert any(line.split() == ["ec2.throttling", "off"] for line in lines)


def test_a_fault_is_added_with_its_conditions_and_befalls(account, run):
    added = run("add", "no_capacity", "type=m5.large", "zone=us-east-1a,us-east-1b", "spares=0")
    assert (added.exit_code, added.output) == (0, "On: ec2.no_capacity\n")
    assert "type=m5.large zone=us-east-1a,us-east-1b" in run("show").output
    ec2 = account.client("ec2")
    one = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1}
    with pytest.raises(ec2.exceptions.ClientError, match="InsufficientInstanceCapacity"):
        ec2.run_instances(**one, InstanceType="m5.large")
    ec2.run_instances(**one, InstanceType="m5.xlarge")


def test_calm_ends_it(run):
    run("set", "stopping=5")
    run("add", "falls_back", "id=i-0123456789abcdef0", "times=2")
    assert run("calm").output == "The weather is calm.\n"
    ec2 = shown(run)["ec2"]
    assert (ec2["settings"]["stopping"], ec2["faults"]) == (0.0, [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("set", "rain=1"), "there is no setting 'rain'"),
        (("set", "pending=on"), "pending is True; it must be a number"),
        (("set", "pending=soon"), "pending is 'soon'; give seconds, on or off"),
        (("set", "pending"), "'pending' is not NAME=VALUE"),
        (("set", "sky.pending=1"), "no part 'sky' has weather; there are"),
        (("add", "flood"), "there is no fault 'flood'; there are no_capacity"),
        (("add", "falls_back", "colour=red"), "a fault has no colour"),
        (("add", "falls_back", "times=often"), "times is 'often'; it must be a number"),
    ],
)
def test_wrong_input_is_told(run, arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_without_an_account_it_says_how_to_start_one(tmp_path):
    result = CliRunner().invoke(local, ["weather", "show", "--workdir", str(tmp_path)])
    assert result.exit_code == 2
    assert "no embedded account runs" in result.output
    assert "daytwo local up" in result.output
