"""What the items of a table were before each change: what point-in-time recovery goes back by."""

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.clock import Clock
from infra.local.dynamodb.items import Items, Key

SECOND = timedelta(seconds=1)


class History:
    """Changes since a moment, oldest first, no older than the window of `days`.

    It keeps no item twice: what it holds is what was replaced or deleted.
    """

    def __init__(self, clock: Clock, days: int) -> None:
        self._clock = clock
        self.days = days
        self.began = clock.now()
        self._changes: deque[tuple[float, Key, Any]] = deque()

    def __len__(self) -> int:
        return len(self._changes)

    @property
    def earliest(self) -> datetime:
        """Give the first second that can be gone back to."""
        window = self._clock.now() - timedelta(days=self.days)
        return whole_second(max(self.began, window))

    def latest(self, behind: float) -> datetime:
        """Give the last second that can be gone back to, `behind` seconds ago."""
        return max(self.earliest, whole_second(self._clock.now() - timedelta(seconds=behind)))

    def note(self, key: Key, before: Any, after: Any) -> None:
        """Remember what an item was; Items calls it."""
        now = self._clock.now().timestamp()
        self._changes.append((now, key, before))
        while self._changes[0][0] < now - self.days * 86_400:
            self._changes.popleft()

    def as_of(self, items: Items, moment: datetime) -> Items:
        """Give the items as they were at the end of the second in which the moment is.

        AWS says "to the second" and not which end of it; a restore to just before a change has
        to name an earlier second.
        """
        found = items.copied()
        after = (whole_second(moment) + SECOND).timestamp()
        for changed_at, key, before in reversed(self._changes):
            if changed_at < after:
                break
            found.put(key, before)
        return found


def whole_second(moment: datetime) -> datetime:
    """Leave out what is less than a second, as the API does."""
    return moment.astimezone(UTC).replace(microsecond=0)


def moment_of(given: datetime | float) -> datetime:
    """Give a moment of a request, which moto may leave as a number."""
    if isinstance(given, datetime):
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    return datetime.fromtimestamp(float(given), UTC)
