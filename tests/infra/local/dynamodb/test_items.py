"""Items in the order of a scan, whatever is done to them."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st
from moto.dynamodb.models.dynamo_type import DynamoType

from infra.local.dynamodb.items import Items, place_of


def key(partition, sort):
    return DynamoType({"S": partition}), DynamoType({"N": str(sort)}) if sort is not None else None


def name(at):
    return at[0].value, at[1] and int(at[1].value)


WRITES = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.integers(-5, 5), st.integers(0, 9) | st.none()),
    max_size=60,
)


@given(WRITES, st.booleans())
def test_items_are_those_last_written_and_scanned_by_place_and_sort_key(writes, sorts):
    items, plain = Items(sorts), {}
    for index, (partition, sort, value) in enumerate(writes):
        at = key(partition, sort if sorts else None)
        items.put(at, SimpleNamespace(value=value) if value is not None else None)
        plain[name(at)] = value
        if index % 7 == 0:
            list(items.scanned())
    there = {at: value for at, value in plain.items() if value is not None}
    scanned = [(name(at), item.value) for at, item in items.scanned()]
    assert dict(scanned) == there
    places = [(place_of(DynamoType({"S": at[0]})), at[1] or 0) for at, _ in scanned]
    assert places == sorted(places)
    assert len(scanned) == items.count() == len(there)


@given(WRITES, st.booleans(), st.integers(1, 7))
def test_segments_hold_each_item_once_and_a_scan_goes_on_after_any_key(writes, sorts, segments):
    items = Items(sorts)
    for partition, sort, _ in writes:
        items.put(key(partition, sort if sorts else None), SimpleNamespace())
    whole = [name(at) for at, _ in items.scanned()]
    parts = [[at for at, _ in items.scanned(None, each, segments)] for each in range(segments)]
    assert [name(at) for part in parts for at in part] == whole
    for segment, part in enumerate(parts):
        for index, at in enumerate(part):
            rest = [name(each) for each, _ in items.scanned(at, segment, segments)]
            assert rest == [name(each) for each in part[index + 1 :]]


def test_a_scan_goes_on_after_a_key_that_has_been_deleted_meanwhile():
    items = Items(sorts=False)
    for letter in "abcdef":
        items.put(key(letter, None), SimpleNamespace())
    at = [found for found, _ in items.scanned()]
    items.put(at[2], None)
    assert [found for found, _ in items.scanned(at[2])] == at[3:]


def test_looking_for_what_is_not_there_leaves_nothing_behind():
    items = Items(sorts=True)
    assert items.at(key("a", 1)) is None
    assert key("a", 1)[1] not in items[key("a", 1)[0]]
    items.put(key("a", 1), SimpleNamespace())
    items.put(key("a", 1), None)
    assert len(items) == 0


def test_equal_numbers_have_one_place():
    assert place_of(DynamoType({"N": "1"})) == place_of(DynamoType({"N": "1.0"}))
    assert place_of(DynamoType({"N": "1"})) != place_of(DynamoType({"S": "1"}))
