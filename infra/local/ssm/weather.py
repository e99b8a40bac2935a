"""The weather of Systems Manager: how long a command takes, and what can go wrong with it."""

from infra.local.weather import Setting, Weather

# Seconds of the account's clock.
CALM: dict[str, Setting] = {"command": 0.0}

UNMANAGED = "unmanaged"
CONNECTION_LOST = "connection_lost"
COMMAND_FAILS = "command_fails"
COMMAND_HANGS = "command_hangs"
UNDELIVERABLE = "undeliverable"
PATCHES_FAIL = "patches_fail"
ERROR = "error"

KINDS = {
    UNMANAGED: "Systems Manager does not know the instance",
    CONNECTION_LOST: "the instance's agent no longer answers",
    COMMAND_FAILS: "a command fails on the instance when its time is over",
    COMMAND_HANGS: "a command on the instance does not end",
    UNDELIVERABLE: "a command does not reach the instance",
    PATCHES_FAIL: "patching ends well, but one patch is reported as failed",
    ERROR: "a call is answered with an error: its code, its message",
}


def make_weather() -> Weather:
    """Make calm weather: commands succeed at once."""
    return Weather(dict(CALM), KINDS)
