"""`daytwo ec2 start`, `stop`, … and `plan`: act on instances, or see what acting would do."""

from collections.abc import Callable
from typing import Any

import click

from workflows.cli.ec2 import plans, requests
from workflows.cli.ec2.options import ACTIONS, action_options, schema_name
from workflows.cli.output import note, print_json, say
from workflows.cli.session import Session, session_options
from workflows.cli.watch import follow

BY_ID = click.option(
    "--id", "ids", multiple=True, metavar="i-…", help="This instance. Repeatable, or with commas."
)
BY_TAG = click.option(
    "--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Those with this tag. Repeatable."
)
BY_GROUP = click.option("--asg", "group", metavar="NAME", help="An Auto Scaling group's members.")
PLACE = (
    click.option("--system", default="", help="Only instances of this registered system."),
    click.option("--environment", default="", metavar="ENV", help="The system's environment."),
)
LIMITS = (
    click.option(
        "--max-instances",
        type=click.IntRange(1, 10_000),
        help="Refuse to act on more than these [default: 100].",
    ),
    click.option(
        "--max-percent",
        type=click.IntRange(1, 100),
        help="Refuse to act on more of the matched fleet than this share.",
    ),
    click.option(
        "--max-unavailable", metavar="N|P%", help="At most so many out of service at once."
    ),
    click.option(
        "--max-errors",
        type=click.IntRange(0, 10_000),
        help="After more failures than this, leave the rest alone.",
    ),
)
REASON = click.option("--reason", default="", help="Why, for the audit trail and who approves.")
DRY_RUN = click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
WAIT = click.option("--wait", is_flag=True, help="Follow it until it ends.")


class InOrder(click.Group):
    """A group that lists its subcommands as they were given."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def action_command(name: str, planning: bool = False) -> click.Command:
    """Make the command of an action, or the one that shows its plan only."""

    def command(**values: Any) -> None:
        session: Session = values.pop("session")
        dry_run, wait = values.pop("dry_run", planning), values.pop("wait", False)
        request = requests.checked(requests.request(schema_name(name), dry_run, values), session)
        operate(request, wait, session)

    # A fleet is never terminated by what it happens to be tagged with.
    targets = (BY_ID,) if name == "terminate" else (BY_TAG, BY_ID, BY_GROUP)
    command.__doc__ = ACTIONS[name]
    decorated: Callable[..., None] = session_options(command)
    running = () if planning else (DRY_RUN, WAIT)
    for option in reversed((*targets, *action_options(name), *PLACE, *LIMITS, REASON, *running)):
        decorated = option(decorated)
    return click.command(name)(decorated)


def operate(request: dict[str, Any], wait: bool, session: Session) -> None:
    """Start an operation; show the plan of a dry run, follow one that is to be waited for.

    Prints the operation's id, which `watch`, `show`, `resume` and `audit` take.
    """
    execution = requests.start(request, session)
    operation = execution.rpartition(":")[2]
    if request["dry_run"]:
        plans.await_plan(execution, session)
        return
    if session.json and not wait:
        print_json({"operation": operation, "execution": execution, "request": request})
    elif not session.json:
        say(operation)
    if wait:
        follow(execution, session)
    elif not session.json:
        note(f"Follow it with: daytwo ec2 watch {operation}")


start = action_command("start")
stop = action_command("stop")
hibernate = action_command("hibernate")
reboot = action_command("reboot")
resize = action_command("resize")
replace = action_command("replace")
snapshot = action_command("snapshot")
patch = action_command("patch")
terminate = action_command("terminate")
enforce_imdsv2 = action_command("enforce-imdsv2")
isolate = action_command("isolate")
release_isolation = action_command("release-isolation")
plan = InOrder(
    "plan",
    {name: action_command(name, planning=True) for name in ACTIONS},
    help="Show what an action would do to which instance, and change nothing.",
)
