"""The command itself: its help, its errors, its exit codes."""

import subprocess
import sys

import pytest

from workflows.cli.main import COMMANDS, Commands


def test_help_lists_every_command_and_imports_none():
    code = (
        "import sys; from workflows.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print(sorted(set(sys.modules) & {'boto3','rich','jsonschema'}))"
    )

    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert all(f"\n  {name} " in shown for name in COMMANDS)
    assert shown.strip().endswith("[]")


def test_python_m_workflows_is_the_same_command():
    shown = subprocess.run(
        [sys.executable, "-m", "workflows", "--help"], capture_output=True, text=True, check=True
    ).stdout

    assert shown.startswith("Usage: daytwo ")


def test_a_broken_module_breaks_its_own_command_only(run, monkeypatch, tmp_path):
    monkeypatch.setitem(COMMANDS, "demo", ("no_such_module:demo", "Broken"))

    broken, other = run("demo"), run("systems", "--help")

    assert broken.exit_code == 2
    assert "daytwo demo cannot be loaded" in broken.stderr
    assert other.exit_code == 0


@pytest.mark.parametrize("arguments", [["promot"], ["promote", "shop"], ["watch", "--no-such"]])
def test_a_wrong_call_is_wrong_input(run, arguments):
    assert run(*arguments).exit_code == 2


def test_an_error_of_aws_is_one_line(run, monkeypatch, daytwo):
    from botocore.exceptions import ClientError

    def refuse(self, ctx):
        response = {"Error": {"Code": "AccessDenied", "Message": "not\nallowed \x1b[31m"}}
        raise ClientError(response, "DescribeStacks")

    monkeypatch.setattr("click.Group.invoke", refuse)
    result = run("status")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        "Error: You may not do DescribeStacks: not allowed [31m. Ask for that permission, or act "
        "as somebody who has it with --profile.\n"
    )


def test_a_defect_keeps_its_traceback(run, monkeypatch):
    def fail(self, ctx):
        raise ZeroDivisionError

    monkeypatch.setattr("click.Group.invoke", fail)

    assert isinstance(run("status").exception, ZeroDivisionError)
    assert issubclass(Commands, object)
