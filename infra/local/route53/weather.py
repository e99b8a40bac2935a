"""The weather of Route 53: what health checkers see, and how fast what is changed gets to them."""

from infra.local.weather import Setting, Weather

# Seconds of the account's clock until a changed health check is known to all checkers.
CALM: dict[str, Setting] = {"propagation": 0.0}

UNHEALTHY = "unhealthy"
STUCK = "stuck"

KINDS = {
    UNHEALTHY: "an endpoint fails its health checks: its health check, domain name or address",
    STUCK: "a change of a health check is accepted, and never gets to the checkers",
}


def make_weather() -> Weather:
    """Make calm weather: endpoints are healthy, and changes are known everywhere at once."""
    return Weather(dict(CALM), KINDS)
