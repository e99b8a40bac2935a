"""The weather of load balancers: how long targets take to become healthy and to drain."""

from infra.local.weather import Setting, Weather

# Seconds of the account's clock; draining takes as long as each target group says.
CALM: dict[str, Setting] = {"initial": 0.0, "draining": False}

UNHEALTHY = "unhealthy"
NEVER_DRAINED = "never_drained"

KINDS = {
    UNHEALTHY: "the target's health checks fail",
    NEVER_DRAINED: "the target drains for ever",
}


def make_weather() -> Weather:
    """Make calm weather: targets are healthy at once, and gone at once."""
    return Weather(dict(CALM), KINDS)
