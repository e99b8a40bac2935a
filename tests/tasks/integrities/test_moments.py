"""When an item was changed, and when it may be deleted, in each form that tables have."""

import pytest

from tasks.integrities import moments

AT = 1793581200.0  # 2026-11-02T01:00:00Z


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    [
        ("iso", {"S": "2026-11-02T01:00:00Z"}, AT),
        ("iso", {"S": "2026-11-02T01:00:00.000+00:00"}, AT),
        ("iso", {"S": "2026-11-02T02:00:00+01:00"}, AT),
        ("iso", {"S": "2026-11-02T01:00:00"}, AT),
        ("iso", {"S": "yesterday"}, moments.UNKNOWN),
        ("iso", {"N": "1793581200"}, moments.UNKNOWN),
        ("epoch_seconds", {"N": "1793581200"}, AT),
        ("epoch_milliseconds", {"N": "1793581200500"}, AT + 0.5),
        ("epoch_seconds", {"S": "1793581200"}, moments.UNKNOWN),
    ],
)
def test_when_an_item_was_changed(written, value, expected):
    assert moments.changed_reader("at", written)({"at": value}) == expected


def test_an_item_without_the_attribute_does_not_tell():
    assert moments.changed_reader("at", "iso")({}) == moments.UNKNOWN


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"N": "1793581200"}, 1793581200),
        ({"N": "0"}, 0),
        ({"N": "1793581200.5"}, 0),
        ({"N": "-5"}, 0),
        ({"N": "99999999999"}, 0),
        ({"N": "4294967295"}, 0),
        ({"S": "1793581200"}, 0),
    ],
)
def test_when_an_item_expires(value, expected):
    assert moments.expiry({"until": value}, "until") == expected


@pytest.mark.parametrize(("seconds", "text"), [(AT, "2026-11-02T01:00:00Z"), (moments.UNKNOWN, "")])
def test_a_moment_is_written_as_a_drill_does(seconds, text):
    assert moments.iso(seconds) == text
