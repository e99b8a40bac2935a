"""Following an EC2 operation batch by batch."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from tasks import store
from workflows.cli.ec2.progress import BAR, OperationStory
from workflows.cli.progress import Live, Plain
from workflows.cli.session import Session

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPERATION = "stop-1"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:daytwo-ec2-operation:stop-1"


def batch(number, size=2, wait=0):
    return {
        "number": number,
        "wait_seconds": wait,
        "type": "t3.micro",
        "zone": "us-east-1a",
        "instances": [{"instance_id": f"i-{number}{at}"} for at in range(size)],
    }


def entered(number, state, kind, at=START):
    return {
        "id": number,
        "previousEventId": number - 1,
        "type": f"{kind}StateEntered",
        "timestamp": at,
        "stateEnteredEventDetails": {"name": state, "input": "{}"},
    }


def exited(number, state, kind, at):
    return {
        "id": number,
        "previousEventId": number - 1,
        "type": f"{kind}StateExited",
        "timestamp": at,
        "stateExitedEventDetails": {"name": state, "output": "{}"},
    }


class Events:
    """Step Functions with one execution whose history can grow."""

    def __init__(self, *events):
        self.events = list(events)

    def get_execution_history(self, **request):
        return {"events": list(reversed(self.events))}


class Operation:
    """An operation whose batches get recorded one after the other."""

    def __init__(self, daytwo, batches, at_once=0):
        self.daytwo = daytwo
        daytwo.evidence("operations/stop-1/batches.json", json.dumps(batches))
        daytwo.write(
            {
                **store.operation(OPERATION),
                "batches_key": "operations/stop-1/batches.json",
                "plan": json.dumps({"at_once": at_once}),
                "to_act": sum(len(entry["instances"]) for entry in batches),
                "max_errors": 1,
            }
        )
        self.events = Events(
            entered(1, "Plan", "Task"),
            exited(2, "Plan", "Task", START),
            entered(3, "Act on the batches", "Map"),
        )

    def record(self, number, seconds=30, cause="", errors=(), **counts):
        outcomes = ("succeeded", "failed", "not_touched", "interrupted")
        moment = START + timedelta(seconds=seconds)
        self.daytwo.write(
            {
                **store.batch(OPERATION, number),
                "number": number,
                "instances": sum(counts.values()),
                **{name: counts.get(name, 0) for name in outcomes},
                "failures": json.dumps([{"instance_id": "i", "error": error} for error in errors]),
                "cause": cause,
                "recorded_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )

    def end(self):
        end = START + timedelta(seconds=90)
        self.events.events.append(exited(4, "Act on the batches", "Map", end))


@pytest.fixture
def follow(daytwo, monkeypatch):
    """Begin to follow an operation; its history is given, not an execution's."""
    from workflows.cli import stories
    from workflows.cli.history import History

    def begin(operation):
        monkeypatch.setattr(
            stories, "open_history", lambda name, session: History(name, operation.events, {})
        )
        story = OperationStory(EXECUTION, Session())
        story.poll()
        return story

    return begin


def lines(story):
    stream = io.StringIO()
    with Plain(stream) as plain:
        plain.show(story, story.waiting)
    return stream.getvalue().splitlines()


def test_each_batch_that_is_recorded_is_a_line_below_the_state_that_acts(daytwo, follow):
    operation = Operation(daytwo, [batch(1), batch(2, 3), batch(3)])
    operation.record(1, succeeded=2)
    operation.record(2, 40, failed=1, succeeded=2, errors=["TimedOut"])
    operation.record(3, 50, not_touched=2, cause="The error budget was spent")

    assert lines(follow(operation))[1:] == [
        "12:00:00Z  Act on the batches: ...",
        "12:00:30Z    Batch 1 of 3, 2 t3.micro in us-east-1a: done in 30 s: 2 succeeded",
        "12:00:40Z    Batch 2 of 3, 3 t3.micro in us-east-1a: FAILED in 40 s: 2 succeeded, "
        "1 failed (1 TimedOut)",
        "12:00:50Z    Batch 3 of 3, 2 t3.micro in us-east-1a: left alone in 50 s: 2 not touched: "
        "The error budget was spent",
    ]


def test_a_batch_that_waits_for_its_turn_is_not_a_line_and_is_shown_on_a_terminal(daytwo, follow):
    far = 10 * 365 * 86400
    operation = Operation(daytwo, [batch(1), batch(2, wait=far), batch(3, wait=far)])
    story = follow(operation)

    assert lines(story)[1:] == ["12:00:00Z  Act on the batches: ..."]
    stream = io.StringIO()
    with Live(stream) as live:
        live.show(story, story.waiting)
    assert "Batch 1 of 3" in stream.getvalue()
    assert "its turn comes at" in stream.getvalue()


def test_how_far_it_is_counts_instances_batches_and_failures(daytwo, follow):
    operation = Operation(daytwo, [batch(1, 6), batch(2, 2)])
    story = follow(operation)
    acting = next(entry for entry in story.entries if entry.kind == "Map")
    assert story.waiting(acting) == f"{'─' * BAR} 0 of 8 instances, 0 of 2 batches"

    operation.record(1, succeeded=5, failed=1, errors=["TimedOut"])
    story.poll()

    assert story.waiting(acting) == (
        f"{'━' * 18}{'─' * 6} 6 of 8 instances, 1 of 2 batches, 1 failed (1 may)"
    )


def test_one_after_the_other_only_the_next_batch_is_at_work(daytwo, follow):
    operation = Operation(daytwo, [batch(1), batch(2), batch(3)], at_once=1)
    operation.record(1, 30, succeeded=2)
    story = follow(operation)

    one, other = [entry for entry in story.entries if entry.kind == "Batch"]

    assert (one.outcome, other.outcome) == ("succeeded", "running")
    assert other.state.startswith("Batch 2 of 3")
    assert other.started == one.ended, "its turn came when the one before was through"


def test_what_was_read_is_not_read_again(daytwo, follow, monkeypatch):
    operation = Operation(daytwo, [batch(number) for number in range(1, 5)])
    story, asked = follow(operation), []
    partition = type(story.batches._session.state).partition

    def watched(self, pk, after="", fields=()):
        asked.append(after)
        return partition(self, pk, after, fields)

    monkeypatch.setattr(type(story.batches._session.state), "partition", watched)
    for number in (1, 3, 2):
        operation.record(number, succeeded=2)
        story.poll()
    story.poll()

    assert asked == ["00000", "00001", "00001", "00003"]
    assert sorted(story.batches.results) == [1, 2, 3]


def test_before_the_instances_are_claimed_there_are_no_batches(daytwo, follow):
    operation = Operation(daytwo, [batch(1)])
    operation.events.events.pop()

    story = follow(operation)

    assert [entry.state for entry in story.entries] == ["Plan"]
    assert story.batches.results == {}


def described(**more):
    return {
        "executionArn": EXECUTION,
        "status": "SUCCEEDED",
        "startDate": START,
        "stopDate": START + timedelta(seconds=90),
        "input": json.dumps({"action": "stop"}),
        **more,
    }


def test_the_report_is_what_a_success_ends_with(daytwo, follow):
    operation = Operation(daytwo, [batch(1)])
    operation.record(1, succeeded=2)
    operation.end()
    report = {"succeeded": 2, "words": "stop of 2 instances: 2 succeeded."}

    outcome = follow(operation).outcome(described(output=json.dumps({"report": report})))

    assert outcome.words == "Succeeded: stop of 2 instances: 2 succeeded. (1 min 30 s)"
    assert outcome.next[0] == "Each instance: daytwo audit --operation stop-1"
    assert (outcome.exit_code, outcome.operation, outcome.report) == (0, OPERATION, report)
    assert [entry["state"] for entry in outcome.timeline][-1].startswith("Batch 1 of 1")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("FailedClean", "Every instance is as before"),
        ("Incomplete", "is as it was before"),
        ("FailedDirty", "daytwo ec2 release stop-1 --reason"),
    ],
)
def test_each_kind_of_failure_says_what_to_do(daytwo, follow, error, said):
    operation = Operation(daytwo, [batch(1)])
    operation.record(1, succeeded=1, failed=1, errors=["TimedOut"])
    operation.end()

    outcome = follow(operation).outcome(described(status="FAILED", error=error, cause="Why"))

    assert outcome.exit_code == 1
    assert outcome.words.startswith(f"{error}: Why")
    assert said in " ".join(outcome.next)
    assert (outcome.report["succeeded"], outcome.report["failed"]) == (1, 1)


def test_an_operation_that_was_stopped_is_left_to_the_janitor(daytwo, follow):
    outcome = follow(Operation(daytwo, [batch(1)])).outcome(described(status="ABORTED"))

    assert "janitor" in outcome.next[0]


def test_what_the_resumed_operation_still_holds_is_said(daytwo, follow):
    daytwo.write({**store.instance_claim("stop-0"), "instances": ["i-1", "i-2"]})
    asked = json.dumps({"action": "stop", "resume": "stop-0"})
    story = follow(Operation(daytwo, [batch(1)]))

    done = story.outcome(described(input=asked)).next
    failed = story.outcome(described(input=asked, status="FAILED", error="FailedClean")).next

    assert any("stop-0 keeps 2 claimed: daytwo ec2 release stop-0" in line for line in done)
    assert not any("stop-0" in line for line in failed)


@pytest.mark.parametrize("decided", ["rejected", "expired"])
def test_what_nobody_approved_is_exit_code_three(daytwo, follow, decided):
    daytwo.write({**store.approval(store.approval_id(EXECUTION)), "status": decided})

    outcome = follow(Operation(daytwo, [batch(1)])).outcome(
        described(status="FAILED", error="FailedClean", cause="Nobody decided")
    )

    assert outcome.exit_code == 3
