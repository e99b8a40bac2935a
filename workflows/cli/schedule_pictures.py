"""The days to come as pictures: lines of blocks for a terminal, and an SVG file."""

from collections.abc import Iterator
from datetime import date, datetime
from html import escape

from workflows.outlook import Outlook

SLOTS = 48
ON, OFF, WINDOW = "█", "·", "▁"
# The SVG's measures, in pixels.
LEFT, WIDTH, RIGHT, ROW, TOP, GAP = 118, 720, 360, 26, 64, 74
COLOURS = {
    "paper": "#ffffff",
    "ink": "#1f2933",
    "quiet": "#627282",
    "line": "#dde3e9",
    "day": "#f3f6f8",
    "on": "#2f855a",
    "window": "#d69e2e",
    "clock": "#c53030",
    "now": "#2b6cb0",
}
DAY_MINUTES = 24 * 60


def minutes(at: datetime, day: date) -> int:
    """Tell how far a local time is into a day, by the clock on the wall."""
    return (at.date() - day).days * DAY_MINUTES + at.hour * 60 + at.minute


def times(spans: list[tuple[datetime, datetime]], day: date) -> str:
    """Write the times of a day as a person does: `08:00-18:00`, up to 24:00."""
    return ", ".join(
        f"{begin:%H:%M}-{'24:00' if end.date() > day else format(end, '%H:%M')}"
        for begin, end in spans
    )


def lines(outlook: Outlook) -> Iterator[str]:
    """Draw an outlook for a terminal, a line a day, half an hour a character."""
    yield f"{outlook.where}: {outlook.name} ({outlook.schedule['timezone']})"
    hours = "".join(f"{hour:<6}" for hour in range(0, 24, 3))
    yield f"{'':12}{hours}"
    for day in outlook.each_day():
        on, open_ = outlook.on(day), outlook.open(day)
        bar = "".join(
            ON if _covers(on, day, slot) else WINDOW if _covers(open_, day, slot) else OFF
            for slot in range(SLOTS)
        )
        words = "; ".join(filter(None, [times(on, day), *outlook.notes(day)]))
        yield f"{day:%a %d %b}  {bar}  {words}".rstrip()


def _covers(spans: list[tuple[datetime, datetime]], day: date, slot: int) -> bool:
    middle = slot * 30 + 15
    return any(minutes(begin, day) <= middle < minutes(end, day) for begin, end in spans)


def svg(outlooks: list[Outlook], now: datetime) -> str:
    """Draw outlooks as an SVG picture, a block for each and a row for each of its days."""
    heights = [outlook.days * ROW + GAP for outlook in outlooks]
    width, height = LEFT + WIDTH + RIGHT, TOP + sum(heights) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="{COLOURS["paper"]}"/>',
        _text(20, 28, "When instances run", size=18, weight="600"),
        *_legend(width),
    ]
    top = TOP
    for outlook, tall in zip(outlooks, heights, strict=True):
        parts += _block(outlook, top, now)
        top += tall
    return "\n".join([*parts, "</svg>", ""])


def _legend(width: int) -> Iterator[str]:
    entries = (
        ("on", "running"),
        ("window", "maintenance window"),
        ("clock", "clocks change"),
        ("now", "now"),
    )
    left = width - 20 - 165 * len(entries)
    for number, (colour, words) in enumerate(entries):
        at = left + 165 * number
        yield f'<rect x="{at}" y="18" width="14" height="12" rx="2" fill="{COLOURS[colour]}"/>'
        yield _text(at + 20, 28, words, "quiet")


def _block(outlook: Outlook, top: int, now: datetime) -> Iterator[str]:
    yield _text(20, top + 14, outlook.where, size=14, weight="600")
    at = 20 + 9 * len(outlook.where) + 12
    yield _text(at, top + 14, f"{outlook.name}, {outlook.schedule['timezone']}", "quiet")
    bottom = top + 40 + outlook.days * ROW
    for hour in range(0, 25, 3):
        yield _text(_x(hour * 60), top + 34, f"{hour:02}", "quiet", anchor="middle")
    for number, day in enumerate(outlook.each_day()):
        yield from _row(outlook, day, top + 40 + number * ROW)
    for hour in range(0, 25, 3):
        x = _x(hour * 60)
        yield f'<line x1="{x}" y1="{top + 40}" x2="{x}" y2="{bottom}" stroke="{COLOURS["line"]}"/>'
    for number, day in enumerate(outlook.each_day()):
        yield from _marks(outlook, day, top + 40 + number * ROW, now)


def _row(outlook: Outlook, day: date, y: int) -> Iterator[str]:
    if day.weekday() >= 5 or str(day) in outlook.schedule["holidays"]:
        yield _bar(0, DAY_MINUTES, y, ROW, "day")
    yield _text(20, y + 17, f"{day:%a %d %b}")
    on = outlook.on(day)
    for begin, end in on:
        words = f"{day:%A} {times([(begin, end)], day)}"
        yield _bar(minutes(begin, day), minutes(end, day), y + 5, ROW - 10, "on", words)
    for begin, end in outlook.open(day):
        words = f"maintenance window {times([(begin, end)], day)}"
        yield _bar(minutes(begin, day), minutes(end, day), y + ROW - 4, 4, "window", words)
    words = "; ".join(filter(None, [times(on, day), *outlook.notes(day)]))
    yield _text(LEFT + WIDTH + 12, y + 17, words, "quiet")


def _marks(outlook: Outlook, day: date, y: int, now: datetime) -> Iterator[str]:
    for note in outlook.notes(day):
        if note.startswith("clocks"):
            hour, minute = note.split()[2].split(":")
            yield _mark(int(hour) * 60 + int(minute), y, "clock", note)
    local = now.astimezone(outlook.timezone)
    if local.date() == day:
        yield _mark(minutes(local, day), y, "now", f"now, {local:%H:%M}")


def _x(minute: int) -> float:
    return round(LEFT + WIDTH * min(minute, DAY_MINUTES) / DAY_MINUTES, 1)


def _bar(begin: int, end: int, y: int, height: int, colour: str, words: str = "") -> str:
    left, right = _x(begin), _x(end)
    title = f"<title>{escape(words)}</title>" if words else ""
    return (
        f'<rect x="{left}" y="{y}" width="{round(max(right - left, 0), 1)}" height="{height}" '
        f'fill="{COLOURS[colour]}">{title}</rect>'
    )


def _mark(minute: int, y: int, colour: str, words: str) -> str:
    at = _x(minute)
    return (
        f'<line x1="{at}" y1="{y}" x2="{at}" y2="{y + ROW}" stroke="{COLOURS[colour]}" '
        f'stroke-width="2"><title>{escape(words)}</title></line>'
    )


def _text(
    x: float,
    y: float,
    words: str,
    colour: str = "ink",
    size: int = 12,
    weight: str = "400",
    anchor: str = "start",
) -> str:
    return (
        f'<text x="{x}" y="{y}" fill="{COLOURS[colour]}" font-size="{size}" '
        f'font-weight="{weight}" text-anchor="{anchor}">{escape(words)}</text>'
    )
