"""Known items of a copy are corrupted, found by checksums alone, and brought back."""

import pytest
from drilled_systems import manifest
from drilled_tables import ITEMS, SOURCE, Shop, red

NAMES = ("corruption found", "item count after the corruption", "checksum after the corruption")


@pytest.fixture
def shop(house):
    made = Shop(house)
    made.make(items=100)
    house.register(manifest([ITEMS], {"data-corruption": {"options": {"corrupt_items": 3}}}))
    return made


def test_what_was_corrupted_is_found_and_brought_back_from_just_before(shop, house):
    result = shop.drill()
    assert result.status == "SUCCEEDED", result.cause
    checks = shop.checks()
    assert {checks[name]["verdict"] for name in NAMES} == {"PASS"}
    assert shop.tables() == {SOURCE}
    rows = house.ledger("one")
    assert sorted(row["name"].endswith("-2") for row in rows) == [False, True]
    assert {row["status"] for row in rows} == {"gone"}


def test_the_source_is_never_corrupted(shop):
    before = shop.dynamodb.scan(TableName=SOURCE)["Items"]
    shop.drill()
    assert shop.dynamodb.scan(TableName=SOURCE)["Items"] == before


def test_a_corruption_that_checksums_do_not_find_turns_it_red(shop, house):
    plain = house.tasks()["scenario_corrupt_items"]

    def pretend(document):
        done = plain(document)
        return {**done, "keys": ["0" * 32]} if done["done"] else done

    assert red(shop.drill(tasks={"scenario_corrupt_items": pretend}))
    assert shop.checks()["corruption found"]["verdict"] == "FAIL"


def test_a_second_copy_that_is_not_as_the_first_was_turns_it_red(shop, house):
    house.account.weather["dynamodb"].add("truncated", spares=1)
    assert red(shop.drill())
    assert shop.checks()["item count after the corruption"]["verdict"] == "FAIL"
    assert shop.tables() == {SOURCE}


def test_a_function_killed_after_it_corrupted_harms_nothing_more(shop, house):
    killed = house.killed("corrupt_items", family="scenario")
    result = shop.drill(tasks=killed)
    assert result.status == "SUCCEEDED", result.cause
