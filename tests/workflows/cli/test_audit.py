"""`daytwo audit`: reading the audit trail."""

import json
from datetime import UTC, datetime

import pytest

from tasks import store
from workflows.cli.audit import moment_of
from workflows.cli.errors import CommandError

ID = "i-0123456789abcdef0"
OTHER = "i-0123456789abcdef1"


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


def test_only_what_ended_so_is_shown(run, trail):
    (found,) = json.loads(run("audit", "--resource", ID, "--outcome", "failed", "--json").stdout)

    assert found["error"] == "TimedOut"


@pytest.mark.parametrize("written", ["2026-11-20T20:00:00.123Z", "2026-11-20T20:00:00.5+00:00"])
def test_a_moment_is_found_however_it_is_written(run, daytwo, written):
    daytwo.audit(entry(written))

    result = run("audit", "--resource", ID, "--since", "2026-11-20T20:00:00Z")

    assert "2026-11-20T20:00:00Z" in result.stdout


def test_so_many_are_shown_and_more_are_mentioned(run, trail):
    result = run("audit", "--resource", ID, "--most", "2")

    assert "2026-11-18" not in result.stdout
    assert "There is more" in result.stderr
    assert "There is more" not in run("audit", "--resource", ID, "--most", "3").stderr


def test_an_instance_that_nobody_touched_has_no_trail(run, trail):
    shown = run("audit", "--resource", "i-0123456789abcdef9").stdout

    assert shown == "Audit trail of i-0123456789abcdef9: none\n"


@pytest.mark.parametrize("which", [[], ["--resource", ID, "--system", "shop"]])
def test_whose_trail_has_to_be_said(run, daytwo, which):
    result = run("audit", *which)

    assert result.exit_code == 2
    assert "one of --resource, --operation and --system" in result.stderr


@pytest.fixture
def operation(daytwo):
    """An operation on two instances, one of which another operation acted on later."""
    execution = daytwo.run(workflow="Ec2Operation")
    daytwo.write({**store.operation("run-1"), "started_at": "2026-11-20T20:00:00Z"})
    lines = [
        {"instance_id": ID, "verdict": "act"},
        {"instance_id": OTHER, "verdict": "act"},
        {"instance_id": "i-0123456789abcdef2", "verdict": "already"},
    ]
    daytwo.evidence("operations/run-1/plan.jsonl", lines)
    daytwo.audit(
        entry("2026-11-20T20:00:00Z"),
        entry("2026-11-20T20:00:00Z", id=OTHER, outcome="failed"),
        entry("2026-11-20T21:00:00Z", id=OTHER, operation="start-2"),
        entry("2026-11-20T20:00:00Z", id="i-0123456789abcdef2", operation="another"),
        entry("2026-11-20T19:59:00Z", id=f"{execution}#approval", what="decide"),
        entry("2026-11-20T22:00:00Z", id=f"{execution}#release", what="release"),
    )
    return execution


def test_the_trail_of_an_operation_has_its_decisions_and_each_instance(run, operation):
    found = json.loads(run("audit", "--operation", "run-1", "--json").stdout)

    assert [(item["what"], item["id"].rpartition("#")[2]) for item in found] == [
        ("release", "release"),
        ("stop", OTHER),
        ("stop", ID),
        ("decide", "approval"),
    ]


def test_the_trail_of_a_promotion_is_found_by_its_execution(run, daytwo):
    execution = daytwo.run()
    daytwo.audit(entry("2026-11-20T20:00:00Z", id=f"{execution}#succeeded", what="promotion"))

    (found,) = json.loads(run("audit", "--operation", execution, "--json").stdout)

    assert found["what"] == "promotion"


def test_an_unknown_operation_is_wrong_input(run, daytwo):
    assert run("audit", "--operation", "nothing").exit_code == 2


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (["--system", "shop"], ["decide", "promotion", "stop"]),
        (["--system", "shop/prod"], ["decide", "stop"]),
        (["--system", "shop", "--since", "2026-11-20"], ["decide", "promotion"]),
        (["--system", "shop", "--most", "1"], ["decide"]),
        (["--system", "till"], ["reboot"]),
        (["--system", "sho"], []),
    ],
)
def test_the_trail_of_a_system_has_its_instances_and_its_promotions(run, daytwo, which, expected):
    daytwo.audit(
        entry("2026-11-19T20:00:00Z", system="shop", environment="prod", on_what=ID),
        entry("2026-11-20T20:00:00Z", id="a#succeeded", what="promotion", on_what="shop/dev"),
        entry("2026-11-20T21:00:00Z", id="b#approval", what="decide", on_what="shop/prod"),
        entry("2026-11-20T22:00:00Z", id=OTHER, what="reboot", system="till", environment="prod"),
    )

    found = json.loads(run("audit", *which, "--json").stdout)

    assert [item["what"] for item in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20", "2026-11-20T00:00:00"),
        ("2026-11-20T12:30+01:00", "2026-11-20T11:30:00"),
        ("90m", "2026-11-20T10:30:00"),
        ("2h", "2026-11-20T10:00:00"),
        ("7d", "2026-11-13T12:00:00"),
    ],
)
def test_times_are_read_in_every_form(text, expected):
    assert moment_of(text, datetime(2026, 11, 20, 12, tzinfo=UTC)) == expected


@pytest.mark.parametrize("text", ["yesterday", "2", "2w", "-1h"])
def test_what_is_no_time_is_answered(text):
    with pytest.raises(CommandError, match="is no time"):
        moment_of(text, datetime.now(UTC))
