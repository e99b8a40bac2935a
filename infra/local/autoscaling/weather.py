"""The weather of Auto Scaling: how long a refresh takes, and whether its new instances serve."""

from infra.local.weather import Setting, Weather

# Seconds of the account's clock for each wave of new instances to come into service.
CALM: dict[str, Setting] = {"warmup": 0.0}

UNHEALTHY = "unhealthy"

KINDS = {UNHEALTHY: "the new instances of a refresh fail their health checks, by type"}


def make_weather() -> Weather:
    """Make calm weather: new instances serve at once."""
    return Weather(dict(CALM), KINDS)
