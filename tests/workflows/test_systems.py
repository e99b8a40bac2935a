"""What a system's manifest must keep to, and how one is registered."""

import copy
import json
from pathlib import Path

import boto3
import moto
import pytest

from schemas.validation import InvalidDocument
from tasks import store
from workflows import systems
from workflows.state import StateTable

ALICE = "arn:aws:iam::123456789012:user/alice"
EXAMPLES = Path(__file__).parents[2] / "examples"

SHOP = {
    "name": "shop",
    "roles": {"release-manager": ["arn:aws:iam::123456789012:user/bob"]},
    "environments": [
        {"name": "dev", "stack": "shop-dev", "promote_to": "prod"},
        {
            "name": "prod",
            "stack": "shop-prod",
            "approval": {"roles": ["release-manager"]},
            "health_checks": [{"component": "basket"}],
            "alarms": [{"name": "shop-prod-errors"}],
        },
    ],
    "components": [
        {"name": "basket", "type": "lambda", "function": "shop-{environment}-basket"},
        {"name": "site", "type": "static_site", "bucket": "shop-{environment}-site-{account}"},
    ],
}


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with moto.mock_aws():
        dynamodb = boto3.client("dynamodb")
        dynamodb.create_table(
            TableName="state",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield StateTable("state", dynamodb)


def changed(*path, to):
    """Give the shop's manifest with one value replaced."""
    manifest = copy.deepcopy(SHOP)
    place = manifest
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return manifest


def problems(manifest):
    with pytest.raises(InvalidDocument) as refused:
        systems.validate(manifest)
    return refused.value.problems


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.glob("*/system.json")), ids=lambda p: p.parent.name
)
def test_each_example_is_a_valid_manifest(path):
    manifest = json.loads(path.read_text("utf-8"))

    assert systems.validate(manifest)["name"] == path.parent.name


def test_defaults_are_filled_in():
    filled = systems.validate(SHOP)

    dev, prod = filled["environments"]
    assert dev["traffic"] == {
        "strategy": "canary",
        "steps": [10, 50, 100],
        "interval_seconds": 300,
        "check_seconds": 60,
    }
    assert dev["approval"] == {"roles": [], "expires_seconds": 604800}
    assert prod["alarms"] == [{"name": "shop-prod-errors", "without_data": "hold"}]
    assert prod["health_checks"][0]["expect_status"] == 200
    assert filled["components"][0]["alias"] == "live"
    assert filled["gates"] == {"coverage_percent": 80, "dependency_severity": "high"}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["environments", 1, "name"], "dev", "environments.1.name: dev is there twice"),
        (["components", 1, "name"], "basket", "components.1.name: basket is there twice"),
        (
            ["environments", 0, "promote_to"],
            "test",
            "environments.0.promote_to: test is not the environment after dev, which is prod",
        ),
        (
            ["environments", 1, "promote_to"],
            "dev",
            "environments.1.promote_to: dev is not the environment after prod, which is the last",
        ),
        (
            ["environments", 1, "health_checks", 0, "component"],
            "till",
            "environments.1.health_checks.0.component: till is no component of the system",
        ),
        (
            ["environments", 1, "health_checks", 0, "component"],
            "site",
            "environments.1.health_checks.0.component: site is a static_site, not a lambda",
        ),
        (
            ["environments", 1, "approval", "roles"],
            ["owner"],
            "environments.1.approval.roles: owner is not among the manifest's roles "
            "(release-manager)",
        ),
        (
            ["environments", 0, "traffic"],
            {"steps": [50, 10, 100]},
            "environments.0.traffic.steps: [50, 10, 100] must rise, and end at 100",
        ),
        (
            ["environments", 0, "traffic"],
            {"steps": [10, 50]},
            "environments.0.traffic.steps: [10, 50] must rise, and end at 100",
        ),
        (
            ["environments", 0, "bake"],
            {"seconds": 86400, "check_seconds": 1},
            "environments.0: health would be looked at 86410 times in one promotion, and 500 is "
            "the most; raise check_seconds",
        ),
        (
            ["environments", 1, "stack"],
            "checkout-prod",
            "environments.1.stack: checkout-prod does not begin with shop-",
        ),
        (
            ["environments", 1, "alarms", 0, "name"],
            "shopping",
            "environments.1.alarms.0.name: shopping does not begin with shop-",
        ),
        (
            ["components", 0, "function"],
            "shop-basket",
            "components.0.function: shop-basket is the same in dev and prod; write "
            "{environment} into components' names",
        ),
    ],
)
def test_what_the_schema_cannot_say_is_checked_too(path, value, said):
    assert said in problems(changed(*path, to=value))


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["components", 0, "type"], "ec2", "components.0.type"),
        (["components", 0, "bucket"], "shop-x", "components.0"),
        (["environments", 0, "traffic"], {"strategy": "linear", "steps": [100]}, "traffic"),
        (["environments", 0, "approval"], {"expires_seconds": 299}, "expires_seconds"),
        (["environments", 0, "bake"], {"check_seconds": 0}, "bake.check_seconds"),
        (["roles", "release-manager"], ["*"], "roles.release-manager.0"),
        (["roles", "release-manager"], ["arn:aws:iam::*:user/bob"], "roles.release-manager.0"),
        (["colour"], "red", "colour"),
    ],
)
def test_what_the_schema_forbids_is_named_with_its_field(path, value, field):
    assert any(field in problem for problem in problems(changed(*path, to=value)))


def test_the_schedules_are_looked_at_again_after_each_change(table):
    due = store.schedule_state("next")
    systems.put(SHOP, ALICE, table)
    assert table.get(due) == {**due, "due_at": "0000-01-01T00:00", "edition": 1}
    systems.put(SHOP, ALICE, table)
    assert table.get(due)["edition"] == 1
    systems.put(changed("description", to="Ours"), ALICE, table)
    assert table.get(due)["edition"] == 2


def test_a_manifest_is_registered_once_and_updated_when_it_differs(table):
    assert systems.put(SHOP, ALICE, table) == "registered"
    assert systems.put(SHOP, ALICE, table) == "unchanged"
    assert systems.put(changed("description", to="Sells"), ALICE, table) == "updated"

    assert systems.get("shop", table)["description"] == "Sells"
    (entry,) = systems.registered(table)
    assert entry["updated_by"] == ALICE
    assert entry["manifest"] == systems.get("shop", table)


def test_an_invalid_manifest_is_not_registered(table):
    with pytest.raises(InvalidDocument):
        systems.put(changed("environments", to=[]), ALICE, table)

    assert systems.get("shop", table) is None


def test_a_write_in_between_is_noticed(table):
    systems.put(SHOP, ALICE, table)

    class Stale(StateTable):
        def get(self, key):
            before = super().get(key)
            systems.put(changed("description", to="Theirs"), ALICE, table)
            return before

    with pytest.raises(systems.ChangedMeanwhile, match="shop"):
        systems.put(changed("description", to="Ours"), ALICE, Stale("state", table.dynamodb))
    assert systems.get("shop", table)["description"] == "Theirs"
