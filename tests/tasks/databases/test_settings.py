"""Settings of databases: what counts as a difference, and what is done about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.databases import settings
from tasks.databases.kinds import CLUSTER, INSTANCE

PLAIN = settings.read(INSTANCE, {})
NAMES = st.sampled_from([one.name for one in settings.of(INSTANCE)])


@pytest.mark.parametrize("kind", [INSTANCE, CLUSTER], ids=lambda kind: kind.name)
def test_each_setting_is_either_brought_back_or_left_with_a_reason(kind):
    for setting in settings.of(kind):
        assert bool(setting.change) != bool(setting.left), setting.name


@pytest.mark.parametrize(
    ("entry", "name", "expected"),
    [
        ({"MultiAZ": True}, "Multi-AZ", True),
        ({}, "Multi-AZ", False),
        (
            {"VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-2"}, {"VpcSecurityGroupId": "sg-1"}]},
            "security groups",
            ["sg-1", "sg-2"],
        ),
        ({"DBParameterGroups": [{"DBParameterGroupName": "tuned"}]}, "parameter group", "tuned"),
        ({"DBParameterGroups": []}, "parameter group", ""),
        (
            {"TagList": [{"Key": "a", "Value": "1"}, {"Key": "daytwo:drill", "Value": "x"}]},
            "tags",
            {"a": "1"},
        ),
    ],
)
def test_settings_are_read_as_rds_tells_them(entry, name, expected):
    assert settings.read(INSTANCE, entry)[name] == expected


@pytest.mark.parametrize(
    ("wanted", "observed", "expected"),
    [
        ({"a": "1"}, {"a": "1", "b": "2"}, False),
        ({"a": "1"}, {"a": "2"}, True),
        ({"a": "1"}, {}, True),
        ({}, {"b": "2"}, False),
    ],
)
def test_tags_that_only_the_copy_has_are_no_difference(wanted, observed, expected):
    assert settings.differs("tags", wanted, observed) is expected


@pytest.mark.parametrize(
    ("observed", "expected"), [(["audit", "error"], False), (["error"], True), ([], True)]
)
def test_a_log_that_is_not_exported_is_a_difference(observed, expected):
    assert settings.differs("log exports", ["audit"], observed) is expected


@given(st.sets(NAMES))
def test_a_database_differs_from_itself_in_nothing(names):
    wanted = {name: PLAIN[name] for name in names}

    assert settings.compare(INSTANCE, wanted, PLAIN, near=True) == []


@pytest.mark.parametrize(
    ("near", "outcome", "reason"),
    [(True, "reapplied", ""), (False, "left", settings.ELSEWHERE)],
)
def test_what_is_named_in_one_region_is_not_brought_to_another(near, outcome, reason):
    (only,) = settings.compare(INSTANCE, {"parameter group": "tuned"}, PLAIN, near)

    assert (only["outcome"], only["reason"], only["observed"]) == (outcome, reason, "none")


def test_all_changes_go_into_one_call_and_tags_into_none():
    wanted = {"Multi-AZ": True, "parameter group": "tuned", "tags": {"a": "1"}}

    assert settings.changes(INSTANCE, list(wanted), wanted) == {
        "MultiAZ": True,
        "DBParameterGroupName": "tuned",
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "on"),
        (False, "off"),
        (["b", "a"], "b, a"),
        ([], "none"),
        ("", "none"),
        (7, "7"),
        ({"b": "secret", "a": "secret"}, "a, b"),
        ("x" * 400, "x" * 300),
    ],
)
def test_values_are_said_in_words_and_those_of_tags_not_at_all(value, expected):
    assert settings.told(value) == expected
