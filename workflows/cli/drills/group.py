"""`daytwo drill`: start a restore drill, follow it, stop it, and read what came of it."""

import click

from workflows.cli.lazy import LazyGroup

COMMANDS = {
    "start": ("drills.start:start", "Start a drill; `daytwo drill SYSTEM SCENARIO` does too."),
    "list": ("drills.show:list_", "List the drills that run and the last ones."),
    "show": ("drills.show:show", "Show a drill's result, and save its report."),
    "watch": ("drills.show:watch", "Follow a drill component by component until it ends."),
    "clean": ("drills.stop:clean", "Let the janitor try again to undo what a drill left."),
    "stop": ("drills.stop:stop", "Stop a drill: what it made or changed is undone at once."),
}


class DrillGroup(LazyGroup):
    """A group whose first word may be a system's name, which starts a drill of it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            args = ["start", *args]
        return super().resolve_command(ctx, args)


@click.group("drill", cls=DrillGroup, table=COMMANDS)
def drill() -> None:
    """Prove by a drill that a system comes back: `daytwo drill SYSTEM SCENARIO`."""
