"""The interpreter that workflow tests run on answers as they rely on it to."""

import pytest
from interpreter import NO_ANSWER, run


class Throttled(Exception):
    pass


def machine(**states):
    first = next(iter(states))
    return {"StartAt": first, "States": states}


def task(name, **fields):
    return {"Type": "Task", "Resource": f"${{{name}.Arn}}", **fields}


def test_a_task_is_found_by_its_module_function_or_logical_id():
    definition = machine(Go=task("PromotionShiftAlias", End=True))
    for name in ("promotion.shift_alias", "daytwo-promotion-shift-alias", "PromotionShiftAlias"):
        result = run(definition, {"to": 10}, {name: lambda document: {"got": document}})
        assert result.status == "SUCCEEDED"
        assert result.output == {"got": {"to": 10}}
        assert result.states == ["Go"]
        assert result.inputs(name) == [{"to": 10}]


def test_an_exception_is_retried_and_caught_by_its_class_name():
    definition = machine(
        Go=task(
            "Fetch",
            End=True,
            Retry=[{"ErrorEquals": ["Throttled"], "IntervalSeconds": 900, "MaxAttempts": 3}],
            Catch=[{"ErrorEquals": ["ValueError"], "Next": "Caught", "ResultPath": "$.failure"}],
        ),
        Caught={"Type": "Pass", "End": True},
    )
    result = run(definition, {}, {"fetch": [Throttled("one"), Throttled, ValueError("no")]})
    assert result.states == ["Go", "Caught"]
    assert len(result.calls) == 3
    assert result.output["failure"]["Error"] == "ValueError"
    assert '"errorMessage":"no"' in result.output["failure"]["Cause"]


def test_waits_take_no_time():
    definition = machine(
        Wait={"Type": "Wait", "Seconds": 31_536_000, "Next": "Done"}, Done={"Type": "Succeed"}
    )
    assert run(definition, {}).states == ["Wait", "Done"]


def callback():
    return machine(
        Ask={
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {
                "FunctionName": "${Ask.Arn}",
                "Payload": {"task_token.$": "$$.Task.Token"},
            },
            "TimeoutSeconds": 604800,
            "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Expired"}],
            "End": True,
        },
        Expired={"Type": "Fail", "Error": "ApprovalExpired", "Cause": "nobody answered"},
    )


def test_a_callback_gets_the_mocks_answer_with_its_token():
    result = run(callback(), {}, {"ask": {"status": "approved"}})
    assert result.status == "SUCCEEDED"
    assert result.output == {"status": "approved"}


def test_a_callback_that_nobody_answers_times_out():
    result = run(callback(), {}, {"ask": NO_ANSWER})
    assert result.status == "FAILED"
    assert (result.error, result.cause) == ("ApprovalExpired", "nobody answered")


def test_a_service_integration_is_recorded_and_answered():
    definition = machine(
        Tell={
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": "${NotificationTopic}", "Message": {"a.$": "$.a"}},
            "End": True,
        }
    )
    result = run(definition, {"a": 1})
    assert result.inputs("sns.publish") == [
        {"TopicArn": "${NotificationTopic}", "Message": '{"a": 1}'}
    ]
    assert "MessageId" in result.output
    other = run(definition, {"a": 1}, services={"sns.publish": {"MessageId": "7"}})
    assert other.output == {"MessageId": "7"}


def test_a_task_without_a_mock_fails_the_test():
    with pytest.raises(AssertionError, match="no mock for"):
        run(machine(Go=task("Fetch", End=True)), {})
