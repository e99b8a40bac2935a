"""The weather of DynamoDB: how long its changes take, and what can go wrong with a restore."""

from infra.local.weather import Setting, Weather

# Seconds of the account's clock, but for the numbers of items.
CALM: dict[str, Setting] = {
    "restore_seconds": 0.0,
    "delete_seconds": 0.0,
    "backup_seconds": 0.0,
    "update_seconds": 0.0,
    "ttl_seconds": 0.0,
    "replica_seconds": 0.0,
    # How far the latest restorable moment is behind: about five minutes on AWS.
    "latest_seconds": 300.0,
    # How often DynamoDB counts: about every six hours on AWS.
    "item_count_seconds": 21_600.0,
    # How long an expired item is still there; 0 is for ever.
    "expiry_seconds": 0.0,
    # How much the faults of these names befall.
    "stale_seconds": 86_400.0,
    "slow_replica_seconds": 3_600.0,
    "corrupted_items": 1.0,
    "truncated_items": 1.0,
}

CORRUPTED = "corrupted"
TRUNCATED = "truncated"
STALE = "stale"
NEVER_RESTORED = "never_restored"
RESTORE_FAILED = "restore_failed"
UNDELETABLE = "undeletable"
SETTING_LOST = "setting_lost"
SLOW_REPLICA = "slow_replica"
ERROR = "error"

KINDS = {
    CORRUPTED: "some items of a restored table are changed",
    TRUNCATED: "some items of a restored table are missing",
    STALE: "a table is restored as of an earlier moment than asked for",
    NEVER_RESTORED: "a restored table stays CREATING",
    RESTORE_FAILED: "a restored table ends as INACCESSIBLE_ENCRYPTION_CREDENTIALS",
    UNDELETABLE: "DeleteTable is refused: its code, its message",
    SETTING_LOST: "a setting is accepted, and is not there: ttl, stream, tags, pitr, "
    "deletion_protection, resource_policy, scaling, new_index; index is one that a restore forgets",
    SLOW_REPLICA: "writes reach a replica late",
    ERROR: "a call is answered with an error: its code, its message",
}


def make_weather() -> Weather:
    """Make calm weather: everything is done at once, and restores are exact."""
    return Weather(dict(CALM), KINDS)
