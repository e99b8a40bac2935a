"""Auto Scaling as it is on AWS: launches, zones, standby, refreshes, scaling, schedules."""

from infra.local.account import Account
from infra.local.autoscaling import members, policies, rebalancing, refreshes, scheduled, standby
from infra.local.autoscaling.weather import make_weather


def install(account: Account) -> None:
    """Let the groups of this account behave as on AWS, until it stops."""
    weather = account.weather["autoscaling"] = make_weather()
    standby.install(account)
    refreshes.install(account, weather)
    scheduled.install(account)
    members.install(account)
    policies.install(account)
    rebalancing.install(account)
