"""How an execution's progress is shown: a live view on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from workflows.cli.history import ABORTED, FAILED, RUNNING, SUCCEEDED, Entry
from workflows.cli.text import clean, duration, safe

if TYPE_CHECKING:
    from rich.console import RenderableType

# States that decide or rearrange, and are over at once.
SILENT = {"Choice", "Pass", "Succeed", "Fail"}
CONTAINERS = {"Map", "Parallel"}
# What goes through states that are no entries of their own: each of them is told once.
PARTS = {"Component"}
MARKS = {SUCCEEDED: "[green]✓[/]", FAILED: "[red]✗[/]", ABORTED: "[yellow]-[/]"}
LEAST_ROWS, MOST_ROWS = 5, 30

Waiting = Callable[[Entry], str]


class Entries(Protocol):
    """What can be shown: states in the order they were entered."""

    @property
    def entries(self) -> list[Entry]: ...


class Progress(Protocol):
    """Shows a history each time it has grown or time has passed; `live` if it is drawn anew."""

    live: bool

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, history: Entries, waiting: Waiting) -> None:
        """Show the history; `waiting` says what a running state waits for, or nothing."""


def progress(stream: TextIO | None = None) -> Progress:
    """Choose how to show progress on a stream, stdout if none is given."""
    stream = stream or sys.stdout
    return Live(stream) if stream.isatty() else Plain(stream)


class Plain:
    """One line with a time for each thing that happens; repeated looks are told once."""

    live = False

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told: set[object] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stream.flush()

    def show(self, history: Entries, waiting: Waiting) -> None:
        """Write the lines that are new."""
        for entry in history.entries:
            if entry.kind in SILENT:
                continue
            if entry.kind in CONTAINERS:
                self._once(entry, entry.started, "...", ("begun", id(entry)))
            elif entry.outcome == RUNNING and (words := waiting(entry)):
                # Once for each round of waiting, not for each look in it.
                self._once(entry, entry.started, words, (entry.state, entry.asks, id(entry.parent)))
            elif entry.outcome == RUNNING and entry.kind in PARTS and entry.detail:
                self._once(entry, datetime.now(UTC), entry.detail, (id(entry), entry.detail))
            if entry.ended and worth_a_line(entry):
                self._once(entry, entry.ended, result(entry), repeated(entry))

    def _once(self, entry: Entry, moment: datetime, words: str, key: object) -> None:
        if key in self._told:
            return
        self._told.add(key)
        line = f"{'  ' * entry.depth}{entry.state}: {words}"
        stamp = moment.astimezone(UTC).strftime("%H:%M:%SZ")
        self._stream.write(f"{stamp}  {clean(line)}\n")
        self._stream.flush()


class Live:
    """A view of the latest states that is drawn again and again on a terminal."""

    live = True

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.live import Live as RichLive

        self._console = Console(file=stream, highlight=False)
        self._live = RichLive(console=self._console, auto_refresh=False, transient=False)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, history: Entries, waiting: Waiting) -> None:
        """Draw the states again."""
        rows = max(LEAST_ROWS, min(MOST_ROWS, self._console.height - 4))
        self._live.update(view(latest(history.entries, rows), waiting), refresh=True)


def worth_a_line(entry: Entry) -> bool:
    """Tell whether the end of a state is news: of what waits or contains, only its failure."""
    return entry.outcome == FAILED or entry.kind not in {"Wait", *CONTAINERS}


def latest(entries: list[Entry], rows: int) -> list[Entry]:
    """Pick what fits: the running states and the last of those that ended, repeats once."""
    last = {repeated(entry): entry for entry in entries if entry.kind not in SILENT}
    shown = sorted(last.values(), key=lambda entry: entry.started)
    while len(shown) > rows:
        over = next((entry for entry in shown if entry.outcome != RUNNING), shown[0])
        shown.remove(over)
    return shown


def view(entries: list[Entry], waiting: Waiting) -> "RenderableType":
    """Lay the states out as rows: mark, state, time taken, what it waits for or found."""
    from rich.spinner import Spinner
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    for _ in range(3):
        grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    now = datetime.now(UTC)
    for entry in entries:
        mark = Spinner("dots") if entry.outcome == RUNNING else MARKS[entry.outcome]
        words = waiting(entry) if entry.outcome == RUNNING else ""
        grid.add_row(
            mark,
            f"{'  ' * entry.depth}{safe(entry.state)}",
            f"[dim]{duration(entry.seconds(now))}[/]",
            safe(words or entry.detail),
        )
    return grid


def result(entry: Entry) -> str:
    """Say how a state ended, after how long, and what is to be known of it."""
    words = {SUCCEEDED: "done", FAILED: "FAILED", ABORTED: "ended with what it is part of"}
    tries = f" at attempt {entry.attempts}" if entry.attempts > 1 else ""
    detail = f": {entry.detail}" if entry.detail else ""
    return f"{entry.ending or words[entry.outcome]}{tries} in {duration(entry.seconds())}{detail}"


def repeated(entry: Entry) -> object:
    """Tell visits apart that are worth telling apart: not each look of a poll."""
    inside = entry.parent.state if entry.parent else ""
    return (inside, entry.state, entry.outcome, entry.detail, entry.attempts > 1)
