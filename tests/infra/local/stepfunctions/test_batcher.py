"""How a distributed Map's items are put together in batches."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.stepfunctions.batcher import batches


@pytest.mark.parametrize(
    ("items", "batcher", "sizes"),
    [
        ([], {"MaxItemsPerBatch": 2}, []),
        ([1, 2, 3], {"MaxItemsPerBatch": 2}, [2, 1]),
        ([1, 2, 3], {"MaxItemsPerBatch": 5}, [3]),
        (["x" * 50, "y" * 50, "z"], {"MaxInputBytesPerBatch": 100}, [1, 2]),
        (["x" * 200, "y"], {"MaxInputBytesPerBatch": 100}, [1, 1]),
        (["x" * 100_000] * 4, {"MaxItemsPerBatch": 4}, [2, 2]),
    ],
)
def test_a_batch_has_as_many_items_as_both_limits_allow(items, batcher, sizes):
    assert [count for _, count in batches(items, batcher)] == sizes


@given(
    st.lists(st.text(max_size=20)),
    st.integers(1, 5),
    st.integers(60, 200),
    st.dictionaries(st.sampled_from("ab"), st.integers()),
)
def test_no_item_is_lost_and_no_limit_passed(items, most, limit, common):
    batcher = {
        "MaxItemsPerBatch": most,
        "MaxInputBytesPerBatch": limit,
        "BatchInput": common,
    }
    made = batches(items, batcher)
    assert [item for document, _ in made for item in document["Items"]] == items
    for document, count in made:
        assert count == len(document["Items"]) <= most
        assert document["BatchInput"] == common
        assert count == 1 or len(json.dumps(document)) <= limit
