"""Looking at what the batches at work are doing."""

import json
from datetime import UTC, datetime

import pytest

from workflows.cli import children as module
from workflows.cli.children import Children

RUN = "arn:aws:states:us-east-1:123456789012:mapRun:daytwo-ec2-operation/run:1"


def number(document):
    return document["batch"]["number"]


class MapRun:
    """Step Functions with an execution whose distributed Map runs batches."""

    def __init__(self, batches):
        self.batches = batches
        self.calls = []
        self.runs = [{"mapRunArn": RUN, "startDate": datetime(2026, 11, 20, tzinfo=UTC)}]

    def client(self, service):
        return self

    def list_map_runs(self, executionArn):
        self.calls.append("list_map_runs")
        return {"mapRuns": self.runs}

    def list_executions(self, mapRunArn, statusFilter, maxResults):
        assert (mapRunArn, statusFilter) == (RUN, "RUNNING")
        return {"executions": [{"executionArn": f"child-{number}"} for number in self.batches]}

    def describe_execution(self, executionArn):
        self.calls.append(f"describe {executionArn}")
        number = int(executionArn.rpartition("-")[2])
        return {"input": json.dumps({"batch": {"number": number}})}

    def get_execution_history(self, executionArn, reverseOrder, maxResults):
        self.calls.append(f"history {executionArn}")
        number = int(executionArn.rpartition("-")[2])
        entered = [{"stateEnteredEventDetails": {"name": name}} for name in self.batches[number]]
        return {"events": [{"type": "TaskScheduled"}, *reversed(entered)]}


@pytest.fixture
def now(monkeypatch):
    """The clock by which looks are spaced."""
    times = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: times[0])

    def later(seconds):
        times[0] += seconds

    return later


def test_each_batch_at_work_is_told_by_the_last_state_it_entered(now):
    children = Children("arn", MapRun({1: ["Wait", "Start"], 2: ["Wait"]}), number)

    children.look()

    assert children.states == {1: "Start", 2: "Wait"}


def test_a_batch_is_asked_for_its_number_once_and_looks_are_spaced(now):
    run = MapRun({1: ["Wait"]})
    children = Children("arn", run, number)

    for seconds in (0, 1, 1, 2):
        now(seconds)
        children.look()

    assert run.calls == [
        "list_map_runs",
        "describe child-1",
        "history child-1",
        "history child-1",
    ]


def test_of_many_batches_the_first_are_looked_at(now):
    run = MapRun({number: ["Wait"] for number in range(1, 41)})
    children = Children("arn", run, number)

    for _ in range(4):
        children.look()
        now(5)

    assert len(children._keys) == 40
    assert set(children.states) >= set(range(1, 13))
    assert sum(call.startswith("history") for call in run.calls) <= 4 * module.MOST_LOOKED_AT


def test_before_the_map_has_begun_there_is_nothing_to_look_at(now):
    run = MapRun({1: ["Wait"]})
    run.runs = []

    children = Children("arn", run, number)
    children.look()

    assert (children.states, run.calls) == ({}, ["list_map_runs"])
