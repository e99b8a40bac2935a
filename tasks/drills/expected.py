"""The checks that have to be made of each chain: one that never came is an error, not a pass."""

from collections.abc import Mapping
from typing import Any

# By the names that the steps' own checks have.
CHECKS: Mapping[str, tuple[str, ...]] = {
    "table": ("item count", "checksum", "key schema", "index schema"),
    "database": (
        "status",
        "endpoint",
        "engine",
        "engine version",
        "storage",
        "encryption",
        "public access",
        "open security groups",
        "recovery point",
    ),
    "bucket": (
        "all batches compared",
        "object count",
        "bytes",
        "equal contents",
        "public access blocked",
    ),
    "stack": (
        "stack status",
        "template",
        "resources",
        "outputs",
        "resources shared with the source",
        "resources not complete",
    ),
    "volumes": ("volumes", "coverage", "status", "snapshot", "size", "encryption"),
    "image": ("instances", "coverage", "status", "status checks", "image"),
    "function": ("state", "code digest", "settings that differ", "variables that are missing"),
    "bad_version": ("traffic at the good version",),
    "database_failover": ("status", "serving", "endpoint"),
    "zone_failure": (
        "members in service",
        "least in service",
        "the zone serves again",
        "least in service on the way back",
    ),
    "region_failover": ("DNS answers with the secondary", "DNS answers with the primary"),
    "sessions": ("older sessions are refused", "new sessions are not refused"),
    "isolation": ("instances are isolated",),
}
REPLACED = {
    "auto_scaling_group": ("members in service", "least in service"),
    "instances": ("the old instances are gone", "each has a running replacement"),
}
OF_REPLICAS = ("replica is active", "replica is fresh")
NO_TABLE = "the manifest names no table behind the failover record, and no RPO is measured"
# Made wherever items are corrupted; of an empty table there are none to bring back.
OF_CORRUPTION = "corruption found"
# Chains whose copies lose settings: what was done about them has to be told.
WITH_SETTINGS = frozenset({"table", "database", "bucket"})


def checks(component: Mapping[str, Any], scenario: str) -> list[str]:
    """Name the checks that the plan promises of a component, in their order."""
    named = list(CHECKS.get(component["chain"], ()))
    if component["chain"] == "table":
        named += _of_table(component["config"])
        if scenario == "data-corruption" and component["options"]["corrupt_items"]:
            named.append(OF_CORRUPTION)
    if component["chain"] == "region_failover" and component["options"]["table"]:
        named += OF_REPLICAS
    if component["chain"] == "instance_replacement":
        named += REPLACED[component["type"]]
    return named + [check["name"] for check in component["application_checks"]]


def left_out(component: Mapping[str, Any]) -> dict[str, str]:
    """Name the checks that the manifest gives nothing to make with, each with the reason."""
    if component["chain"] == "region_failover" and not component["options"]["table"]:
        return dict.fromkeys(OF_REPLICAS, NO_TABLE)
    return {}


def _of_table(config: Mapping[str, Any]) -> list[str]:
    """Name the checks that a table has only where the manifest describes what they need."""
    wanted = {
        "sample reads": config["samples"],
        "freshness": config["freshest_seconds"],
        "sentinel": config["sentinel"],
    }
    return [name for name, given in wanted.items() if given]
