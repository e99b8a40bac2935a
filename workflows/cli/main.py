"""The command `daytwo`; each subcommand's module is imported when it is asked for."""

from typing import Any

import click

from workflows.cli.errors import explained
from workflows.cli.lazy import LazyGroup

COMMANDS = {
    "promote": ("promote:promote", "Promote a release of a system to an environment."),
    "watch": ("watch:watch", "Follow an execution until it ends."),
    "status": ("status:status", "Show what is live where, locks and pending approvals."),
    "approvals": ("approvals:approvals", "List the approvals that wait for a decision."),
    "approve": ("approvals:approve", "Approve a promotion, an EC2 operation or a drill."),
    "reject": ("approvals:reject", "Reject a promotion, an EC2 operation or a drill."),
    "unlock": ("unlock:unlock", "Free an environment that a promotion left locked."),
    "ec2": ("ec2.group:ec2", "Operate EC2 instances: start, stop, resize, patch, isolate, …"),
    "backup": ("backups:backup", "Back up an environment of a system now."),
    "backups": ("backups:backups", "List the backups of a system, and how old they are."),
    "drill": ("drills.group:drill", "Prove by a restore drill that a system comes back."),
    "simulation": (
        "simulations.group:simulation",
        "Play all scenarios of a system in order, with sign-offs.",
    ),
    "actions": ("drills.actions:actions", "List and close what drills found to be mended."),
    "audit": ("audit:audit", "Show who did what to an instance, an operation or a system."),
    "systems": ("systems:systems", "Register and show the systems that daytwo operates."),
    "releases": ("releases:releases", "Publish and list releases."),
    "local": ("local:local", "Run the embedded account."),
    "demo": ("demo:demo", "Watch a good and a bad release on the embedded account."),
}


class Commands(LazyGroup):
    """The outermost group, which explains AWS's errors."""

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


@click.group(cls=Commands, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="daytwo")
def main() -> None:
    """Run the day-2 operations of AWS systems.

    Exit codes: 0 succeeded, 1 failed or rolled back, 2 wrong input, 3 rejected or expired.
    """
