"""Load balancers as they are on AWS: targets become healthy after a while, and drain."""

from infra.local.account import Account
from infra.local.elbv2 import targets
from infra.local.elbv2.weather import make_weather


def install(account: Account) -> None:
    """Let the target groups of this account take their time and have weather, until it stops."""
    weather = account.weather["elbv2"] = make_weather()
    targets.install(account, weather)
