"""Functions: each runs from its zip in processes of its own, under AWS's runtime client."""

from infra.local.account import Account
from infra.local.functions import aliases, configuration, requests, versions
from infra.local.functions.asynchronous import EventQueue
from infra.local.functions.invoker import Invoker
from infra.local.functions.tracing import Tracer


def install(account: Account) -> Invoker:
    """Run the account's functions as processes until it stops."""
    invoker = Invoker(account, Tracer(account))
    events = EventQueue(account, invoker)
    configuration.install(account, invoker.pool)
    versions.install(account, invoker.pool)
    aliases.install(account)
    requests.install(account, invoker, events)
    return invoker
