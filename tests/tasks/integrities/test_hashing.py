"""Equal items have equal hashes on any machine; others have others."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.integrities import hashing

ITEM: dict[str, Any] = {
    "id": {"S": "a"},
    "n": {"N": "100"},
    "tags": {"SS": ["x", "y"]},
    "bits": {"B": b"\x00\xff"},
    "deep": {"M": {"l": {"L": [{"NS": ["1", "2"]}, {"BOOL": True}, {"NULL": True}]}}},
}


def with_(**changes):
    return {**ITEM, **changes}


def test_the_canonical_form_is_what_it_has_always_been():
    assert hashing.canonical(ITEM) == (
        b'{"bits":{"B":"AP8="},"deep":{"M":{"l":{"L":[{"NS":["1","2"]},{"BOOL":true},'
        b'{"NULL":true}]}}},"id":{"S":"a"},"n":{"N":"100"},"tags":{"SS":["x","y"]}}'
    )
    assert hashing.item_hash(ITEM).hex() == "fbfce06ec30b093402fff404b81adad7"


@pytest.mark.parametrize(
    "same",
    [
        dict(reversed(ITEM.items())),
        with_(n={"N": "1E2"}),
        with_(n={"N": "100.00"}),
        with_(tags={"SS": ["y", "x"]}),
        with_(bits={"B": bytearray(b"\x00\xff")}),
        with_(deep={"M": {"l": {"L": [{"NS": ["2.0", "1"]}, {"BOOL": True}, {"NULL": True}]}}}),
    ],
)
def test_an_item_written_another_way_is_the_same(same):
    assert hashing.item_hash(same) == hashing.item_hash(ITEM)


@pytest.mark.parametrize(
    "other",
    [
        with_(n={"N": "101"}),
        with_(n={"S": "100"}),
        with_(n={"N": "-100"}),
        with_(tags={"SS": ["x"]}),
        with_(tags={"L": [{"S": "x"}, {"S": "y"}]}),
        with_(bits={"B": b"\x00\xfe"}),
        with_(more={"NULL": True}),
        with_(deep={"M": {"l": {"L": [{"BOOL": True}, {"NS": ["1", "2"]}, {"NULL": True}]}}}),
        {name: value for name, value in ITEM.items() if name != "n"},
    ],
)
def test_another_item_is_not(other):
    assert hashing.item_hash(other) != hashing.item_hash(ITEM)


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**18), max_value=10**18
    ),
    st.integers(-20, 20),
)
def test_a_number_has_one_form_and_keeps_its_value(value, exponent):
    scaled = value.scaleb(exponent)
    plain = hashing.number(str(scaled))

    assert Decimal(plain) == scaled
    assert "E" not in plain
    assert hashing.number(plain) == plain
    assert hashing.number(f"{scaled:f}") == plain


def test_a_key_is_hashed_with_its_parts_apart():
    first = {"a": {"S": "x"}, "b": {"S": "yz"}}
    second = {"a": {"S": "xy"}, "b": {"S": "z"}}

    assert hashing.key_hash(first, ["a", "b"]) != hashing.key_hash(second, ["a", "b"])


def test_a_key_is_hashed_without_the_rest_of_its_item():
    assert hashing.key_hash(ITEM, ["id", "n"]) == hashing.key_hash(
        {"n": {"N": "1e2"}, "id": {"S": "a"}}, ["id", "n"]
    )


TEXT = st.text(max_size=8)
SCALARS = st.one_of(
    st.builds(lambda text: {"S": text}, TEXT),
    st.builds(lambda value: {"N": str(value)}, st.integers()),
    st.builds(lambda value: {"BOOL": value}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda texts: {"SS": sorted(texts)}, st.sets(TEXT, min_size=1, max_size=3)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(lambda entries: {"L": entries}, st.lists(inner, max_size=3)),
        st.builds(lambda entries: {"M": entries}, st.dictionaries(TEXT, inner, max_size=3)),
    ),
    max_leaves=8,
)


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_the_canonical_form_is_json_that_anybody_can_write(item):
    plain = json.dumps(item, sort_keys=True, separators=(",", ":"))

    assert hashing.canonical(item) == plain.encode()


def test_a_type_that_dynamodb_does_not_have_is_no_item():
    with pytest.raises(TypeError, match="V is no type"):
        hashing.canonical({"id": {"V": "x"}})
