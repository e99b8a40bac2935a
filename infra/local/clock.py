"""The embedded account's clock, which can run faster than the wall's."""

import threading
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that starts at the wall's time and runs `factor` times as fast.

    It compresses what an account waits for (Wait states, retry intervals, alarm periods,
    schedules), never the running time of a function.
    """

    def __init__(self, factor: float = 1.0) -> None:
        if not factor > 0:
            raise ValueError(f"the clock factor is {factor}; it must be above 0, 1 is real time")
        self.factor = factor
        self._started_at = datetime.now(UTC)
        self._started = time.monotonic()

    def now(self) -> datetime:
        """Tell the account's time, in UTC."""
        elapsed = time.monotonic() - self._started
        return self._started_at + timedelta(seconds=elapsed * self.factor)

    def real_seconds(self, account_seconds: float) -> float:
        """Tell how many wall seconds so many account seconds take."""
        return max(0.0, account_seconds) / self.factor

    def wait(self, account_seconds: float, woken: threading.Event | None = None) -> bool:
        """Wait for account seconds, or until `woken` is set; tell whether it was set."""
        return (woken or threading.Event()).wait(self.real_seconds(account_seconds))
