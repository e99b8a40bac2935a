"""EventBridge in the embedded account: rules deliver, and AWS services put their events."""

from infra.local.account import Account
from infra.local.events import bus, execution_status, scheduled_rules


def install(account: Account) -> None:
    """Deliver events of this account, until it stops."""
    bus.install(account)
    execution_status.install(account)
    scheduled_rules.install(account)
