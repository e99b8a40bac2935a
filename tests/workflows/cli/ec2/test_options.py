"""The options of the actions, against the schemas that describe them."""

import subprocess
import sys

import click
import pytest

from schemas import validation
from workflows.cli.ec2 import actions
from workflows.cli.ec2.group import COMMANDS, ec2
from workflows.cli.ec2.options import ACTIONS, described, option_names, schema_name


def test_every_action_of_the_schema_is_a_command():
    described = validation.load("ec2")["$defs"]["action"]["enum"]

    assert [schema_name(name) for name in ACTIONS] == described


def test_every_option_of_the_schema_belongs_to_an_action():
    assert {option for name in ACTIONS for option in option_names(name)} == set(described())


def test_no_option_is_offered_twice():
    assert all(len(set(option_names(name))) == len(option_names(name)) for name in ACTIONS)


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_can_be_planned_with_the_options_it_can_be_started_with(name):
    def options(command):
        return {parameter.name for parameter in command.params}

    command = getattr(actions, schema_name(name))

    assert options(command) - options(actions.plan.commands[name]) == {"dry_run", "wait"}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_of_the_group_is_where_the_table_says(name):
    command = ec2.get_command(click.Context(ec2), name)

    assert command is not None
    assert command.name == name


def test_plans_are_listed_in_the_order_of_the_actions():
    assert actions.plan.list_commands(click.Context(actions.plan)) == list(ACTIONS)


def test_help_lists_every_command_and_imports_nothing_heavy():
    code = (
        "import sys; from workflows.cli.main import main\n"
        "try: main(['ec2', '--help'])\n"
        "except SystemExit: print(sorted(set(sys.modules) & {'boto3','rich','jsonschema'}))"
    )

    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert all(f"\n  {name} " in shown for name in COMMANDS)
    assert shown.strip().endswith("[]")
