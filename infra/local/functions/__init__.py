"""Functions: each runs from its zip in processes of its own, under AWS's runtime client."""

from typing import Any

from infra.local.account import Account
from infra.local.functions import (
    aliases,
    asynchronous,
    configuration,
    downloads,
    mappings,
    metrics,
    requests,
    urls,
    versions,
)
from infra.local.functions.asynchronous import EventQueue
from infra.local.functions.invoker import Invoker
from infra.local.functions.tracing import Tracer
from infra.local.functions.urls import FunctionUrls

_invokers: dict[int, Invoker] = {}


def install(account: Account) -> Invoker:
    """Run the account's functions as processes until it stops."""
    invoker = Invoker(account, Tracer(account))
    events = EventQueue(account, invoker)
    configuration.install(account, invoker.pool)
    versions.install(account, invoker.pool)
    aliases.install(account)
    downloads.install(account)
    requests.install(account, invoker, events)
    asynchronous.install(account)
    urls.install(account)
    mappings.install(account, invoker)
    metrics.install(account)
    _invokers[account.port] = invoker
    account.on_stop(lambda: _invokers.__delitem__(account.port))
    return invoker


def wrap(account: Account, app: Any) -> FunctionUrls:
    """Put the function URLs of an installed account before the application that serves it."""
    return FunctionUrls(app, account, _invokers[account.port])
