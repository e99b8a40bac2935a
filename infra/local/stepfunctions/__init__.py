"""Step Functions in the embedded account: moto's interpreter, mended and on the account's clock."""

from infra.local.account import Account
from infra.local.stepfunctions import errors, executions, integrations, language, tasks, waiting


def install(account: Account) -> None:
    """Make executions of this account run as on AWS, until the account stops."""
    for part in (language, errors, waiting, tasks, integrations, executions):
        part.install(account)
