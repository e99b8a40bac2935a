"""Health is a definite yes, a definite no, or not known yet."""

import io
import json

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from tasks.errors import AlarmUnknown, AlarmWithoutData, FunctionMissing, Throttled, Unhealthy
from tasks.promotion import check_health

HOLD = {"name": "feedback-dev-errors", "without_data": "hold"}
SILENT_IS_FINE = {"name": "feedback-dev-errors", "without_data": "healthy"}
PROBE = {
    "component": "health",
    "function": "feedback-dev-health",
    "alias": "live",
    "payload": {"path": "/health"},
    "expect_status": 200,
}


def put_alarm(cloudwatch, state, reason="three errors"):
    cloudwatch.put_metric_alarm(
        AlarmName=HOLD["name"],
        MetricName="Errors",
        Namespace="AWS/Lambda",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Threshold=0,
        Statistic="Sum",
    )
    cloudwatch.set_alarm_state(AlarmName=HOLD["name"], StateValue=state, StateReason=reason)


def look(cloudwatch, alarm=HOLD, last=False, since=""):
    health = {"alarms": [alarm], "checks": []}
    return check_health.check(health, {}, last, since, cloudwatch, None)


@pytest.fixture
def functions():
    """A stubbed Lambda that answers one invocation after the other."""
    client = boto3.client("lambda", region_name="us-east-1")
    with Stubber(client) as stub:

        def answers(qualifier, answer, **more):
            content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            body = StreamingBody(io.BytesIO(content), len(content))
            stub.add_response(
                "invoke",
                {"StatusCode": 200, "Payload": body, **more},
                {
                    "FunctionName": PROBE["function"],
                    "Qualifier": qualifier,
                    "Payload": json.dumps(PROBE["payload"]).encode(),
                },
            )

        client.answers, client.stub = answers, stub
        yield client
        stub.assert_no_pending_responses()


def ask(functions, version="7"):
    health = {"alarms": [], "checks": [PROBE]}
    return check_health.check(health, {PROBE["function"]: version}, True, "", None, functions)


def test_an_alarm_that_is_ok_is_healthy(cloudwatch):
    put_alarm(cloudwatch, "OK")

    assert look(cloudwatch) == {
        "healthy": True,
        "inconclusive": False,
        "observations": ["alarm feedback-dev-errors is OK"],
    }


def test_a_red_alarm_is_unhealthy_and_named_with_its_reason(cloudwatch):
    put_alarm(cloudwatch, "ALARM")

    with pytest.raises(Unhealthy, match=r"feedback-dev-errors is ALARM since .*: three errors"):
        look(cloudwatch)


def test_an_alarm_that_was_red_before_the_watch_is_said_to_be(cloudwatch):
    put_alarm(cloudwatch, "ALARM")

    with pytest.raises(Unhealthy, match="before this watch began"):
        look(cloudwatch, since="2999-01-01T00:00:00Z")


def test_silence_holds_judgement(cloudwatch):
    put_alarm(cloudwatch, "INSUFFICIENT_DATA", "no data")

    reply = look(cloudwatch)

    assert (reply["healthy"], reply["inconclusive"]) == (False, True)
    assert "INSUFFICIENT_DATA" in reply["observations"][0]


def test_silence_at_the_last_look_is_not_health(cloudwatch):
    put_alarm(cloudwatch, "INSUFFICIENT_DATA", "no data")

    with pytest.raises(AlarmWithoutData, match="feedback-dev-errors is INSUFFICIENT_DATA"):
        look(cloudwatch, last=True)


def test_silence_is_healthy_where_the_manifest_says_so(cloudwatch):
    put_alarm(cloudwatch, "INSUFFICIENT_DATA", "no data")

    assert look(cloudwatch, alarm=SILENT_IS_FINE, last=True)["healthy"]


def test_an_alarm_that_is_gone_fails_closed(cloudwatch):
    with pytest.raises(AlarmUnknown, match="feedback-dev-errors"):
        look(cloudwatch)


def test_more_alarms_than_one_call_takes_are_all_read(cloudwatch):
    names = [f"feedback-dev-{number}" for number in range(130)]
    for name in names:
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            MetricName="Errors",
            Namespace="AWS/Lambda",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            Period=60,
            Threshold=0,
            Statistic="Sum",
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="fine")
    health = {"alarms": [{"name": name, "without_data": "hold"} for name in names], "checks": []}

    reply = check_health.check(health, {}, True, "", cloudwatch, None)

    assert len(reply["observations"]) == 130


def test_a_function_is_asked_at_the_new_version_and_through_the_alias(functions):
    functions.answers("7", {"statusCode": 200})
    functions.answers("live", {"statusCode": "200"})

    assert ask(functions)["observations"] == [
        "feedback-dev-health:7 answered 200",
        "feedback-dev-health:live answered 200",
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"statusCode": 503}, "answered status 503 instead of 200"),
        ({"ok": True}, "answered no statusCode instead of 200"),
        ("plain words", "answered no statusCode"),
        ({"statusCode": None}, "answered no statusCode"),
        ([200], "answered no statusCode"),
    ],
)
def test_another_answer_than_the_expected_one_is_unhealthy(functions, answer, words):
    functions.answers("7", answer)
    functions.answers("live", {"statusCode": 200})

    with pytest.raises(Unhealthy, match=f"Feedback-dev-health:7 {words}"):
        ask(functions)


def test_a_function_that_raises_is_unhealthy_and_quoted(functions):
    functions.answers("7", {"statusCode": 200})
    functions.answers("live", {"errorMessage": "no table"}, FunctionError="Unhandled")

    with pytest.raises(Unhealthy, match=r"health:live failed: .*no table"):
        ask(functions)


def test_a_function_that_had_no_version_before_is_not_asked(functions):
    assert ask(functions, version="")["observations"] == [
        "feedback-dev-health had no version before; it was not asked"
    ]


@pytest.mark.parametrize(
    ("code", "error"),
    [("TooManyRequestsException", Throttled), ("ResourceNotFoundException", FunctionMissing)],
)
def test_what_lambda_says_gets_a_name(functions, code, error):
    functions.stub.add_client_error("invoke", code)

    with pytest.raises(error, match="feedback-dev-health:7"):
        ask(functions)


def test_a_throttled_look_at_alarms_is_tried_again(cloudwatch, refusing):
    with pytest.raises(Throttled):
        look(refusing(cloudwatch, "describe_alarms", "Throttling"))


def test_the_function_answers_by_its_schema(cloudwatch):
    put_alarm(cloudwatch, "OK")

    reply = check_health.handler(
        {
            "health": {"alarms": [HOLD], "checks": []},
            "published": [{"function": "f", "version": "7", "code_sha256": "x"}],
            "target": {},
            "last": True,
        },
        None,
    )

    assert reply["healthy"]
