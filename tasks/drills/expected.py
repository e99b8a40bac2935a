"""The checks that have to be made of each chain: one that never came is an error, not a pass."""

from collections.abc import Mapping
from typing import Any

CHECKS: Mapping[str, tuple[str, ...]] = {}


def checks(component: Mapping[str, Any]) -> list[str]:
    """Name the checks that the plan promises of a component."""
    named = [check["name"] for check in component["application_checks"]]
    return [*CHECKS.get(component["chain"], ()), *named]
