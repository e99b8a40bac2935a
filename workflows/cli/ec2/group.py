"""`daytwo ec2`: what can be done to EC2 instances, and what was done to them."""

import click

from workflows.cli.ec2.options import ACTIONS, schema_name
from workflows.cli.lazy import LazyGroup

COMMANDS = {
    **{name: (f"ec2.actions:{schema_name(name)}", words) for name, words in ACTIONS.items()},
    "plan": ("ec2.actions:plan", "Show what an action would do to whom, and change nothing."),
    "list": ("ec2.operations:list_", "List the operations, those that run and the last ones."),
    "show": ("ec2.plans:show", "Show the plan of an operation and what became of it."),
    "watch": ("ec2.operations:watch", "Follow an operation until it ends."),
    "resume": ("ec2.unfinished:resume", "Do what is left of an operation that did not finish."),
    "release": ("ec2.unfinished:release", "Free the instances that an operation kept claimed."),
    "schedule": ("schedules:schedule", "Show and check when schedules start and stop instances."),
    "override": ("schedules:override", "Keep an instance running or stopped for a while."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def ec2() -> None:
    """Operate EC2 instances in batches, verified, with guards and a record of each."""
