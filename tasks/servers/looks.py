"""Checks that are about all copies of a component, and name those that fail."""

from collections.abc import Collection

from tasks.drills import checks
from tasks.drills.verdicts import Check
from tasks.servers.points import NAMED


def each(name: str, count: int, bad: list[str]) -> Check:
    """Check that something is so of every copy; `bad` are those of which it is not."""
    return checks.holds(
        name, not bad, f"good in all {count}", f"{len(bad)} are not", ", ".join(bad[:NAMED])
    )


def covered(sources: Collection[str], copied: Collection[str], most: int = 0) -> Check:
    """Check that every source has a copy; where a drill makes `most` at once, only so many."""
    missing = sorted(set(sources) - set(copied))
    limited = bool(missing) and 0 < most == len(copied)
    detail = ", ".join(missing[:NAMED])
    if limited:
        detail = f"A drill makes {most}; those without have their turn in others."
    return checks.holds(
        "coverage",
        limited or not missing,
        f"a copy of each of {len(sources)}",
        f"{len(missing)} without",
        detail,
    )
