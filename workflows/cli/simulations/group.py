"""`daytwo simulation`: start the simulation of a system, and read what came of it."""

import click

from workflows.cli.lazy import LazyGroup

COMMANDS = {
    "start": ("simulations.start:start", "Play all scenarios of a system in order."),
    "list": ("simulations.show:list_", "List the simulations that run and the last ones."),
    "show": ("simulations.show:show", "Show a simulation's results, and save its report."),
}


@click.group("simulation", cls=LazyGroup, table=COMMANDS)
def simulation() -> None:
    """Play all scenarios of a system in order, with announcements and sign-offs."""
