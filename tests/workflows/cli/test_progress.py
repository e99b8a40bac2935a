"""Showing progress: plain lines, and a live view on a terminal."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from workflows.cli.history import Entry
from workflows.cli.progress import Live, Plain, latest, progress
from workflows.cli.text import clean, duration, safe

START = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Shown:
    """A history with given entries."""

    def __init__(self, *entries):
        self.entries = list(entries)


def entry(state, outcome="succeeded", kind="Task", parent=None, **more):
    made = Entry(state, kind, START, parent, None, **more)
    if outcome != "running":
        made.end(START + timedelta(seconds=3), outcome)
    return made


def lines(*histories, waiting=lambda entry: ""):
    stream = io.StringIO()
    with Plain(stream) as plain:
        for history in histories:
            plain.show(history, waiting)
    return stream.getvalue().splitlines()


def test_each_end_of_a_state_is_a_line_with_a_time():
    assert lines(Shown(entry("Plan"), entry("Claim", "failed", detail="LockHeld: by x"))) == [
        "12:00:03Z  Plan: done in 3.0 s",
        "12:00:03Z  Claim: FAILED in 3.0 s: LockHeld: by x",
    ]


def test_nothing_is_told_twice():
    history = Shown(entry("Plan"))

    assert len(lines(history, history)) == 1
    assert len(lines(Shown(entry("Look"), entry("Look"), entry("Look")))) == 1


def test_the_same_look_with_another_finding_is_told():
    assert len(lines(Shown(entry("Look"), entry("Look", detail="no data yet")))) == 2


def test_what_is_waited_for_is_told_when_it_begins():
    asking = entry("Wait for approval", "running", asks=True)

    assert lines(Shown(asking), waiting=lambda entry: "waits for bob") == [
        "12:00:00Z  Wait for approval: waits for bob"
    ]


def test_choices_are_silent_and_what_is_inside_is_indented():
    outer = entry("Shift traffic", "running", kind="Map")

    assert lines(Shown(outer, entry("Shift", parent=outer), entry("Is it?", kind="Choice"))) == [
        "12:00:00Z  Shift traffic: ...",
        "12:00:03Z    Shift: done in 3.0 s",
    ]


def test_external_text_is_one_harmless_line():
    (line,) = lines(Shown(entry("Plan", "failed", detail="a\nb\x1b[31m\u202e[bold]")))

    assert line.endswith("a b[31m[bold]")


def test_without_a_terminal_lines_are_plain():
    assert isinstance(progress(io.StringIO()), Plain)


def test_a_terminal_gets_a_live_view_with_what_is_waited_for():
    stream = io.StringIO()
    stream.isatty = lambda: True
    view = progress(stream)
    assert isinstance(view, Live)

    with view:
        view.show(
            Shown(entry("Plan"), entry("Ask", "running"), entry("Bad", "failed", detail="[red]x")),
            lambda entry: "waits for bob",
        )

    shown = stream.getvalue()
    assert "✓" in shown
    assert "✗" in shown
    assert "waits for bob" in shown
    assert "[red]x" in shown


def test_a_long_history_shows_what_runs_and_the_last_that_ended():
    running = entry("Shift", "running")
    entries = [running, *(entry(f"Step {number}") for number in range(50))]

    shown = latest(entries, 5)

    assert running in shown
    assert len(shown) == 5
    assert shown[-1].state == "Step 49"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0.0 s"),
        (0.44, "0.4 s"),
        (12.4, "12 s"),
        (59.9, "1 min 00 s"),
        (185, "3 min 05 s"),
        (7800, "2 h 10 min"),
        (604799, "7 days"),
    ],
)
def test_durations_read_as_people_say_them(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\tb\nc", "a b c"),
        ("\x9b31mred", "31mred"),
        ("\u2066x\u2069", "x"),
        ("grün ✓ 语", "grün ✓ 语"),
    ],
)
def test_control_characters_are_stripped_and_letters_stay(text, cleaned):
    assert clean(text) == cleaned


def test_markup_is_escaped():
    assert safe("[bold]x[/bold]") == "\\[bold]x\\[/bold]"
