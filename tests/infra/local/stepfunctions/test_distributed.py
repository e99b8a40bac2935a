"""Distributed Maps of an account: children with ARNs and histories, counted, stopped, permitted."""

import json

import pytest
from botocore.exceptions import ClientError

from infra.local.account import ACCOUNT_ID
from infra.local.stepfunctions import distributed

PASS = {"Pass": {"Type": "Pass", "End": True}}
SLEEP = {"Sleep": {"Type": "Wait", "Seconds": 31_536_000, "End": True}}
FAIL = {"Fail": {"Type": "Fail", "Error": "Broken", "Cause": "as the test asks"}}
# Odd items fail at once; the others sleep.
MIXED = {
    "Which": {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "Fail"}],
        "Default": "Sleep",
    },
    **FAIL,
    **SLEEP,
}
THRESHOLD = "States.ExceedToleratedFailureThreshold"


def each(processor, **fields):
    return {
        "Type": "Map",
        "Label": "Items",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": next(iter(processor)),
            "States": processor,
        },
        "End": True,
        **fields,
    }


@pytest.fixture
def run_of(states, eventually):
    """Give what DescribeMapRun says of an execution's only Map Run."""

    def run_of(execution):
        runs = eventually(lambda: states.list_map_runs(executionArn=execution)["mapRuns"])
        return states.describe_map_run(mapRunArn=runs[0]["mapRunArn"])

    return run_of


@pytest.fixture
def children_of(states, run_of):
    """List the children of an execution's only Map Run."""

    def children_of(execution, **filters):
        run = run_of(execution)["mapRunArn"]
        return states.list_executions(mapRunArn=run, **filters)["executions"]

    return children_of


def test_each_child_is_an_execution_with_its_own_arn_input_and_history(
    create, start, outcome, children_of, states
):
    execution = start(create(Each=each(PASS)), ["a", "b"])
    assert json.loads(outcome(execution)["output"]) == ["a", "b"]
    children = children_of(execution)
    assert len(children) == 2
    prefix = f"arn:aws:states:us-east-1:{ACCOUNT_ID}:execution:machine/Items:"
    told = [states.describe_execution(executionArn=child["executionArn"]) for child in children]
    for child in told:
        assert child["executionArn"] == prefix + child["name"]
        assert child["stateMachineArn"].endswith(":stateMachine:machine/Items")
        assert child["mapRunArn"] == children[0]["mapRunArn"]
        assert child["status"] == "SUCCEEDED"
        events = states.get_execution_history(executionArn=child["executionArn"])["events"]
        assert [event["type"] for event in events][:2] == ["ExecutionStarted", "PassStateEntered"]
        assert events[-1]["type"] == "ExecutionSucceeded"
    assert {child["input"] for child in told} == {'"a"', '"b"'}


def test_a_parents_history_says_how_its_map_run_went_and_nothing_of_the_children(
    create, start, outcome, states
):
    execution = start(create(Each=each(PASS)), [1, 2, 3])
    outcome(execution)
    events = states.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


def test_the_counts_of_a_map_run_add_up(create, start, outcome, run_of, states, eventually):
    machine = create(Each=each(SLEEP, MaxConcurrency=2))
    execution = start(machine, [1, 2, 3, 4, 5])
    run = eventually(lambda: (found := run_of(execution))["itemCounts"]["running"] == 2 and found)
    assert (run["status"], run["maxConcurrency"]) == ("RUNNING", 2)
    assert run["executionCounts"]["pending"] == 3
    assert run["itemCounts"]["total"] == 5
    states.stop_execution(executionArn=execution)
    stopped = eventually(
        lambda: (found := run_of(execution))["executionCounts"]["aborted"] == 2 and found
    )
    assert stopped["executionCounts"]["running"] == 0
    assert eventually(lambda: run_of(execution)["status"] == "ABORTED")


def test_a_failed_child_fails_the_run_and_stops_the_others(create, start, outcome, children_of):
    execution = start(create(Each=each(MIXED)), [0, 1, 2])
    told = outcome(execution)
    assert (told["status"], told["error"]) == ("FAILED", THRESHOLD)
    statuses = sorted(child["status"] for child in children_of(execution))
    assert statuses in (["ABORTED", "FAILED"], ["ABORTED", "ABORTED", "FAILED"])


@pytest.mark.parametrize(
    ("tolerated", "status"),
    [
        ({"ToleratedFailureCount": 1}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 34}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 100}, "SUCCEEDED"),
        ({"ToleratedFailureCountPath": "$.one", "ItemsPath": "$.items"}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 33}, "FAILED"),
        ({"ToleratedFailureCount": 5, "ToleratedFailurePercentage": 10}, "FAILED"),
        ({}, "FAILED"),
    ],
)
def test_as_many_failures_are_tolerated_as_the_state_says(
    create, start, outcome, run_of, tolerated, status
):
    processor = {**MIXED, "Sleep": {"Type": "Pass", "End": True}}
    machine = create(Each=each(processor, **tolerated))
    items = [0, 1, 2]
    document = {"one": 1, "items": items} if "ItemsPath" in tolerated else items
    execution = start(machine, document)
    told = outcome(execution)
    assert told["status"] == status
    assert run_of(execution)["status"] == status
    if status == "SUCCEEDED":
        assert json.loads(told["output"]) == [0, None, 2]
        assert run_of(execution)["itemCounts"]["failed"] == 1


def test_a_stopped_parent_stops_its_children(
    create, start, outcome, states, children_of, eventually
):
    execution = start(create(Each=each(SLEEP)), [1, 2, 3])
    eventually(lambda: len(children_of(execution)) == 3)
    states.stop_execution(executionArn=execution)
    assert outcome(execution)["status"] == "ABORTED"
    assert eventually(
        lambda: [child["status"] for child in children_of(execution)] == ["ABORTED"] * 3
    )


def test_a_parent_that_runs_out_of_time_stops_its_children(
    create, start, outcome, children_of, eventually
):
    execution = start(create(top={"TimeoutSeconds": 1}, Each=each(SLEEP)), [1])
    assert outcome(execution)["status"] == "TIMED_OUT"
    assert eventually(lambda: [child["status"] for child in children_of(execution)] == ["ABORTED"])


def test_a_child_that_somebody_stops_fails_the_run(
    create, start, outcome, states, children_of, eventually
):
    execution = start(create(Each=each(SLEEP)), [1, 2])
    eventually(lambda: len(children_of(execution)) == 2)
    states.stop_execution(executionArn=children_of(execution)[0]["executionArn"])
    assert outcome(execution)["error"] == THRESHOLD


def test_children_are_listed_by_status_and_by_pages(create, start, outcome, states, run_of):
    processor = {**MIXED, "Sleep": {"Type": "Pass", "End": True}}
    execution = start(create(Each=each(processor, ToleratedFailureCount=9)), [1, 1, 2, 3])
    outcome(execution)
    run = run_of(execution)["mapRunArn"]
    failed = states.list_executions(mapRunArn=run, statusFilter="FAILED")["executions"]
    assert len(failed) == 2
    pages = states.get_paginator("list_executions").paginate(
        mapRunArn=run, PaginationConfig={"PageSize": 3}
    )
    assert [len(page["executions"]) for page in pages] == [3, 1]


def test_parents_are_listed_without_their_children(create, start, outcome, states):
    machine = create(Each=each(PASS))
    outcome(start(machine, [1, 2]))
    assert len(states.list_executions(stateMachineArn=machine)["executions"]) == 1


def test_an_unknown_map_run_is_an_error_of_that_name(states):
    arn = f"arn:aws:states:us-east-1:{ACCOUNT_ID}:mapRun:machine/Items:1"
    for call in (states.describe_map_run, states.list_executions):
        with pytest.raises(ClientError) as refused:
            call(mapRunArn=arn)
        assert refused.value.response["Error"]["Code"] == "ResourceNotFound"


def test_items_come_from_s3_under_the_machines_role(account, create, start, outcome):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="evidence")
    s3.put_object(Bucket="evidence", Key="items.json", Body=json.dumps([{"n": 1}, {"n": 2}]))
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "evidence", "Key.$": "$.key"},
    }
    machine = create(Each=each(PASS, ItemReader=reader))
    assert json.loads(outcome(start(machine, {"key": "items.json"}))["output"]) == [
        {"n": 1},
        {"n": 2},
    ]
    told = outcome(start(machine, {"key": "absent.json"}))
    assert told["error"] == "States.ItemReaderFailed"
    assert "NoSuchKey" in told["cause"]


def test_many_children_at_once_are_cheap(create, start, outcome, run_of):
    nap = {"Nap": {"Type": "Wait", "Seconds": 60, "End": True}}
    execution = start(create(Each=each(nap, ResultPath=None)), list(range(300)))
    assert outcome(execution, seconds=60)["status"] == "SUCCEEDED"
    assert run_of(execution)["itemCounts"]["succeeded"] == 300


def test_items_are_put_together_in_batches(create, start, outcome, run_of):
    batcher = {"MaxItemsPerBatchPath": "$.most", "BatchInput": {"action.$": "$.action"}}
    nested = each(PASS, ItemsPath="$.items", ItemBatcher=batcher)
    branch = {"StartAt": "Each", "States": {"Each": nested}}
    machine = create(Both={"Type": "Parallel", "Branches": [branch], "End": True})
    execution = start(machine, {"items": [1, 2, 3], "most": 2, "action": "stop"})
    assert json.loads(outcome(execution)["output"]) == [
        [
            {"BatchInput": {"action": "stop"}, "Items": [1, 2]},
            {"BatchInput": {"action": "stop"}, "Items": [3]},
        ]
    ]
    run = run_of(execution)
    assert (run["itemCounts"]["succeeded"], run["executionCounts"]["succeeded"]) == (3, 2)


def test_a_role_that_may_not_start_children_fails_the_map_by_name(
    create, start, outcome, monkeypatch
):
    monkeypatch.setattr(distributed, "may_start", lambda role, machine: False)
    told = outcome(start(create(Each=each(PASS)), [1]))
    assert told["error"] == "States.Permissions"
    assert told["cause"].endswith("which a distributed Map does for each of its children")


def test_results_are_written_to_s3_with_a_manifest(account, create, start, outcome, run_of):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="results")
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "results", "Prefix": "of-the-day"},
    }
    processor = {**MIXED, "Sleep": {"Type": "Pass", "End": True}}
    machine = create(Each=each(processor, ResultWriter=writer, ToleratedFailureCount=1))
    execution = start(machine, [0, 1, 2])
    told = json.loads(outcome(execution)["output"])
    details = told["ResultWriterDetails"]
    assert told["MapRunArn"] == run_of(execution)["mapRunArn"]
    assert details["Key"] == f"of-the-day/{told['MapRunArn'].split(':')[-1]}/manifest.json"

    def read(key):
        return json.loads(s3.get_object(Bucket="results", Key=key)["Body"].read())

    files = read(details["Key"])["ResultFiles"]
    assert files["PENDING"] == []
    succeeded = read(files["SUCCEEDED"][0]["Key"])
    assert [child["Output"] for child in succeeded] == ["0", "2"]
    failed = read(files["FAILED"][0]["Key"])
    assert [(child["Error"], child["Input"]) for child in failed] == [("Broken", "1")]
    assert run_of(execution)["itemCounts"]["resultsWritten"] == 3


def test_results_that_cannot_be_written_fail_the_map_by_name(create, start, outcome):
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "nowhere", "Prefix": ""},
    }
    told = outcome(start(create(Each=each(PASS, ResultWriter=writer)), [1]))
    assert told["error"] == "States.ResultWriterFailed"
