"""Words for a terminal: text from elsewhere made harmless, times and durations people read."""

import unicodedata
from datetime import UTC, datetime


def clean(text: object) -> str:
    """Strip control and direction characters, which could rewrite what the terminal shows."""
    return "".join(
        character
        for character in str(text).replace("\n", " ").replace("\t", " ")
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    )


def safe(text: object) -> str:
    """Clean text and escape it, so that rich takes nothing in it for markup."""
    from rich.markup import escape

    return escape(clean(text))


def duration(seconds: float) -> str:
    """Write seconds as a person says them: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 2 * 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{round(seconds / 86400)} days"


def moment(epoch: float) -> str:
    """Write epoch seconds as ISO 8601 UTC."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
