"""What a system consists of: the resource of each component, and the steps it can go through."""

from collections.abc import Mapping
from typing import Any

from tasks import plans

# The field with the name of a component's resource; components of other types have none.
NAMED_BY = {
    "lambda": "function",
    "static_site": "bucket",
    "dynamodb_table": "table",
    "rds_instance": "instance",
    "aurora_cluster": "cluster",
    "s3_bucket": "bucket",
    "auto_scaling_group": "group",
    "failover_record": "record",
    "iam_role": "role",
}
DATA = {
    "dynamodb_table": "table",
    "rds_instance": "database",
    "aurora_cluster": "database",
    "s3_bucket": "bucket",
    "ebs_volumes": "volumes",
    "instances": "image",
}
# The steps that a scenario takes with a component of each type.
CHAINS: Mapping[str, Mapping[str, str]] = {
    "data-corruption": DATA,
    "infrastructure-failure": {**DATA, "stack": "stack", "lambda": "function"},
    "application-error": {"lambda": "bad_version"},
    "database-failover": dict.fromkeys(("rds_instance", "aurora_cluster"), "database_failover"),
    "az-failure": {"auto_scaling_group": "zone_failure"},
    "instance-replacement": dict.fromkeys(
        ("auto_scaling_group", "instances"), "instance_replacement"
    ),
    "region-outage": {"failover_record": "region_failover"},
    "security-breach": {**DATA, "iam_role": "sessions", "instances": "isolation"},
}
# Steps that change what is there instead of a copy: the manifest has to open it to them.
DISTURBING = frozenset(
    {
        "bad_version",
        "database_failover",
        "zone_failure",
        "instance_replacement",
        "region_failover",
        "sessions",
        "isolation",
    }
)
# What each kind of backup takes of a component; buckets keep versions, and functions too.
BACKUPS: Mapping[str, Mapping[str, str]] = {
    "exports": {"stack": "stack"},
    "backups": {kind: chain for kind, chain in DATA.items() if kind != "s3_bucket"},
}

# Environments of these names are production whatever else the manifest says.
PRODUCTION = frozenset({"prod", "production"})

Component = Mapping[str, Any]


def is_production(environment: Mapping[str, Any]) -> bool:
    """Tell whether no drill may make a copy in an environment or disturb it."""
    instances = environment["instances"].get("production", False)
    return bool(environment["production"] or instances or environment["name"] in PRODUCTION)


def in_environment(component: Component, environment: str) -> bool:
    """Tell whether an environment has the component."""
    return not component["environments"] or environment in component["environments"]


def placed(component: Component, environment: Mapping[str, Any], account: str) -> dict[str, Any]:
    """Give the component with the environment's names filled in, those of tags as well.

    `account` is daytwo's own and stands in for an environment that names none.
    """
    names = {"environment": environment["name"], "account": environment["account"] or account}
    return {field: _filled(value, names) for field, value in component.items()}


def resource(component: Component, environment: Mapping[str, Any]) -> str:
    """Name what a placed component is: its resource, or itself where tags select several."""
    if component["type"] == "stack":
        return str(environment["stack"])
    return str(component[NAMED_BY.get(component["type"], "name")])


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return plans.expand(value, names)
    if isinstance(value, dict):
        return {key: _filled(entry, names) for key, entry in value.items()}
    return value
