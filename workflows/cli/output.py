"""How results are printed: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from workflows.cli.text import clean, safe


def print_json(document: Any) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=True, default=str))


def say(text: object) -> None:
    """Print a line of plain text."""
    click.echo(clean(text))


def note(text: object) -> None:
    """Print a line beside the result, on stderr."""
    click.echo(clean(text), err=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a titled table, or its title and "none"."""
    if not rows:
        say(f"{title}: none")
        return
    from rich.console import Console
    from rich.table import Table

    grid = Table(title=safe(title), title_justify="left", title_style="bold", box=None)
    for column in columns:
        grid.add_column(column, header_style="bold", overflow="fold")
    for row in rows:
        grid.add_row(*[safe(cell) for cell in row])
    # Without a terminal nothing is folded, so that lines can be searched.
    width = None if sys.stdout.isatty() else 10_000
    Console(highlight=False, width=width, file=sys.stdout).print(grid)
