import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.promotion import explain_failure

REQUEST_ID = "2f1cb1e0-8a37-4a3a-9d5c-0d9a1f8f0a11"


def explain(error="", cause="", state=""):
    return explain_failure.handler({"error": error, "cause": cause, "state": state}, None)


def of_function(kind, message, **more):
    return json.dumps({"errorMessage": message, "errorType": kind, **more})


def test_an_error_of_ours_is_its_own_message():
    cause = of_function(
        "LockHeld", "shop/dev is locked", requestId=REQUEST_ID, stackTrace=["  File x, line 1"]
    )
    assert explain("LockHeld", cause) == {"error": "LockHeld", "cause": "shop/dev is locked"}


@pytest.mark.parametrize(
    ("error", "cause", "expected"),
    [
        ("States.Timeout", "", "It took longer than it may [States.Timeout]"),
        (
            "Sandbox.Timedout",
            of_function(
                "Sandbox.Timedout",
                f"RequestId: {REQUEST_ID} Error: Task timed out after 30.00 seconds",
            ),
            "The function took longer than it may: Task timed out after 30.00 seconds "
            "[Sandbox.Timedout]",
        ),
        (
            "Runtime.ExitError",
            of_function(
                "Runtime.ExitError",
                f"RequestId: {REQUEST_ID} Error: Runtime exited with error: signal: killed",
            ),
            "The function's process died: Runtime exited with error: signal: killed "
            "[Runtime.ExitError]",
        ),
        (
            "Lambda.Unknown",
            "The cause could not be determined because Lambda did not return an error type. "
            "Returned payload: "
            + json.dumps(
                {
                    "errorMessage": f"2026-01-01T00:00:00.000Z {REQUEST_ID} "
                    "Task timed out after 3.00 seconds"
                }
            ),
            "The function was killed before it could answer: Task timed out after 3.00 seconds "
            "[Lambda.Unknown]",
        ),
        (
            "Lambda.Unknown",
            "The cause could not be determined. Returned payload: ",
            "The function was killed before it could answer: The cause could not be determined. "
            "[Lambda.Unknown]",
        ),
        (
            "Sns.AccessDeniedException",
            "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: SNS:Publish "
            f"(Service: Sns, Status Code: 403, Request ID: {REQUEST_ID} (SDK Attempt Count: 1))",
            "A role lacks a permission that it needs: User: arn:aws:sts::1:assumed-role/x is not "
            "authorized to perform: SNS:Publish [Sns.AccessDeniedException]",
        ),
        (
            "KeyError",
            of_function("KeyError", "'alias'", stackTrace=["secret line"]),
            "'alias' [KeyError]",
        ),
        ("", "", "No cause was given [Unknown]"),
        ("Custom", "plain words", "plain words [Custom]"),
        ("Custom", json.dumps({"code": 5, "stackTrace": ["x"]}), '{"code": 5} [Custom]'),
    ],
)
def test_what_aws_says_becomes_words_with_its_name(error, cause, expected):
    assert explain(error, cause)["cause"] == expected


def test_the_innermost_of_nested_errors_is_the_one_and_none_is_lost():
    inner = of_function("Unhealthy", "the alarm shop-dev-errors is red")
    middle = json.dumps({"ExecutionArn": "arn", "Error": "Unhealthy", "Cause": inner})
    outer = json.dumps({"Error": "RolledBack", "Cause": middle, "Status": "FAILED"})
    assert explain("States.TaskFailed", outer) == {
        "error": "Unhealthy",
        "cause": "the alarm shop-dev-errors is red [States.TaskFailed > RolledBack > Unhealthy]",
    }


def test_a_cause_that_was_cut_short_still_gives_its_message():
    cut = of_function("Unhealthy", "the alarm is red", stackTrace=["x" * 100])[:-60]
    assert explain("Unhealthy", cut) == {"error": "Unhealthy", "cause": "the alarm is red"}


def test_a_stack_trace_in_the_words_is_left_out_but_its_last_line():
    cause = 'It broke. Traceback (most recent call last):\n  File "x.py", line 1\nKeyError: 5'
    assert explain("Custom", cause)["cause"] == "It broke. KeyError: 5 [Custom]"


def test_where_it_happened_comes_first():
    said = explain("AliasMoved", of_function("AliasMoved", "somebody moved it"), "the rollback")
    assert said["cause"] == "In the rollback: somebody moved it"


def test_a_long_cause_keeps_its_beginning_and_its_end():
    said = explain("Custom", f"begin {'x' * 100_000} end")["cause"]
    assert said.startswith("begin x")
    assert said.endswith("x end [Custom]")
    assert len(said) <= explain_failure.LONGEST_CAUSE


def test_nothing_at_all_is_explained_too():
    assert explain_failure.handler({}, None)["error"] == "Unknown"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errorType", "errorMessage", "Error", "Cause", "stackTrace", "other"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(
    error=st.text(max_size=600),
    cause=st.one_of(st.text(max_size=300), json_values.map(json.dumps)),
)
def test_whatever_comes_is_answered_and_the_error_is_never_lost(error, cause):
    said = explain(error, cause)
    assert said["cause"]
    assert len(said["cause"]) <= explain_failure.LONGEST_CAUSE
    if error and len(error) < 100:
        assert error in said["cause"] or error == said["error"]


def test_deep_nesting_is_answered():
    assert explain("Custom", '{"Cause":' * 50_000)["error"] == "Custom"
