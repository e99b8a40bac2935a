"""Auto Scaling as it is on AWS: standby, instance refreshes and scheduled actions."""

from infra.local.account import Account
from infra.local.autoscaling import refreshes, scheduled, standby
from infra.local.autoscaling.weather import make_weather


def install(account: Account) -> None:
    """Let the groups of this account behave as on AWS, until it stops."""
    weather = account.weather["autoscaling"] = make_weather()
    standby.install(account)
    refreshes.install(account, weather)
    scheduled.install(account)
