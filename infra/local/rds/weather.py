"""The weather of RDS: how long its statuses last, how far back its logs are, what can go wrong."""

from infra.local.weather import Setting, Weather

# Seconds of the account's clock.
CALM: dict[str, Setting] = {
    "creating": 0.0,
    "backing_up": 0.0,
    "modifying": 0.0,
    "rebooting": 0.0,
    "failing_over": 0.0,
    "deleting": 0.0,
    "snapshot": 0.0,
    "copy": 0.0,
    # Logs are shipped every five minutes (RDS User Guide, "Restoring a DB instance to a
    # specified time").
    "restorable_lag": 300.0,
    # How much older still the logs of a stale source are, and what a restore loses.
    "stale_by": 86_400.0,
}

NEVER_RESTORED = "never_restored"
RESTORE_FAILED = "restore_failed"
STALE = "stale"
LOST_WRITES = "lost_writes"
CORRUPTED = "corrupted"
FAILOVER_STUCK = "failover_stuck"
FAILOVER_IN_VAIN = "failover_in_vain"
UNDELETABLE = "undeletable"
SETTING_LOST = "setting_lost"
SNAPSHOT_FAILS = "snapshot_fails"

KINDS = {
    NEVER_RESTORED: "a restored instance or cluster stays in creating",
    RESTORE_FAILED: "a restored instance or cluster ends in restore-error",
    STALE: "the logs of an instance or cluster are not shipped any more: restores end long ago",
    LOST_WRITES: "a restored instance or cluster lacks what was written last before its moment",
    CORRUPTED: "a restored instance or cluster lacks one write from the middle of its log",
    FAILOVER_STUCK: "a failover of the instance or cluster does not end",
    FAILOVER_IN_VAIN: "a failover ends, and all is where it was",
    UNDELETABLE: "an instance, cluster or snapshot cannot be deleted",
    SETTING_LOST: "a setting (type=MultiAZ, type=Tags) is accepted and does not come",
    SNAPSHOT_FAILS: "a snapshot, by its own id or its source's, ends in failed",
}


def make_weather() -> Weather:
    """Make calm weather: each status is over when one looks again."""
    return Weather(dict(CALM), KINDS)
