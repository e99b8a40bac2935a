"""`daytwo audit`: reading the audit trail."""

import json
from datetime import UTC, datetime

import pytest

from workflows.cli.audit import moment_of
from workflows.cli.errors import CommandError

ID = "i-0123456789abcdef0"


def entry(timestamp, **more):
    return {
        "id": ID,
        "timestamp": timestamp,
        "operation": "stop-1",
        "what": "stop",
        "who": "arn:aws:iam::123456789012:user/alice",
        "why": "Nights off",
        "from": "running",
        "to": "stopped",
        "outcome": "succeeded",
        **more,
    }


@pytest.fixture
def trail(daytwo):
    daytwo.audit(
        entry("2026-11-18T20:00:00Z"),
        entry("2026-11-20T20:00:00Z", outcome="failed", error="TimedOut", reason="15 min"),
        entry("2026-11-19T20:00:00Z", what="start"),
        entry("2026-11-20T20:00:00Z", id="i-0123456789abcdef1"),
    )
    return daytwo


def test_the_trail_of_an_instance_is_shown_newest_first(run, trail):
    found = json.loads(run("audit", "--resource", ID, "--json").stdout)

    assert [item["timestamp"][:10] for item in found] == ["2026-11-20", "2026-11-19", "2026-11-18"]
    assert {item["id"] for item in found} == {ID}


def test_a_person_reads_who_what_why_and_how_it_ended(run, trail):
    shown = run("audit", "--resource", ID).stdout

    for words in ("user/alice", "Nights off", "running", "stopped", "failed: TimedOut: 15 min"):
        assert words in shown


def test_older_entries_are_left_out(run, trail):
    found = json.loads(run("audit", "--resource", ID, "--since", "2026-11-19", "--json").stdout)

    assert len(found) == 2


def test_so_many_are_shown_and_more_are_mentioned(run, trail):
    result = run("audit", "--resource", ID, "--most", "2")

    assert "2026-11-18" not in result.stdout
    assert "There is more" in result.stderr
    assert "There is more" not in run("audit", "--resource", ID, "--most", "3").stderr


def test_an_instance_that_nobody_touched_has_no_trail(run, trail):
    shown = run("audit", "--resource", "i-0123456789abcdef9").stdout

    assert shown == "Audit trail of i-0123456789abcdef9: none\n"


def test_whose_trail_has_to_be_said(run, trail):
    result = run("audit")

    assert result.exit_code == 2
    assert "--resource" in result.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20", "2026-11-20T00:00:00Z"),
        ("2026-11-20T12:30+01:00", "2026-11-20T11:30:00Z"),
        ("90m", "2026-11-20T10:30:00Z"),
        ("2h", "2026-11-20T10:00:00Z"),
        ("7d", "2026-11-13T12:00:00Z"),
    ],
)
def test_times_are_read_in_every_form(text, expected):
    assert moment_of(text, datetime(2026, 11, 20, 12, tzinfo=UTC)) == expected


@pytest.mark.parametrize("text", ["yesterday", "2", "2w", "-1h"])
def test_what_is_no_time_is_answered(text):
    with pytest.raises(CommandError, match="is no time"):
        moment_of(text, datetime.now(UTC))
