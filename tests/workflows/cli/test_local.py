"""`daytwo local`: what it says, and with which exit code."""

import pytest
from click.testing import CliRunner

from infra.local.control import running
from workflows.cli.local import local


def run(*arguments):
    return CliRunner().invoke(local, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def account():
    with running(clock=60, bootstrap=False) as account:
        yield account


def test_status_tells_where_it_runs_how_fast_and_what_is_deployed(account):
    account.client("cloudformation").create_stack(
        StackName="example", TemplateBody='{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}'
    )
    result = run("status", "--workdir", account.workdir)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"running at {account.endpoint}",
        f"pid {account.pid}, clock 60x, Region us-east-1",
        f"credentials {account.workdir}/credentials (profiles admin, alice, bob)",
        "stack example: CREATE_COMPLETE",
    ]


def test_a_second_up_is_refused(account):
    result = run("up", "--workdir", account.workdir, "--detach")
    assert result.exit_code == 1
    assert f"runs already in {account.workdir} (pid {account.pid})" in result.output
    assert account.client("sts").get_caller_identity()


def test_status_fails_where_nothing_runs(tmp_path):
    result = run("status", "--workdir", tmp_path)
    assert result.exit_code == 1
    assert result.output == f"no embedded account runs in {tmp_path}; start one: daytwo local up\n"


def test_down_where_nothing_runs_is_no_failure(tmp_path):
    result = run("down", "--workdir", tmp_path)
    assert (result.exit_code, result.output) == (0, f"no embedded account runs in {tmp_path}\n")


def test_the_directory_can_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("DAYTWO_LOCAL_DIR", str(tmp_path))
    assert str(tmp_path) in run("down").output


@pytest.mark.parametrize(
    "wrong",
    [("--clock", "0"), ("--clock", "-1"), ("--clock", "inf"), ("--clock", "nan"),
     ("--clock", "fast"), ("--port", "70000"), ("--port", "-1")],
)  # fmt: skip
def test_wrong_input_is_refused_before_anything_starts(wrong, tmp_path):
    result = run("up", "--workdir", tmp_path / "new", *wrong)
    assert result.exit_code == 2
    assert wrong[0] in result.output
    assert not (tmp_path / "new").exists()
