"""Groups of commands whose modules are imported when one of them is asked for."""

import importlib
from collections.abc import Mapping
from typing import Any

import click

from workflows.cli.errors import CommandError

# Name of a subcommand: where it is below workflows.cli, and the one line that the list shows.
Table = Mapping[str, tuple[str, str]]


class LazyGroup(click.Group):
    """A group that knows its subcommands by name, and imports one when it is asked for."""

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        module, _, attribute = self.table[cmd_name][0].partition(":")
        try:
            found: click.Command = getattr(
                importlib.import_module(f"workflows.cli.{module}"), attribute
            )
        except ImportError as error:
            raise CommandError(
                f"{ctx.command_path} {cmd_name} cannot be loaded: {error}. Install daytwo with "
                "its extras: pip install 'daytwo[local]'."
            ) from error
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # click's own would import every subcommand to read its first line.
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in self.table.items()])
