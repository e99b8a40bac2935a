"""A release goes through dev, staging and prod, and everybody who asks can see it."""

import json

import pytest
from journeys import ACCOUNT, MACHINES, until

from infra.discovery import ROOT

RELEASE = "1.1.0"
EVENTS = {"source": ["daytwo", "aws.states"]}


@pytest.fixture(scope="module")
def queue(feedback):
    """A queue that gets the events of promotions and executions, and the notifications."""
    sqs, events = feedback.account.client("sqs"), feedback.account.client("events")
    url = sqs.create_queue(QueueName="feedback-watchers")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:feedback-watchers"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_rule(Name="feedback-watchers", EventPattern=json.dumps(EVENTS))
    events.put_targets(Rule="feedback-watchers", Targets=[{"Id": "queue", "Arn": arn}])
    feedback.account.client("sns").subscribe(
        TopicArn=feedback.session.output("NotificationTopicArn"), Protocol="sqs", Endpoint=arn
    )
    return url


@pytest.fixture(scope="module")
def journey(feedback, queue):
    """The executions that brought the release to dev, staging and prod, by environment."""
    with feedback.settings("dev", promote_to="staging"):
        executions = {"dev": feedback.start(RELEASE, "dev")}
        assert feedback.end(executions["dev"])["status"] == "SUCCEEDED"
        live = until(lambda: live_in(feedback, "staging"), f"{RELEASE} in staging")
    executions["staging"] = live["execution"]
    feedback.end(executions["staging"])
    executions["prod"] = feedback.start(RELEASE, "prod")
    asked = feedback.question(executions["prod"])
    (shown,) = feedback.said("approvals", who="bob")
    assert (shown["id"], shown["digest"]) == (asked["sk"], live["digest"])
    assert "task_token" not in shown
    decided = feedback.decide(executions["prod"], "approve", "bob")
    assert (decided.exit_code, decided.output.splitlines()[-1]) == (
        0,
        f"The promotion of feedback {RELEASE} to prod is approved.",
    )
    assert feedback.end(executions["prod"])["status"] == "SUCCEEDED"
    return executions


def live_in(feedback, environment):
    """Give what status says is live in an environment, if it is the release."""
    rows = feedback.said("status", "feedback")["environments"]
    (row,) = (row for row in rows if row["environment"] == environment)
    return row["live"] if row["live"].get("release") == RELEASE else None


def test_success_in_dev_starts_staging_by_the_event_and_once(feedback, journey):
    client = feedback.account.client("stepfunctions", "alice")
    described = client.describe_execution(executionArn=journey["staging"])
    assert described["status"] == "SUCCEEDED"
    event = json.loads(described["input"])
    assert event["detail-type"] == "Promotion Succeeded"
    assert event["detail"] == {
        "system": "feedback",
        "release": RELEASE,
        "environment": "staging",
        "requested_by": f"arn:aws:iam::{ACCOUNT}:user/alice",
        "reason": "verified in dev",
    }
    again = feedback.end(
        client.start_execution(
            stateMachineArn=f"{MACHINES}daytwo-promotion", input=described["input"]
        )["executionArn"]
    )
    assert again["status"] == "SUCCEEDED"
    assert json.loads(again["output"])["duplicate"] is True


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_status_says_what_is_live_and_nothing_is_held(feedback, journey, environment):
    seen = feedback.seen(environment)
    assert seen["live"]["release"] == RELEASE
    assert seen["live"]["execution"] == journey[environment]
    assert RELEASE in seen["verified"]
    assert seen["lock"] == {}


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_every_alias_is_on_the_version_of_the_release(feedback, journey, environment):
    client = feedback.account.client("lambda")
    for function, (version, weights) in feedback.aliases(environment).items():
        published = client.get_function_configuration(FunctionName=function, Qualifier=version)
        assert (weights, published["Description"].split()[0]) == ({}, "release")
    health = client.invoke(FunctionName=f"feedback-{environment}-health", Qualifier="live")
    assert RELEASE in json.loads(health["Payload"].read())["body"]


def test_the_site_and_the_stack_are_those_of_the_release(feedback, journey):
    page = (ROOT / f"examples/feedback/releases/{RELEASE}/site/index.html").read_text("utf-8")
    assert feedback.page("prod") == page
    bucket = f"feedback-prod-site-{ACCOUNT}"
    listed = feedback.account.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert {f"releases/{RELEASE}/{name}" for name in ("index.html", "app.js", "style.css")} <= {
        entry["Key"] for entry in listed
    }
    assert feedback.stack("prod")["FunctionMemory"] == "512"


def test_the_audit_trail_says_who_brought_what_where_and_who_approved(feedback, journey):
    trail = feedback.audit(journey["prod"])
    assert set(trail) == {("promotion", "succeeded"), ("decide", "approved")}
    promoted, approved = trail["promotion", "succeeded"], trail["decide", "approved"]
    assert promoted["who"] == f"arn:aws:iam::{ACCOUNT}:user/alice"
    assert approved["who"] == f"arn:aws:iam::{ACCOUNT}:user/bob"
    for entry in (promoted, approved):
        assert (entry["on_what"], entry["to"], entry["why"]) == (
            "feedback/prod",
            RELEASE,
            "a test",
        )


def test_events_and_notifications_of_the_journey_arrive(feedback, queue, journey):
    sqs = feedback.account.client("sqs")
    events = {("Promotion Succeeded", execution) for execution in journey.values()}
    events |= {("SUCCEEDED", execution) for execution in journey.values()}
    words = {f"feedback {RELEASE} to prod waits for approval", f"{RELEASE} is live in prod"}
    missing = events | words

    def arrived():
        reply = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        for message in reply.get("Messages", []):
            body = json.loads(message["Body"])
            detail = body.get("detail", {})
            missing.discard((body.get("detail-type"), detail.get("execution")))
            missing.discard((detail.get("status"), detail.get("executionArn")))
            said = body.get("Message", "")
            missing.difference_update([sentence for sentence in words if sentence in said])
        return not missing

    until(arrived, "all events and notifications")
    assert missing == set()
