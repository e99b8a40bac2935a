"""Each check that a plan promises is one that the steps of its chain make."""

from pathlib import Path

import pytest
from drill_systems import scenario, system

from tasks import components
from tasks.drills import expected

TASKS = Path(__file__).parents[3] / "tasks"
CONFIG = {"samples": 0, "freshest_seconds": 0, "sentinel": {}}


def component(chain="table", options=None, checks=(), **config):
    return {
        "chain": chain,
        "config": {**CONFIG, **config},
        "options": {"corrupt_items": 0, **(options or {})},
        "application_checks": [{"name": name} for name in checks],
    }


@pytest.fixture(scope="module")
def source():
    """The source of all tasks, but for the promises themselves."""
    paths = [path for path in TASKS.rglob("*.py") if path.name != "expected.py"]
    return "\n".join(path.read_text("utf-8") for path in paths)


def written(name, source):
    """Tell whether a step writes a check's name, as it is or with its last word filled in."""
    return name in source or f"{name.rpartition(' ')[0]} {{" in source


@pytest.mark.parametrize("promised", [*expected.CHECKS.values(), *expected.REPLACED.values()])
def test_each_promised_check_is_made_by_a_step(promised, source):
    assert [name for name in promised if not written(name, source)] == []


def test_each_chain_promises_checks():
    chains = {chain for chains in components.CHAINS.values() for chain in chains.values()}
    assert chains == {*expected.CHECKS, "instance_replacement"}


@pytest.mark.parametrize("type_", ["auto_scaling_group", "instances"])
def test_a_replacement_promises_what_its_type_has(type_):
    one = {**component("instance_replacement"), "type": type_}
    assert expected.checks(one, "instance-replacement") == list(expected.REPLACED[type_])


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"samples": 10}, "sample reads"),
        ({"freshest_seconds": 60}, "freshness"),
        ({"sentinel": {"id": {"S": "daytwo-sentinel"}}}, "sentinel"),
    ],
)
def test_a_table_promises_what_the_manifest_describes(config, name):
    assert name in expected.checks(component(**config), "data-corruption")
    assert name not in expected.checks(component(), "data-corruption")


def test_a_failover_promises_to_look_at_the_replica_that_it_has(source):
    bare = component("region_failover", options={"table": {}})
    told = component("region_failover", options={"table": {"table": "items"}})
    assert all(written(name, source) for name in expected.OF_REPLICAS)
    assert expected.checks(told, "region-outage") == [
        *expected.checks(bare, "region-outage"),
        *expected.OF_REPLICAS,
    ]


def test_a_failover_without_a_table_says_that_nobody_looks_at_data():
    bare = component("region_failover", options={"table": {}})
    told = component("region_failover", options={"table": {"table": "items"}})
    assert expected.left_out(bare) == dict.fromkeys(expected.OF_REPLICAS, expected.NO_TABLE)
    assert expected.left_out(told) == expected.left_out(component("table")) == {}


def test_a_corruption_promises_that_it_is_found_():
    corrupted = component(options={"corrupt_items": 3})
    assert "corruption found" in expected.checks(corrupted, "data-corruption")
    assert "corruption found" not in expected.checks(corrupted, "security-breach")
    assert "corruption found" not in expected.checks(component(), "data-corruption")


def test_the_manifests_own_checks_are_promised_as_well():
    assert expected.checks(component("isolation", checks=["it answers"]), "security-breach") == [
        "instances are isolated",
        "it answers",
    ]


def test_a_manifests_table_has_all_that_is_asked_of_it():
    manifest = system({"data-corruption": scenario("items")})
    table = {**component(), "config": manifest["components"][0]}
    assert "sample reads" in expected.checks(table, "data-corruption")
