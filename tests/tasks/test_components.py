"""What each component is called in an environment, and what can be done with it."""

import pytest

from schemas.validation import load
from tasks import components

PROD = {"name": "prod", "account": "", "stack": "shop-prod"}
TYPES = load("components")["$defs"]["component"]["properties"]["type"]["enum"]


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ({"type": "dynamodb_table", "table": "shop-{environment}-orders"}, "shop-prod-orders"),
        ({"type": "s3_bucket", "bucket": "shop-files-{account}"}, "shop-files-123456789012"),
        ({"type": "stack"}, "shop-prod"),
        ({"type": "ebs_volumes", "tags": {"Name": "shop-{environment}"}}, "part"),
    ],
)
def test_a_component_is_called_as_its_environment_says(component, expected):
    placed = components.placed({"name": "part", **component}, PROD, "123456789012")

    assert components.resource(placed, PROD) == expected


def test_the_names_in_tags_are_filled_in_as_well():
    volumes = {"name": "data", "type": "ebs_volumes", "tags": {"Name": "shop-{environment}-data"}}

    assert components.placed(volumes, PROD, "1")["tags"] == {"Name": "shop-prod-data"}


def test_an_environment_with_an_account_of_its_own_keeps_it():
    bucket = {"name": "files", "type": "s3_bucket", "bucket": "shop-{account}"}

    assert components.placed(bucket, {**PROD, "account": "2"}, "1")["bucket"] == "shop-2"


@pytest.mark.parametrize(
    ("environments", "expected"), [([], True), (["prod"], True), (["dev"], False)]
)
def test_a_component_is_where_its_manifest_says(environments, expected):
    assert components.in_environment({"environments": environments}, "prod") is expected


def test_each_type_with_steps_is_one_that_a_manifest_can_name():
    named = {kind for kinds in components.CHAINS.values() for kind in kinds}
    named |= {kind for kinds in components.BACKUPS.values() for kind in kinds}

    assert named | set(components.NAMED_BY) <= set(TYPES)


def test_each_scenario_of_the_schema_has_steps():
    scenarios = load("recovery")["$defs"]["scenario"]["enum"]

    assert set(components.CHAINS) == set(scenarios)


def test_what_disturbs_is_a_chain_that_a_scenario_takes():
    taken = {chain for kinds in components.CHAINS.values() for chain in kinds.values()}

    assert taken >= components.DISTURBING
