"""daytwo-heartbeat on the real interpreter."""

import pytest
from interpreter import run

from workflows import heartbeat

DEFINITION = heartbeat.definition()
REQUEST = {"system": "shop", "environment": "prod"}
EXECUTION = {"id": "arn:1", "name": "beat-1", "started_at": "2026-11-02T03:00:00Z"}
UnknownSystem = type("UnknownSystem", (Exception,), {})
FAILED = {"component": "orders", "reason": "AccessRefused: denied"}


def beat(answer, duplicate=False):
    valid = {"request": REQUEST, "execution": EXECUTION, "duplicate": duplicate}
    tasks = {"common.validate_request": valid, "backup.write_sentinels": answer}
    return run(DEFINITION, REQUEST, tasks)


def test_the_records_are_written_at_the_moment_of_the_workflows_own_clock():
    result = beat({"written": ["orders"], "failed": []})

    (asked,) = result.inputs("backup.write_sentinels")
    assert result.status == "SUCCEEDED"
    assert asked["now"].endswith("Z")
    assert asked["system"] == "shop"


def test_a_record_that_was_not_written_is_a_failed_execution():
    result = beat({"written": ["visits"], "failed": [FAILED]})

    assert (result.status, result.error) == ("FAILED", "Incomplete")
    assert "orders" in result.cause


def test_an_unknown_system_is_refused():
    result = beat(UnknownSystem("No system shop is registered"))

    assert (result.status, result.error) == ("FAILED", "FailedClean")
    assert "No system shop" in result.cause


@pytest.mark.parametrize(("duplicate", "calls"), [(True, 0), (False, 1)])
def test_an_event_that_comes_twice_writes_once(duplicate, calls):
    result = beat({"written": [], "failed": []}, duplicate)

    assert len(result.inputs("backup.write_sentinels")) == calls
