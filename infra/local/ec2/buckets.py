"""The token buckets of EC2's API.

From the EC2 Developer Guide, "Request throttling for the Amazon EC2 API"; each action has its own.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Size:
    """How many tokens a bucket holds, and how many it gets each second."""

    holds: int
    refill: float


FILTERED = Size(100, 20)
UNFILTERED = Size(50, 10)
CHANGING = Size(50, 5)
READING = ("Describe", "Get", "List", "Search")

# One token for each request; actions that are not named are changing ones.
REQUESTS = {
    "CreateSnapshot": Size(100, 5),
    "CreateSnapshots": Size(100, 5),
    "CreateTags": Size(100, 10),
    "DeleteTags": Size(100, 10),
    "ModifyInstanceMetadataOptions": Size(100, 5),
    "RunInstances": Size(5, 2),
    "StartInstances": Size(5, 2),
    "TerminateInstances": Size(100, 5),
}

# One token for each instance.
INSTANCES = {
    "RunInstances": Size(1000, 2),
    "StartInstances": Size(1000, 2),
    "StopInstances": Size(1000, 20),
    "TerminateInstances": Size(1000, 20),
}


def request_size(action: str, narrowed: bool) -> Size:
    """Give the size of an action's request bucket; narrowed is filtered or paginated."""
    if action.startswith(READING):
        return FILTERED if narrowed else UNFILTERED
    return REQUESTS.get(action, CHANGING)


class Bucket:
    """A bucket that was full when it was first looked at."""

    def __init__(self, size: Size, now: datetime) -> None:
        self._size = size
        self._tokens = float(size.holds)
        self._at = now

    def tokens(self, now: datetime) -> float:
        """Tell how many tokens it holds now."""
        grown = (now - self._at).total_seconds() * self._size.refill
        return min(float(self._size.holds), self._tokens + grown)

    def take(self, amount: int, now: datetime) -> None:
        """Take tokens out; the caller has seen that they are there."""
        self._tokens = self.tokens(now) - amount
        self._at = now


class Buckets:
    """All buckets of one account in one Region."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def take(self, action: str, narrowed: bool, instances: int, now: datetime) -> bool:
        """Take what a request needs from its buckets; tell whether it was there.

        A request that is refused takes nothing.
        """
        wanted = [
            (self._bucket(f"request{narrowed}", action, request_size(action, narrowed), now), 1)
        ]
        if action in INSTANCES:
            bucket = self._bucket("instances", action, INSTANCES[action], now)
            wanted.append((bucket, instances))
        if any(bucket.tokens(now) < amount for bucket, amount in wanted):
            return False
        for bucket, amount in wanted:
            bucket.take(amount, now)
        return True

    def _bucket(self, kind: str, action: str, size: Size, now: datetime) -> Bucket:
        return self._buckets.setdefault((kind, action), Bucket(size, now))
