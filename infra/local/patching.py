"""Changes to moto that end with the account which made them."""

import sys
from typing import Any

from infra.local.account import Account

_ABSENT = object()


def replace(account: Account, owner: Any, name: str, value: Any) -> Any:
    """Set an attribute of a class or module until the account stops; give what was there."""
    before = vars(owner).get(name, _ABSENT)
    inherited = getattr(owner, name, None)
    setattr(owner, name, value)

    def undo() -> None:
        if before is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, before)

    account.on_stop(undo)
    return inherited


def replace_everywhere(account: Account, package: str, name: str, value: Any) -> None:
    """Replace a function in each loaded module of a package that imported it by name."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith(package) and name in vars(module):
            replace(account, module, name, value)
