"""Following an execution's history, as the real interpreter writes it."""

import json
from datetime import datetime

import pytest
from interpreter import run

from workflows.asl import Chain, Choice, Fail, Rule, Steps, Succeed, Wait, write
from workflows.cli.history import History, finding, wait_seconds, wait_states, words_of

ARN = "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:x"


class Reader:
    """Step Functions with the first events of a history, read backwards by pages."""

    def __init__(self, events):
        self.events = [
            {**event, "timestamp": datetime.fromisoformat(event["timestamp"])} for event in events
        ]
        self.known = len(events)
        self.page = 3
        self.calls = 0

    def get_execution_history(self, executionArn, reverseOrder, maxResults, nextToken="0"):
        self.calls += 1
        start = int(nextToken)
        backwards = self.events[: self.known][::-1]
        reply = {"events": backwards[start : start + self.page]}
        if start + self.page < len(backwards):
            reply["nextToken"] = str(start + self.page)
        return reply


def definition():
    failed = Fail("RolledBack", error="RolledBack", cause_path="$.failure.Cause")
    steps, inside = Steps(failed), Steps(None)
    plan = steps.task("Plan", "promotion.make_plan", {"request.$": "$"}, result="$.plan")
    shift = inside.task(
        "Shift the alias",
        "promotion.shift_alias",
        {"function": "shop-prod-till", "to_percent.$": "$.to", "to_version": "7"},
        result="$.moved",
    )
    wait = Wait("Look later", seconds_path="$.moved.check.wait_seconds")
    each = steps.each(
        "Shift traffic", "$.steps", {"to.$": "$$.Map.Item.Value"}, Chain([shift, wait])
    )
    ask = steps.callback(
        "Wait for approval",
        "approval.request_approval",
        {"plan.$": "$.plan"},
        result="$.approval",
        timeout_path="$.expires",
        on_timeout=failed,
    )
    asked = Choice("Is an approval asked for?")
    asked.add_choice(Rule.BooleanEquals("$.plan.ask", True), ask)
    asked.default_choice(each)
    Chain([plan, asked])
    Chain([ask, each, Succeed("Succeeded")])
    return write(plan, "A small promotion", 1000)


def events(**answers):
    tasks = {
        "promotion.make_plan": {"ask": True},
        "approval.request_approval": {
            "status": "approved",
            "decided_by": "bob",
            "reason": "fine",
        },
        "promotion.shift_alias": {"check": {"wait_seconds": 30}},
        **answers,
    }
    return run(definition(), {"steps": [10, 100], "expires": 60}, tasks).history


def follow(history, clock=1.0):
    reader = Reader(history)
    followed = History(ARN, reader, wait_states(definition()), clock)
    return followed, reader


def told(history):
    return [(entry.state, entry.outcome, entry.depth) for entry in history.entries]


def test_a_success_is_told_state_by_state():
    history, _ = follow(events())

    history.poll()

    assert [state for state in told(history) if state[2] == 0] == [
        ("Plan", "succeeded", 0),
        ("Is an approval asked for?", "succeeded", 0),
        ("Wait for approval", "succeeded", 0),
        ("Shift traffic", "succeeded", 0),
        ("Succeeded", "succeeded", 0),
    ]
    assert told(history).count(("Shift the alias", "succeeded", 1)) == 2
    assert told(history).count(("Look later", "succeeded", 1)) == 2


def test_states_say_what_they_do_and_what_was_found():
    history, _ = follow(events())

    history.poll()

    details = {entry.detail for entry in history.entries}
    assert {
        "approved by bob: fine",
        "shop-prod-till: 10 % to version 7",
        "shop-prod-till: 100 % to version 7",
        "30 s",
    } <= details


def test_read_in_pieces_it_is_the_same_as_read_at_once():
    whole, _ = follow(events())
    whole.poll()
    pieces, reader = follow(events())

    for known in range(len(reader.events) + 1):
        reader.known = known
        pieces.poll()

    assert sorted(told(pieces)) == sorted(told(whole))


def test_a_poll_reads_the_new_events_only():
    history, reader = follow(events())
    history.poll()
    reader.calls = 0

    history.poll()

    assert reader.calls == 1


def test_while_it_asks_for_approval_that_is_known():
    recorded = events()
    history, reader = follow(recorded)
    reader.known = next(
        number for number, event in enumerate(recorded, 1) if event["type"] == "TaskStarted"
    )

    history.poll()

    (running,) = history.running()
    assert running.state == "Wait for approval"
    assert running.asks
    assert running.seconds() > 0


def test_while_it_waits_the_end_is_known_on_the_accounts_clock():
    recorded = events()
    history, reader = follow(recorded, clock=10)
    reader.known = next(
        number for number, event in enumerate(recorded, 1) if event["type"] == "WaitStateEntered"
    )

    history.poll()

    waiting = history.running()[-1]
    assert (waiting.state, waiting.depth) == ("Look later", 1)
    assert (waiting.until - waiting.started).total_seconds() == 3


def test_a_failure_inside_a_loop_fails_what_is_around_it():
    class AliasMoved(Exception):
        pass

    history, _ = follow(events(**{"promotion.shift_alias": AliasMoved("somebody did")}))

    history.poll()

    outcomes = {(entry.state, entry.outcome) for entry in history.entries}
    assert {
        ("Shift the alias", "failed"),
        ("Shift traffic", "failed"),
        ("RolledBack", "failed"),
    } <= outcomes
    assert "AliasMoved: somebody did" in {entry.detail for entry in history.entries}
    assert history.running() == []


def test_attempts_are_counted_and_a_success_after_them_is_one():
    class Throttled(Exception):
        pass

    history, _ = follow(events(**{"promotion.make_plan": [Throttled("busy"), {"ask": False}]}))

    history.poll()

    plan = history.entries[0]
    assert (plan.state, plan.outcome, plan.attempts) == ("Plan", "succeeded", 2)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (json.dumps({"errorMessage": "no", "errorType": "X", "stackTrace": ["secret"]}), "no"),
        ("plain words", "plain words"),
        ("[1]", "[1]"),
        ("", ""),
    ],
)
def test_causes_are_reduced_to_their_words(cause, words):
    assert words_of(cause) == words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"passed": False, "findings": ["a", "b", "c", "d"]}, "a; b; c"),
        ({"passed": True, "findings": ["a"]}, ""),
        ({"inconclusive": True, "observations": ["no data yet"]}, "no data yet"),
        ({"inconclusive": False, "observations": ["fine"]}, ""),
        ({"status": "UPDATE_COMPLETE"}, ""),
    ],
)
def test_of_an_answer_only_what_is_for_people_is_told(answer, words):
    assert finding(answer) == words


@pytest.mark.parametrize(
    ("state", "document", "seconds"),
    [
        ({"Seconds": 5}, None, 5),
        ({"SecondsPath": "$.a.b"}, {"a": {"b": 7}}, 7),
        ({"SecondsPath": "$.a.b"}, {"a": 7}, None),
        ({"TimestampPath": "$.at"}, {"at": "2026-11-20T12:00:00Z"}, None),
        ({}, {}, None),
    ],
)
def test_how_long_a_wait_is(state, document, seconds):
    assert wait_seconds(state, document) == seconds
