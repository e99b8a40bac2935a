"""Executions are started, stopped and told about as Step Functions does."""

import json

import pytest
from botocore.exceptions import ClientError

WAIT = {"Type": "Wait", "Seconds": 31_536_000, "End": True}
PASS = {"Type": "Pass", "End": True}


def types(states, execution, **options):
    events = states.get_execution_history(executionArn=execution, **options)["events"]
    return [event["type"] for event in events]


def test_executions_without_a_name_get_one_each(create, start, outcome):
    machine = create(Done=PASS)
    first, second = start(machine), start(machine)
    assert first != second
    assert len(outcome(first)["name"]) == 36
    assert outcome(second)["status"] == "SUCCEEDED"


def test_the_same_name_and_input_is_the_same_execution_while_it_runs(create, start):
    machine = create(Wait=WAIT)
    first = start(machine, {"a": 1}, name="one")
    assert start(machine, {"a": 1}, name="one") == first


def test_the_same_name_with_another_input_is_refused(create, start, states):
    machine = create(Wait=WAIT)
    start(machine, {"a": 1}, name="one")
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        start(machine, {"a": 2}, name="one")


def test_the_name_of_an_ended_execution_is_taken(create, start, outcome, states):
    machine = create(Done=PASS)
    outcome(start(machine, name="one"))
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        start(machine, name="one")


def test_an_input_of_more_than_256_kib_is_refused(create, start):
    machine = create(Done=PASS)
    start(machine, {"a": "x" * 262_000})
    with pytest.raises(ClientError, match="ValidationException"):
        start(machine, {"a": "x" * 300_000})


def test_an_input_that_is_no_json_is_refused(create, states):
    with pytest.raises(states.exceptions.InvalidExecutionInput):
        states.start_execution(stateMachineArn=create(Done=PASS), input="{")


def test_a_machine_of_the_same_name_with_another_definition_is_refused(create, states):
    assert create(Done=PASS) == create(Done=PASS)
    with pytest.raises(states.exceptions.StateMachineAlreadyExists):
        create(Other=PASS)


def test_a_refused_definition_spoils_no_other(create, states):
    for _ in range(2):
        with pytest.raises(states.exceptions.InvalidDefinition):
            create("bad", top={"QueryLanguage": "JSONata"}, Do={"Type": "Pass", "Nonsense": 1})
    create("good", Do={"Type": "Pass", "InputPath": "$.a", "End": True})


def test_a_stopped_execution_is_aborted_with_error_and_cause(create, start, states, outcome):
    execution = start(create(Wait=WAIT))
    states.stop_execution(executionArn=execution, error="Enough", cause="of this")
    told = outcome(execution, seconds=2)
    assert told["status"] == "ABORTED"
    assert (told["error"], told["cause"]) == ("Enough", "of this")
    assert told["stopDate"] >= told["startDate"]
    assert types(states, execution)[-1] == "ExecutionAborted"


def test_a_machines_own_timeout_ends_it(create, start, outcome, states):
    execution = start(create(top={"TimeoutSeconds": 1}, Wait=WAIT))
    told = outcome(execution)
    assert told["status"] == "TIMED_OUT"
    assert "stopDate" in told
    assert types(states, execution)[-1] == "ExecutionTimedOut"


def test_a_running_execution_tells_how_far_it_is(create, start, states, eventually):
    machine = create(Begin={"Type": "Pass", "Next": "Wait"}, Wait=WAIT)
    execution = start(machine, {"a": 1})
    eventually(lambda: "WaitStateEntered" in types(states, execution))
    assert types(states, execution) == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "WaitStateEntered",
    ]
    told = states.describe_execution(executionArn=execution)
    assert told["status"] == "RUNNING"
    assert json.loads(told["input"]) == {"a": 1}
    assert "output" not in told


def test_the_history_comes_in_pages_in_either_direction(create, start, outcome, states):
    steps = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(9)}
    execution = start(create(**steps, S9=PASS))
    outcome(execution)
    pages = states.get_paginator("get_execution_history")
    told = [
        event["id"]
        for page in pages.paginate(executionArn=execution, PaginationConfig={"PageSize": 7})
        for event in page["events"]
    ]
    assert told == list(range(1, 23))
    last = states.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=2)
    assert [event["id"] for event in last["events"]] == [22, 21]
    bare = states.get_execution_history(executionArn=execution, includeExecutionData=False)
    assert "input" not in bare["events"][0]["executionStartedEventDetails"]


def test_executions_are_listed_by_status_the_newest_first(create, start, outcome, states):
    machine = create(Wait={"Type": "Wait", "SecondsPath": "$.seconds", "End": True})
    ended = [start(machine, {"seconds": 0}) for _ in range(3)]
    for execution in ended:
        outcome(execution)
    runs = start(machine, {"seconds": 31_536_000})
    found = states.list_executions(stateMachineArn=machine)["executions"]
    assert [each["executionArn"] for each in found] == [runs, *reversed(ended)]
    assert all("stopDate" in each for each in found[1:])
    running = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")
    assert [each["executionArn"] for each in running["executions"]] == [runs]


def test_the_end_of_the_account_ends_its_executions(create, start, account):
    from infra.local.stepfunctions.executions import find

    execution = find(start(create(Wait=WAIT)))
    account.stop()
    assert execution.ended.wait(5)
    assert execution.status == "ABORTED"


def test_events_are_logged_where_the_machine_asks_for_it(account, states, start, outcome):
    logs = account.client("logs")
    logs.create_log_group(logGroupName="/states/logged")
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/states/logged:*"
    machine = states.create_state_machine(
        name="logged",
        definition=json.dumps({"StartAt": "Done", "States": {"Done": PASS}}),
        roleArn="arn:aws:iam::123456789012:role/machine",
        loggingConfiguration={
            "level": "ALL",
            "includeExecutionData": False,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
        },
    )["stateMachineArn"]
    execution = start(machine, {"secret": 1})
    outcome(execution)
    found = logs.filter_log_events(logGroupName="/states/logged")["events"]
    told = [json.loads(event["message"]) for event in found]
    assert [event["type"] for event in told] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert {event["execution_arn"] for event in told} == {execution}
    assert "secret" not in str(told)


def test_a_full_history_fails_the_execution(monkeypatch):
    from interpreter import run

    from infra.local.stepfunctions import executions

    monkeypatch.setattr(executions, "MOST_EVENTS", 500)
    loop = {"Type": "Pass", "Next": "Again"}
    definition = {"StartAt": "Again", "States": {"Again": loop, "Never": {"Type": "Succeed"}}}
    result = run(json.dumps(definition), {})
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert "maximum number of history events" in result.cause
    assert len(result.history) == 500
