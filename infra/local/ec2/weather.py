"""The weather of EC2: how long its transitions take, its buckets, and what can go wrong."""

from infra.local.weather import Setting, Weather

# Seconds of the account's clock, and what is on.
CALM: dict[str, Setting] = {
    "pending": 0.0,
    "stopping": 0.0,
    "shutting_down": 0.0,
    "forgotten_after": 0.0,  # terminated instances; 0 is never
    "status_checks": 0.0,
    "snapshot": 0.0,
    "root_volume": 0.0,
    "volume": 0.0,
    "deleting_volume": 0.0,
    "image": 0.0,
    "throttling": False,
}

NO_CAPACITY = "no_capacity"
FALLS_BACK = "falls_back"
WRONG_STATE = "wrong_state"
IMPAIRED = "impaired"
TERMINATED = "terminated"
SNAPSHOT_FAILS = "snapshot_fails"
ROOT_VOLUME_FAILS = "root_volume_fails"
VOLUME_FAILS = "volume_fails"
VOLUME_HANGS = "volume_hangs"
IMAGE_FAILS = "image_fails"
UNDELETABLE = "undeletable"
ERROR = "error"
LOST = "lost"

KINDS = {
    NO_CAPACITY: "StartInstances and RunInstances find no capacity for a type in a zone",
    FALLS_BACK: "an accepted start ends in stopped, as with a KMS key that cannot be used",
    WRONG_STATE: "an action finds the instance in a state that does not allow it",
    IMPAIRED: "the instance's status checks fail",
    TERMINATED: "somebody else terminates the instance once the action is accepted",
    SNAPSHOT_FAILS: "a snapshot of the volume, or of the instance's volumes, ends in error",
    ROOT_VOLUME_FAILS: "the instance's root volume cannot be replaced",
    VOLUME_FAILS: "a volume of the snapshot ends in error, as with a KMS key that cannot be used",
    VOLUME_HANGS: "a volume of the snapshot stays in creating",
    IMAGE_FAILS: "an image of the instance, or a copy of the image, ends in failed",
    UNDELETABLE: "a volume, snapshot or image cannot be deleted",
    ERROR: "a call is answered with an error: its code, its message",
    LOST: "a call is done, and yet answered with an error, as when its answer is lost",
}


def make_weather() -> Weather:
    """Make calm weather: transitions at once, no throttling, no faults."""
    return Weather(dict(CALM), KINDS)
