"""A system with a drill of each scenario, for the tests of planning."""

from schemas.validation import check

OBJECTIVES = {"rto_seconds": 7200, "rpo_seconds": 3600}
COMPONENTS = [
    {"name": "items", "type": "dynamodb_table", "table": "feedback-{environment}-items"},
    {"name": "orders", "type": "dynamodb_table", "table": "feedback-{environment}-orders"},
    {"name": "db", "type": "rds_instance", "instance": "feedback-{environment}-db"},
    {"name": "cluster", "type": "aurora_cluster", "cluster": "feedback-{environment}-cluster"},
    {"name": "files", "type": "s3_bucket", "bucket": "feedback-{environment}-files"},
    {"name": "stack", "type": "stack"},
    {"name": "api", "type": "lambda", "function": "feedback-{environment}-api"},
    {"name": "volumes", "type": "ebs_volumes", "tags": {"Name": "feedback-{environment}-data"}},
    {"name": "web", "type": "auto_scaling_group", "group": "feedback-{environment}-web"},
    {"name": "role", "type": "iam_role", "role": "feedback-{environment}-api"},
]


def scenario(*components, **changes):
    return {
        "objectives": OBJECTIVES,
        "source_environment": "prod",
        "target_environment": "dev",
        "components": list(components),
        **changes,
    }


SCENARIOS = {
    "data-corruption": scenario("items"),
    "infrastructure-failure": scenario("stack", "api"),
    "az-failure": scenario("web", opens=["web"]),
    "security-breach": scenario("items", "role", opens=["role"]),
}


def environment(name, **changes):
    return {"name": name, "stack": f"feedback-{name}", **changes}


def system(scenarios=SCENARIOS, environments=("dev", "staging", "prod"), **changes):
    """Give the manifest with its defaults filled in; scenarios given replace those of the name."""
    manifest = {
        "name": "feedback",
        "environments": [environment(one) if isinstance(one, str) else one for one in environments],
        "components": COMPONENTS,
        "roles": {"release-manager": ["arn:aws:iam::123456789012:user/bob"]},
        "recovery": {"owner": "team-feedback", "scenarios": {**SCENARIOS, **scenarios}},
        **changes,
    }
    return check(manifest, "system")


def request(scenario="data-corruption", **changes):
    asked = {
        "system": "feedback",
        "scenario": scenario,
        "requested_by": "arn:aws:iam::123456789012:user/alice",
        **changes,
    }
    return check(asked, "workflows/restore_drill")
