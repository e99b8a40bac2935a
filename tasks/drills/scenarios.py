"""How the steps of each chain are measured, judged and undone."""

from tasks import components
from tasks.drills import clocks

# Kinds of rows in the ledger that are undone, not removed: never kept for a look.
UNDONE = frozenset({"broken_version", "zone", "health_check", "sessions", "isolation"})
# Chains whose copy holds records, so that it can be told how many of the newest are lost.
WITH_RECORDS = frozenset(components.DATA.values())


def measure(chain: str) -> str:
    """Tell what a chain measures: only where something fails there is an RTO."""
    failing = chain in components.DISTURBING or chain == "stack"
    return clocks.RTO if failing else clocks.RESTORE_TIME
