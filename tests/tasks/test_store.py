"""The state table's keys and values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks import store

plain = st.recursive(
    st.text() | st.booleans() | st.integers(), lambda inner: st.lists(inner, max_size=3)
)


@given(st.dictionaries(st.text(min_size=1), plain))
def test_values_come_back_as_they_were_stored(values):
    assert store.from_item(store.to_item(values)) == values


def test_what_has_no_place_in_the_table_is_refused():
    with pytest.raises(TypeError, match="float has no place in the state table"):
        store.to_item({"percent": 0.5})


def test_keys_of_different_records_differ():
    keys = [
        store.system("feedback"),
        store.release("feedback", "prod"),
        store.live("feedback", "prod"),
        store.verified("feedback", "prod", "1.0.0"),
        store.lock("feedback", "prod"),
        store.approval("feedback"),
        store.quarantine("feedback", "prod"),
        store.event("promotion", "prod"),
        store.operation("op-1"),
        store.batch("op-1", 1),
        store.reboot_intent("op-1", "i-1"),
        store.instance_claim("op-1"),
        store.claims_version(),
        store.simulation("sim-1"),
        store.active_simulation("feedback"),
        store.isolation("i-1"),
        store.override("i-1"),
        store.schedule_state("prod"),
    ]
    assert len({tuple(key.values()) for key in keys}) == len(keys)


def test_batches_are_read_in_the_order_of_their_numbers():
    numbers = [store.batch("op-1", number)["sk"] for number in (2, 9, 10, 102)]
    assert numbers == sorted(numbers)
