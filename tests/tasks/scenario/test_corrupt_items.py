"""A known corruption is made in a copy, found, and gone back from."""

import pytest
from table_drills import TableDrill
from tables import COPY, SOURCE, items_component, verdicts
from weather import weathered

from infra.local import dynamodb
from tasks.drills import clocks
from tasks.errors import NotACopy, NothingToRestore
from tasks.tables import corruptions


@pytest.fixture
def table():
    with weathered(dynamodb) as account:
        found = TableDrill(account)
        found.component = {**items_component(), "options": {"corrupt_items": 4}}
        yield found


def matched_copy(table, items=30):
    """Restore a source, match its settings and take the copy's digest."""
    table.source(items=items)
    table.restored()
    table.matched()
    return table.digest("copy")


def contents(table, name=COPY):
    return {entry["id"]["S"]: entry for entry in table.aws.scan(TableName=name)["Items"]}


def test_just_the_corrupted_items_are_found(table):
    before = matched_copy(table)
    made = table.corrupted(before)
    answer = table.compare(
        before, table.digest("corrupted"), purpose="corruption", expected_keys=made["keys"]
    )

    assert len(made["keys"]) == 4
    assert verdicts(answer) == {"corruption found": "PASS"}
    assert answer["different"]["changed"]["count"] == 3
    assert answer["different"]["missing"]["count"] == 1


def test_a_second_restore_brings_back_what_was_before(table):
    before = matched_copy(table)
    made = table.corrupted(before)
    table.wait(5)
    table.component = {**table.component, "resource": COPY, "copy": f"{COPY}-2"}
    table.point(at=made["restore_to"])
    table.restored()
    answer = table.compare(before, table.digest("second"), purpose="second_restore")

    assert set(verdicts(answer).values()) == {"PASS"}


def test_a_second_delivery_harms_nothing_again(table):
    before = matched_copy(table)
    first = table.corrupted(before)
    harmed = contents(table)
    table.wait(60)

    assert table.corrupted(before) == first
    assert contents(table) == harmed


def test_what_a_killed_function_has_not_harmed_is_harmed_by_the_next(table):
    before = matched_copy(table)
    whole = contents(table)
    first = table.corrupted(before)
    harmed = contents(table)
    back = next(name for name in whole if harmed.get(name) != whole[name])
    table.aws.put_item(TableName=COPY, Item=whole[back])

    assert table.corrupted(before) == first
    assert contents(table) == harmed


def test_it_waits_until_the_copy_can_be_restored_to_just_before(table):
    table.source(items=30)
    table.restored()
    table.match()  # which switches recovery on
    before = table.digest("copy")
    waiting = table.corrupt(before)
    intact = contents(table)

    assert not waiting["done"]
    assert len(intact) == 30
    made = table.corrupted(before)
    window = table.aws.describe_continuous_backups(TableName=COPY)
    earliest = window["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert clocks.instant(made["restore_to"]) >= earliest["EarliestRestorableDateTime"]
    assert clocks.seconds(made["restore_to"], made["corrupted_at"]) >= 1


def test_the_source_is_as_it_was(table):
    before = matched_copy(table)
    source = contents(table, SOURCE)
    table.corrupted(before)

    assert contents(table, SOURCE) == source


def test_an_empty_copy_has_nothing_to_corrupt(table):
    made = table.corrupted(matched_copy(table, items=0))

    assert (made["done"], made["keys"]) == (True, [])


def test_a_copy_without_a_way_back_is_left(table):
    table.source()
    table.restored()
    whole = contents(table)

    with pytest.raises(NothingToRestore, match=f"recovery of the copy {COPY} is off"):
        table.corrupt(table.digest("copy"))
    assert contents(table) == whole


def test_what_is_no_copy_is_left(table):
    before = matched_copy(table)
    table.component = {**table.component, "copy": SOURCE}

    with pytest.raises(NotACopy):
        table.corrupt(before)


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ({"S": "a"}, {"S": "a~"}),
        ({"BOOL": True}, {"BOOL": False}),
        ({"N": "5"}, {"S": "corrupted"}),
        ({"L": []}, {"S": "corrupted"}),
    ],
)
def test_a_changed_value_is_another_one(value, other):
    assert corruptions.other_than(value) == other


@pytest.mark.parametrize("how", [corruptions.CHANGED, corruptions.EMPTIED])
def test_an_item_that_is_all_key_is_harmed_too(how):
    item = {"id": {"S": "a"}}

    assert corruptions.harmed(item, how, {"id"}) == {**item, "corrupted": {"BOOL": True}}
