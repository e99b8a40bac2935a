"""A pending approval of a promotion to production, and the execution that waits for it."""

import json

import boto3
import pytest
import questions
from botocore.exceptions import ClientError

from tasks import store

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:feedback-prod-1.1.0"


class Waiting:
    """Step Functions with executions that wait for the tokens given; it keeps what it is told."""

    def __init__(self, *tokens):
        self.open = set(tokens)
        self.told = []
        self.failures = []

    def send_task_success(self, taskToken, output):
        self._close(taskToken, "SendTaskSuccess")
        self.told.append(("success", taskToken, json.loads(output)))

    def send_task_failure(self, taskToken, error, cause):
        self._close(taskToken, "SendTaskFailure")
        self.told.append(("failure", taskToken, error, cause))

    def _close(self, token, operation):
        if self.failures:
            code = self.failures.pop(0)
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)
        if token not in self.open:
            raise ClientError({"Error": {"Code": "TaskTimedOut", "Message": "closed"}}, operation)
        self.open.remove(token)


@pytest.fixture
def waiting():
    """Step Functions with an execution that waits for token-1, and later for token-2."""
    return Waiting("token-1", "token-2")


@pytest.fixture
def topic(aws, monkeypatch):
    arn = boto3.client("sns").create_topic(Name="daytwo")["TopicArn"]
    monkeypatch.setenv("NOTIFICATION_TOPIC", arn)
    return arn


@pytest.fixture
def published(topic):
    """What was published on the topic: subject and message."""
    from moto.sns.models import sns_backends

    def read():
        notes = sns_backends["123456789012"]["us-east-1"].topics[topic].sent_notifications
        return [(subject, message) for _, message, subject, *_ in notes]

    return read


@pytest.fixture
def plan():
    return questions.plan()


@pytest.fixture
def question():
    """What the workflow sends to ask for an approval."""
    return questions.question(EXECUTION, "token-1")


@pytest.fixture
def approval(dynamodb, state_table):
    """Read the approval's record."""

    def read():
        key = store.approval(store.approval_id(EXECUTION))
        reply = dynamodb.get_item(TableName=state_table, Key=store.to_item(key))
        return store.from_item(reply["Item"]) if "Item" in reply else None

    return read


@pytest.fixture
def set_approval(dynamodb, state_table, approval):
    """Change attributes of the approval's record."""

    def write(**values):
        dynamodb.put_item(TableName=state_table, Item=store.to_item({**approval(), **values}))

    return write


@pytest.fixture
def trail(dynamodb, audit_table):
    """Read the audit trail of the execution, oldest first."""

    def read():
        reply = dynamodb.query(
            TableName=audit_table,
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": f"{EXECUTION}#approval"}},
        )
        return [store.from_item(item) for item in reply["Items"]]

    return read
