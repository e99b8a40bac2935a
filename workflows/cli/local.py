"""`daytwo local`: the embedded account on this machine."""

from pathlib import Path
from typing import Any, NoReturn

import click

from infra.local import state
from workflows.cli.local_weather import weather, workdir_option


@click.group()
def local() -> None:
    """Run AWS's services that daytwo uses on this machine, with daytwo deployed into them."""


local.add_command(weather)


@local.command()
@click.option("--port", type=click.IntRange(0, 65535), help="0 is any free port [default: 4577].")
@click.option("--clock", type=float, default=1.0, help="How many times faster its clock runs.")
@click.option("--system", "systems", multiple=True, help="An example to load [default: all].")
@click.option("--detach", is_flag=True, help="Return when it is ready, and leave it running.")
@workdir_option
def up(
    port: int | None, clock: float, systems: tuple[str, ...], detach: bool, workdir: Path | None
) -> None:
    """Start the embedded account; prints `ready URL` when everything is deployed."""
    from infra.local.server import DEFAULT_PORT, Options

    if not 0 < clock < float("inf"):
        raise click.BadParameter("must be a number above 0; 1 is real time", param_hint="--clock")
    place = state.directory(workdir)
    at = DEFAULT_PORT if port is None else port
    options = Options(place, at, clock, systems=systems or None)
    if not detach:
        from infra.local.__main__ import end

        end(options)
    pid = state.holder(place)
    if pid is not None:
        _fail(f"an embedded account runs already in {place} (pid {pid}): daytwo local down")
    from infra.local import control

    try:
        control.start(options, click.echo)
    except control.NotStarted as failure:
        _fail(str(failure))


@local.command()
@workdir_option
def down(workdir: Path | None) -> None:
    """End the embedded account and every process it started."""
    from infra.local import control

    place = state.directory(workdir)
    try:
        ended = control.stop(place)
    except control.NotEnded as failure:
        _fail(str(failure))
    click.echo("ended" if ended else f"no embedded account runs in {place}")


@local.command()
@workdir_option
def status(workdir: Path | None) -> None:
    """Tell whether the embedded account runs, where, how fast, and what is deployed."""
    from infra.local import control

    place = state.directory(workdir)
    running = state.read(place)
    if running is None:
        _fail(f"no embedded account runs in {place}; start one: daytwo local up")
    click.echo(f"{'running' if running.ready else 'starting'} at {running.endpoint}")
    click.echo(f"pid {running.pid}, clock {running.clock:g}x, Region {running.region}")
    click.echo(f"credentials {place / 'credentials'} (profiles admin, alice, bob)")
    for line in _stacks(control.attach(place)):
        click.echo(line)


def _stacks(account: Any) -> list[str]:
    pages = account.client("cloudformation").get_paginator("describe_stacks").paginate()
    stacks = [stack for page in pages for stack in page["Stacks"]]
    return [f"stack {stack['StackName']}: {stack['StackStatus']}" for stack in stacks]


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(1)
