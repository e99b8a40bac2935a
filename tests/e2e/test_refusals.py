"""What must not be promoted is refused in words, and nothing is changed."""

import re

import pytest
from botocore.exceptions import ClientError
from journeys import BY_BOB

BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<testsuite><testcase name="&b;"/></testsuite>"""


def assert_failed_clean(feedback, described, *words):
    """The execution failed with all these words, and the environment is free."""
    assert (described["status"], described["error"]) == ("FAILED", "FailedClean")
    for pattern in words:
        assert re.search(pattern, described["cause"]), described["cause"]
    assert feedback.lock("dev") == {}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody", "1.0.0", "dev"), "nobody"),
        (("feedback", "9.9.9", "dev"), "no published release 9.9.9. Published: "),
        (("feedback", "1.0.0", "moon"), "no environment moon. It has dev, staging, prod."),
    ],
)
def test_the_command_line_refuses_what_it_does_not_know_before_it_starts(
    feedback, arguments, words
):
    system, release, environment = arguments
    result = feedback.daytwo("promote", system, release, "--to", environment)
    assert result.exit_code == 2
    assert words in result.output


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"system": "nobody"}, "No system nobody is registered"),
        ({"release": "9.9.9"}, "feedback has no published release 9.9.9"),
        ({"environment": "moon"}, "no environment moon; .* has dev, staging, prod"),
        ({"colour": "red", "urgent": True}, "colour.*urgent"),
        ({"release": 7, "reason": None}, "(?s)release.*reason|reason.*release"),
    ],
    ids=["system", "release", "environment", "unexpected fields", "wrong types"],
)
def test_a_wrong_input_is_answered_with_what_is_wrong_in_it(feedback, fields, words):
    assert_failed_clean(feedback, feedback.end(feedback.ask(**fields)), words)


def test_an_input_of_300_kib_is_refused_as_on_aws(feedback):
    with pytest.raises(ClientError) as refused:
        feedback.ask(reason="x" * 300 * 1024)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert "less than or equal to 262144" in str(refused.value)


def test_an_environment_cannot_be_skipped(feedback):
    release = feedback.publish()
    described = feedback.promote(release, "staging")
    assert_failed_clean(
        feedback, described, f"{release} is not verified in dev, which comes before staging"
    )


def test_an_artifact_that_was_changed_after_publishing_is_not_deployed(feedback):
    release, before = feedback.publish(), feedback.seen("dev")
    key = f"releases/feedback/{release}/functions/create-feedback.zip"
    feedback.account.client("s3").put_object(
        Bucket=feedback.session.output("ArtifactsBucketName"), Key=key, Body=b"something else"
    )
    assert_failed_clean(feedback, feedback.promote(release, "dev"), f"{key} was changed after")
    assert feedback.seen("dev") == before


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"tests": None}, "Tests: .*no evidence"),
        ({"coverage": "<coverage"}, "Coverage: .*coverage.xml: does not parse"),
        ({"tests": BOMB}, "Tests: .*junit.xml: declares XML entities"),
        ({"dependencies": "{}", "secrets": "[]"}, "Secrets: .*Dependencies: "),
    ],
    ids=["missing", "does not parse", "entity bomb", "two that are not what they should be"],
)
def test_evidence_that_proves_nothing_stops_the_release(feedback, evidence, words):
    release, before = feedback.publish(evidence=evidence), feedback.seen("dev")
    assert_failed_clean(feedback, feedback.promote(release, "dev"), words)
    assert feedback.seen("dev") == before


def test_of_two_promotions_one_goes_on_and_the_other_is_told_who_holds_the_lock(feedback):
    first, second = feedback.publish(), feedback.publish()
    with feedback.settings("dev", approval=BY_BOB):
        holder = feedback.start(first, "dev")
        feedback.question(holder)
        lock = feedback.lock("dev")
        refused = feedback.promote(second, "dev")
        assert feedback.lock("dev") == lock
        assert feedback.decide(holder, "approve", "bob").exit_code == 0
        assert feedback.end(holder)["status"] == "SUCCEEDED"
    purpose = f"for: promotion of {first} to dev, asked by arn:aws:iam::.*:user/alice"
    assert_failed_clean(feedback, refused, holder, f"since {lock['since']}", purpose)
    assert feedback.seen("dev")["live"]["release"] == first


def test_an_alarm_that_is_red_already_stops_the_release(feedback):
    release, before = feedback.publish(), feedback.seen("dev")
    cloudwatch = feedback.account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="feedback-dev-orders",
        Namespace="Shop",
        MetricName="LostOrders",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    cloudwatch.set_alarm_state(
        AlarmName="feedback-dev-orders", StateValue="ALARM", StateReason="orders were lost"
    )
    with feedback.settings(
        "dev", alarms=[{"name": "feedback-dev-orders", "without_data": "healthy"}]
    ):
        described = feedback.promote(release, "dev")
    assert_failed_clean(
        feedback, described, "Red before anything was changed: .*orders.*orders were lost"
    )
    assert feedback.seen("dev") == before
