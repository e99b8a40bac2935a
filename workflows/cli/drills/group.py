"""`daytwo drill`: start a restore drill, follow it, stop it, and read what came of it."""

import click

from workflows.cli.lazy import LazyGroup

COMMANDS = {
    "start": ("drills.start:start", "The same as `daytwo drill SYSTEM SCENARIO`."),
    "list": ("drills.listing:list_", "List the drills that run and the last ones."),
    "show": ("drills.show:show", "Show a drill's plan or result, and save its report."),
    "watch": ("drills.listing:watch", "Follow a drill component by component until it ends."),
    "stop": ("drills.stop:stop", "Stop a drill: what it made or changed is undone at once."),
    "clean": ("drills.stop:clean", "Undo what a drill left or kept, now."),
}


class DrillGroup(LazyGroup):
    """A group whose first word may be a system's name, which starts a drill of it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            args = ["start", *args]
        return super().resolve_command(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "SYSTEM SCENARIO [OPTIONS]")
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix="  or:  ")


@click.group("drill", cls=DrillGroup, table=COMMANDS)
def drill() -> None:
    """Prove by a drill that a system comes back.

    `daytwo drill SYSTEM SCENARIO` starts one; `daytwo drill SYSTEM` says which scenarios the
    system has, `daytwo drill start --help` what else can be asked. A system that is called
    like one of the commands below is drilled with `daytwo drill start SYSTEM SCENARIO`.
    """
