"""Asynchronous invocations: retries, dead letters, destinations."""

import json

import pytest

FAILING = "def handler(event, context): print('attempt'); raise ValueError('no such order')"


@pytest.fixture
def queue(cloud, request):
    """A queue of the test's own: its URL and ARN."""
    queues = cloud.client("sqs")
    name = request.node.name.removeprefix("test_")[:70].replace("[", "-").replace("]", "-")
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, arn["Attributes"]["QueueArn"]


def received(cloud, url):
    """Wait for a message in a queue."""
    return cloud.until(
        lambda: (
            cloud.client("sqs")
            .receive_message(QueueUrl=url, MessageAttributeNames=["All"])
            .get("Messages")
        )
    )[0]


def send(cloud, name, event=None):
    """Invoke asynchronously; give the request's id."""
    reply = cloud.client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(event)
    )
    assert reply["StatusCode"] == 202
    assert reply["Payload"].read() == b""
    return reply["ResponseMetadata"]["RequestId"]


def attempts(cloud, name):
    """Count how often a function has been tried."""
    return cloud.log(f"/aws/lambda/{name}").count("attempt")


def test_a_failing_event_is_tried_three_times_and_kept(cloud, queue):
    url, arn = queue
    cloud.create("failing", FAILING, DeadLetterConfig={"TargetArn": arn})

    request = send(cloud, "failing", {"order": 7})

    message = received(cloud, url)
    attributes = {
        name: value["StringValue"] for name, value in message["MessageAttributes"].items()
    }
    assert json.loads(message["Body"]) == {"order": 7}
    assert attributes == {
        "RequestID": request,
        "ErrorCode": "200",
        "ErrorMessage": "no such order",
    }
    assert attempts(cloud, "failing") == 3


def test_retries_keep_their_distance_on_the_accounts_clock(cloud, queue):
    url, arn = queue
    cloud.create("patient", FAILING, DeadLetterConfig={"TargetArn": arn})

    send(cloud, "patient")
    received(cloud, url)

    events = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/patient")["events"]
    starts = [one["timestamp"] for one in events if one["message"].startswith("START")]
    assert starts[1] - starts[0] >= 60_000
    assert starts[2] - starts[1] >= 120_000


def test_a_function_says_how_often_it_is_tried_and_where_failures_go(cloud, queue):
    url, arn = queue
    cloud.create("once-only", FAILING)
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="once-only",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )

    request = send(cloud, "once-only", {"order": 7})

    record = json.loads(received(cloud, url)["Body"])
    assert record["requestContext"]["requestId"] == request
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["requestPayload"] == {"order": 7}
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorType"] == "ValueError"
    assert attempts(cloud, "once-only") == 1


def test_a_success_can_be_told_too(cloud, queue):
    url, arn = queue
    cloud.create("telling", "def handler(event, context): return {'stored': event}")
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="telling", DestinationConfig={"OnSuccess": {"Destination": arn}}
    )

    send(cloud, "telling", 7)

    record = json.loads(received(cloud, url)["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"stored": 7}


def test_a_throttled_event_waits_and_then_expires(cloud, queue):
    url, arn = queue
    cloud.create("throttled", FAILING, DeadLetterConfig={"TargetArn": arn})
    lambdas = cloud.client("lambda")
    lambdas.put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=0)
    lambdas.put_function_event_invoke_config(FunctionName="throttled", MaximumEventAgeInSeconds=60)

    send(cloud, "throttled", {"order": 7})

    message = received(cloud, url)
    assert message["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"
    assert len(cloud.metric("Throttles", FunctionName="throttled")) > 1
