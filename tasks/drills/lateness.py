"""How long something that was asked for may not be seen yet."""

from collections.abc import Mapping
from typing import Any

from tasks.drills.clocks import seconds

# Amazon EC2 Developer Guide, "Eventual consistency in the Amazon EC2 API": what was just made
# may be missing from a list. DynamoDB API Reference, "DescribeTable": right after a creation it
# may tell of no such table.
SEEN_WITHIN = 120


def may_appear(row: Mapping[str, Any], now: str) -> bool:
    """Tell whether what a ledger's row stands for may have been made and not be listed yet."""
    return seconds(row["planned_at"], now) < SEEN_WITHIN
