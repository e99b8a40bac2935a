"""Route 53 as it is on AWS: health checks that turn in their time, and DNS that follows them."""

from typing import Any

from infra.local.account import Account
from infra.local.route53 import api
from infra.local.route53.answers import Answer, Resolver
from infra.local.route53.health import HealthChecks
from infra.local.route53.weather import UNHEALTHY, make_weather


def install(account: Account) -> None:
    """Let health checks of this account have weather, and zones answer, until it stops."""
    weather = account.weather["route53"] = make_weather()
    checks = HealthChecks(account, weather)

    def healthy(identifier: str) -> bool:
        check = checks.known(identifier)
        return check is None or checks.healthy(check)

    def reachable(name: str) -> bool:
        return weather.fault(UNHEALTHY, id=name) is None

    def answer(zone: Any, name: str, kind: str) -> Answer:
        return Resolver(zone, healthy, reachable).answer(name, kind)

    api.install(account, checks, answer)
    checks.begin()
