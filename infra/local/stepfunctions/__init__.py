"""Step Functions in the embedded account: moto's interpreter, mended and on the account's clock."""

from infra.local.account import Account
from infra.local.stepfunctions import (
    answers,
    children,
    distributed,
    errors,
    executions,
    integrations,
    language,
    machines,
    maps,
    metrics,
    results,
    tasks,
    tokens,
    waiting,
)

PARTS = (
    language,
    errors,
    waiting,
    tasks,
    maps,
    distributed,
    results,
    integrations,
    executions,
    metrics,
    children,
    tokens,
    answers,
    machines,
)


def install(account: Account) -> None:
    """Make executions of this account run as on AWS, until the account stops."""
    for part in PARTS:
        part.install(account)
