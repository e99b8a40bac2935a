"""However a drill ends, what it made goes: at its end, by the janitor, or when its day is over."""

import json

import pytest
from drill_house import Objects
from drilled_systems import manifest
from interpreter import run

from tasks import store
from tasks.drills import actions
from tasks.runtime import iso
from workflows import drill_janitor

TABLE = {"name": "items", "type": "dynamodb_table", "table": "shop-{environment}-items"}
SOURCE = "shop-prod-items"
FUNCTION = {"name": "buy", "type": "lambda", "function": "shop-{environment}-buy"}
NO_CORRUPTION = {"options": {"corrupt_items": 0}}
DAY = 24 * 3600


@pytest.fixture
def shop(house):
    """A table with three items and half an hour of log."""
    dynamodb = house.dynamodb
    house.register(manifest([TABLE], {"data-corruption": NO_CORRUPTION}))
    dynamodb.create_table(
        TableName=SOURCE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    dynamodb.update_continuous_backups(
        TableName=SOURCE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    for number in range(3):
        dynamodb.put_item(TableName=SOURCE, Item={"id": {"S": f"item-{number}"}})
    house.clock.advance(1800)
    return house


def tables(house):
    return {name for name in house.dynamodb.list_tables()["TableNames"] if "daytwo" not in name}


def clean(house, document=None):
    """Run daytwo-drill-janitor to its end; the interpreter gives all executions one machine."""
    return run(
        drill_janitor.definition(),
        document or {},
        house.tasks(),
        objects=Objects(),
        name="janitor-1",
        clock=house.clock,
    )


def cut_off(house):
    """Begin a drill as one that is aborted while its copy is made."""
    tasks, now = house.tasks(), iso(house.clock.now())
    execution = {
        "id": "arn:aws:states:us-east-1:123456789012:execution:daytwo-restore-drill:one",
        "name": "one",
        "started_at": now,
    }
    asked = {"system": "shop", "scenario": "data-corruption", "requested_by": "a schedule"}
    valid = tasks["common_validate_request"](
        {"workflow": "restore_drill", "document": asked, "execution": execution}
    )
    request = {"request": valid["request"], "execution": execution, "now": now}
    plan = tasks["drill_plan_drill"](request)
    tasks["drill_open_drill"]({"plan": plan, "now": now})
    (component,) = Objects()[f"EvidenceBucket/{plan['components_key']}"]
    step = {"component": component, "drill": plan["drill"], "now": now}
    tasks["restore_restore_table"](step)
    return execution["id"]


def corrupting(house):
    house.account.weather["dynamodb"].add("corrupted")


def test_a_drill_that_was_cut_off_is_cleaned_up_judged_and_put_on_record(shop):
    execution = cut_off(shop)
    assert len(tables(shop)) == 2
    assert clean(shop, {"execution": execution}).status == "SUCCEEDED"
    assert tables(shop) == {SOURCE}
    record = shop.record("one")
    assert (record["status"], record["verdict"]) == ("closed", "ERROR")
    evidence = shop.evidence("one")
    assert "items: what became of it is not recorded" in evidence["reasons"]
    assert [row["status"] for row in evidence["cleanup"]] == ["gone"]
    assert shop.drill("shop", "data-corruption", name="two").status == "SUCCEEDED"


def test_the_janitor_finds_it_by_itself_as_well(shop):
    cut_off(shop)
    assert clean(shop).status == "SUCCEEDED"
    assert tables(shop) == {SOURCE}
    assert shop.record("one")["status"] == "closed"


def test_what_a_drill_that_was_cut_off_left_keeps_the_next_one_out(shop):
    cut_off(shop)
    result = shop.drill("shop", "data-corruption", name="two")
    assert (result.status, result.error) == ("FAILED", "FailedClean")
    assert "has left 1 behind: table drill-" in result.cause


def test_the_copy_of_a_red_drill_is_kept_for_a_day_where_that_was_asked(shop):
    corrupting(shop)
    result = shop.drill("shop", "data-corruption", name="one", keep="on_failure")
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert "Copies are kept for a look until" in result.cause
    assert len(tables(shop)) == 2
    clean(shop)
    assert len(tables(shop)) == 2
    shop.clock.advance(DAY)
    assert clean(shop).status == "SUCCEEDED"
    assert tables(shop) == {SOURCE}
    record = shop.record("one")
    assert (record["verdict"], record["kept_until"], record["status"]) == ("FAIL", "", "closed")


def test_the_copy_of_a_green_drill_is_never_kept(shop):
    result = shop.drill("shop", "data-corruption", name="one", keep="on_failure")
    assert result.status == "SUCCEEDED", result.cause
    assert tables(shop) == {SOURCE}


def test_a_copy_that_could_not_be_deleted_goes_with_the_janitor_and_the_drill_stays_red(shop):
    weather = shop.account.weather["dynamodb"]
    weather.add("undeletable")
    result = shop.drill("shop", "data-corruption", name="one")
    assert (result.status, result.error) == ("FAILED", "FailedDirty")
    weather.calm()
    assert clean(shop).status == "SUCCEEDED"
    assert tables(shop) == {SOURCE}
    record = shop.record("one")
    assert (record["status"], record["verdict"], record["left"]) == ("closed", "FAIL", 0)


@pytest.mark.parametrize(
    ("scenario", "request_", "told"),
    [
        ("data-corruption", {"target_environment": "prod"}, "prod is production"),
        ("data-corruption", {"components": ["orders"]}, "orders is no component"),
        ("region-outage", {}, "has no scenario region-outage"),
        ("data-corruption", {"recovery_point": "2020-01-01T00:00:00Z"}, "is outside"),
    ],
)
def test_a_drill_that_must_not_be_is_refused_before_anything_is_made(
    scenario, request_, told, shop
):
    result = shop.drill("shop", scenario, name="one", **request_)
    assert (result.status, result.error) == ("FAILED", "FailedClean")
    assert told in result.cause
    assert tables(shop) == {SOURCE}


@pytest.mark.parametrize("components", [[], [FUNCTION]])
def test_a_drill_of_nothing_that_it_knows_is_refused(components, shop):
    described = manifest([TABLE], {"data-corruption": NO_CORRUPTION})
    described["components"] += components
    named = [one["name"] for one in components]
    shop.register(described)
    # As a manifest of another version of daytwo may be.
    _name_components(shop, named)
    result = shop.drill("shop", "data-corruption", name="one")
    assert (result.status, result.error) == ("FAILED", "FailedClean")


def _name_components(house, named):
    key = store.to_item(store.system("shop"))
    item = house.dynamodb.get_item(TableName="daytwo-state", Key=key)["Item"]
    document = json.loads(item["manifest"]["S"])
    document["recovery"]["scenarios"]["data-corruption"]["components"] = named
    item["manifest"] = {"S": json.dumps(document)}
    house.dynamodb.put_item(TableName="daytwo-state", Item=item)


def test_the_same_finding_is_one_action_and_a_green_drill_tests_it_again(shop):
    def found():
        drill = {"system": "shop", "scenario": "data-corruption"}
        return actions.standing(drill, "daytwo-state", shop.dynamodb)

    weather = shop.account.weather["dynamodb"]
    weather.add("corrupted")
    for name in ("one", "two"):
        assert shop.drill("shop", "data-corruption", name=name).status == "FAILED"
    (action,) = found()
    assert (action["seen"], action["status"], action["owner"]) == (2, "open", "team-shop")
    weather.calm()
    assert shop.drill("shop", "data-corruption", name="three").status == "SUCCEEDED"
    (action,) = found()
    assert (action["status"], action["retested_by"]) == ("retested", "three")
