"""What each scenario does with each type of component, and how that is measured."""

from collections.abc import Mapping

from tasks.drills import clocks

# Chains that restore data into a copy, by the type of what they restore.
DATA = {
    "dynamodb_table": "table",
    "rds_instance": "database",
    "aurora_cluster": "database",
    "s3_bucket": "bucket",
    "ebs_volumes": "volumes",
    "instances": "image",
}
CHAINS: Mapping[str, Mapping[str, str]] = {
    "application-error": {"lambda": "bad_version"},
    "data-corruption": DATA,
    "infrastructure-failure": {**DATA, "stack": "stack", "lambda": "function"},
    "database-failover": {
        "rds_instance": "database_failover",
        "aurora_cluster": "database_failover",
    },
    "az-failure": {"auto_scaling_group": "zone_failure"},
    "instance-replacement": {
        "auto_scaling_group": "instance_replacement",
        "instances": "instance_replacement",
    },
    "region-outage": {"failover_record": "region_failover"},
    "security-breach": {**DATA, "iam_role": "sessions", "instances": "isolation"},
}
# Chains that act on the target environment itself, which the scenario has to open to them.
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
# Kinds of rows in the ledger that are undone, not removed: never kept for a look.
UNDONE = frozenset({"broken_version", "zone", "health_check", "sessions", "isolation"})
# The fields of a component that name it, by its type.
NAMED_BY = {
    "lambda": "function",
    "dynamodb_table": "table",
    "rds_instance": "instance",
    "aurora_cluster": "cluster",
    "s3_bucket": "bucket",
    "auto_scaling_group": "group",
    "failover_record": "record",
    "iam_role": "role",
}


def measure(chain: str) -> str:
    """Tell what a chain measures: only where something fails there is an RTO."""
    return clocks.RTO if chain in DISTURBING or chain == "stack" else clocks.RESTORE_TIME
