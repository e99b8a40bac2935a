"""An embedded account whose events, schedules and topics deliver, with a stand-in for Lambda."""

import json
import queue

import pytest
from embedded import running

from infra.local import events, scheduler, stepfunctions, topics
from infra.local.account import ACCOUNT_ID, REGION


class Functions:
    """Stands in for Lambda's client: notes each asynchronous invocation."""

    def __init__(self):
        self.invoked = queue.SimpleQueue()

    def invoke(self, FunctionName, InvocationType, Payload):
        assert InvocationType == "Event"
        self.invoked.put((FunctionName, json.loads(Payload)))

    def next(self, seconds=10):
        """Wait for the next invocation; give the function's ARN and the event it got."""
        return self.invoked.get(timeout=seconds)


@pytest.fixture
def account(tmp_path):
    with running(tmp_path, stepfunctions, events, scheduler, topics, factor=600) as account:
        yield account


@pytest.fixture
def functions(account, monkeypatch):
    functions = Functions()
    monkeypatch.setitem(account._clients, ("", "", "lambda", REGION), functions)
    return functions


@pytest.fixture
def make_queue(account):
    """Create a queue; give its URL and ARN."""

    def make_queue(name):
        url = account.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"

    return make_queue


@pytest.fixture
def receive(account):
    """Wait for the next message of a queue."""

    def receive(url, seconds=10):
        for _ in range(seconds):
            answer = account.client("sqs").receive_message(
                QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"]
            )
            if answer.get("Messages"):
                message = answer["Messages"][0]
                account.client("sqs").delete_message(
                    QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]
                )
                return message
        raise TimeoutError(f"no message in {url} after {seconds} s")

    return receive


@pytest.fixture
def put(account):
    """Put an event on a bus."""

    def put(detail, kind="Promotion Succeeded", source="daytwo", **others):
        entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail), **others}
        answer = account.client("events").put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0

    return put


@pytest.fixture
def rule(account):
    """Create a rule with one target; give the rule's ARN."""

    def rule(name, target, pattern=None, **others):
        if pattern is not None:
            others["EventPattern"] = json.dumps(pattern)
        events = account.client("events")
        arn = events.put_rule(Name=name, **others)["RuleArn"]
        bus = {"EventBusName": others["EventBusName"]} if "EventBusName" in others else {}
        events.put_targets(Rule=name, Targets=[{"Id": "target", **target}], **bus)
        return arn

    return rule
