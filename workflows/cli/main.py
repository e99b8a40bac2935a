"""The command `daytwo`; each subcommand's module is imported when it is asked for."""

import importlib
from typing import Any

import click

from workflows.cli.errors import CommandError, explained

# Name of a subcommand: where it is, and the one line that the list shows.
COMMANDS = {
    "promote": ("promote:promote", "Promote a release of a system to an environment."),
    "watch": ("watch:watch", "Follow an execution until it ends."),
    "status": ("status:status", "Show what is live where, locks and pending approvals."),
    "approvals": ("approvals:approvals", "List the approvals that wait for a decision."),
    "approve": ("approvals:approve", "Approve a promotion or an EC2 operation."),
    "reject": ("approvals:reject", "Reject a promotion or an EC2 operation."),
    "unlock": ("unlock:unlock", "Free an environment that a promotion left locked."),
    "systems": ("systems:systems", "Register and show the systems that daytwo operates."),
    "releases": ("releases:releases", "Publish and list releases."),
    "local": ("local:local", "Run the embedded account."),
    "demo": ("demo:demo", "Watch a good and a bad release on the embedded account."),
}


class Commands(click.Group):
    """A group that imports a subcommand when it is asked for, and explains AWS's errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        try:
            found: click.Command = getattr(
                importlib.import_module(f"workflows.cli.{module}"), attribute
            )
        except ImportError as error:
            raise CommandError(
                f"daytwo {cmd_name} cannot be loaded: {error}. Install daytwo with its extras: "
                "pip install 'daytwo[local]'."
            ) from error
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # click's own would import every subcommand to read its first line.
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            explanation = explained(error)
            if explanation is None:
                raise
            raise explanation from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="daytwo")
def main() -> None:
    """Run the day-2 operations of AWS systems.

    Exit codes: 0 succeeded, 1 failed or rolled back, 2 wrong input, 3 rejected or expired.
    """
