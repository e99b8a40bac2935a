"""The data in the Region that took over are all there, and as fresh as the manifest says."""

from types import SimpleNamespace

import boto3
import pytest
from drill_documents import drill
from failover import HERE, ITEMS, THERE, failover_record, make_table, told_table, write_sentinel

from tasks.drills import newest
from tasks.errors import AwsCallFailed
from tasks.scenario import check_replica

FAILED = "2026-11-02T03:10:00Z"
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)


@pytest.fixture
def table(account, state_table):
    """The table is in the secondary Region alone: nothing else may be asked."""
    make_table(THERE)


def row(mark=""):
    return {
        "drill": "monthly-1",
        "kind": "health_check",
        "name": "0f6e3f5e",
        "component": "entry",
        "target": {"region": THERE, "role_arn": ""},
        "detail": {"inverted": False, "record": "api.example.com", "newest": mark},
        "status": "planned",
        "planned_at": FAILED,
        "gone_at": "",
        "proof": "",
    }


def look(told, mark="", failed_at=FAILED):
    request = {
        "component": failover_record("Z1", told),
        "drill": drill(),
        "now": "2026-11-02T04:30:00Z",
        "failed_at": failed_at,
        "row": row(mark),
    }
    return check_replica.handler(request, CONTEXT)


def verdicts(answer):
    return {one["name"]: one["verdict"] for one in answer["checks"]}


@pytest.mark.parametrize(
    ("there", "freshest", "expected"),
    [
        ("2026-11-02T03:09:00Z", 60, "PASS"),
        ("2026-11-02T03:08:59Z", 60, "FAIL"),
        ("2026-11-01T03:00:00Z", 0, "PASS"),
        ("2026-11-02T03:10:05Z", 60, "PASS"),
    ],
)
def test_it_has_to_be_as_fresh_as_the_manifest_says(table, there, freshest, expected):
    write_sentinel(THERE, there)
    answer = look(told_table(freshest_seconds=freshest))
    assert answer["newest_record"] == there
    assert verdicts(answer) == {"replica is active": "PASS", "replica is fresh": expected}


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ("2026-11-02T03:09:30Z", "PASS"),
        ("2026-11-02T03:09:30.250Z", "PASS"),
        ("2026-11-02T03:09:29.999Z", "FAIL"),
    ],
)
def test_gracefully_nothing_may_be_lost(table, there, expected):
    write_sentinel(THERE, there)
    answer = look(told_table(), mark="2026-11-02T03:09:30Z")
    assert verdicts(answer)["nothing is lost"] == expected


@pytest.mark.parametrize(
    ("written", "values", "latest"),
    [
        ("iso", [{"S": "2026-11-02T03:00:00Z"}, {"S": "2026-11-02T05:00:00+01:00"}], "04:00:00"),
        ("epoch_seconds", [{"N": "1793592000"}, {"N": "1793591999"}], "04:00:00"),
        ("epoch_milliseconds", [{"N": "1793592000250"}, {"S": "unreadable"}], "04:00:00.250"),
    ],
)
def test_a_table_without_a_sentinel_is_read_for_its_last_change(table, written, values, latest):
    dynamodb = boto3.client("dynamodb", region_name=THERE)
    for number, value in enumerate(values):
        item = {"id": {"S": str(number)}, "changed": value}
        dynamodb.put_item(TableName=ITEMS, Item=item)
    dynamodb.put_item(TableName=ITEMS, Item={"id": {"S": "never"}})
    told = told_table(sentinel={}, changed_attribute="changed", changed_format=written)
    answer = look(told, failed_at="2026-11-02T04:00:01Z")
    assert answer["newest_record"].rstrip("Z").removesuffix(".000") == f"2026-11-02T{latest}"
    assert verdicts(answer)["replica is fresh"] == "PASS"


def test_one_without_a_record_is_not_fresh(table):
    answer = look(told_table())
    assert verdicts(answer) == {"replica is active": "PASS", "replica is fresh": "FAIL"}
    assert answer["newest_record"] == ""


def test_one_that_is_not_there_fails(account, state_table):
    make_table(HERE)
    write_sentinel(HERE, FAILED)
    answer = look(told_table())
    assert verdicts(answer) == {"replica is active": "FAIL", "replica is fresh": "FAIL"}
    assert "no such table" in answer["checks"][0]["observed"]


def test_a_table_that_tells_no_freshness_is_an_error(table):
    assert verdicts(look(told_table(sentinel={})))["replica is fresh"] == "ERROR"


def test_a_record_without_a_table_has_nothing_to_be_looked_at(account, state_table):
    assert look({}) == {"checks": [], "newest_record": ""}


def test_a_table_too_large_for_a_function_says_what_to_do(table):
    told = told_table(sentinel={}, changed_attribute="changed")
    dynamodb = boto3.client("dynamodb", region_name=THERE)
    with pytest.raises(AwsCallFailed, match="give it a sentinel"):
        newest.newest(told, dynamodb, lambda: True)


@pytest.mark.parametrize(
    ("latest", "mark", "reached"),
    [
        ("", "", True),
        ("", "2026-11-02T03:00:00Z", False),
        ("2026-11-02T03:00:00.001Z", "2026-11-02T03:00:00Z", True),
        ("2026-11-02T03:00:00Z", "2026-11-02T03:00:00.001Z", False),
    ],
)
def test_moments_are_compared_and_not_their_texts(latest, mark, reached):
    assert newest.reaches(latest, mark) is reached
