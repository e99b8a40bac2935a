"""The tests of one release: its functions on the path, its tables in an account of their own.

FEEDBACK_FUNCTIONS is the folder with the release's functions, 1.0.0's without it; tests of
what came later are left out.
"""

import json
import os
import pathlib
import sys
import types

import boto3
import moto
import pytest

ROOT = pathlib.Path(__file__).parent.parent
FUNCTIONS = pathlib.Path(os.environ.get("FEEDBACK_FUNCTIONS", ROOT / "functions"))
sys.path.insert(0, str(FUNCTIONS))


def numbers(version):
    return tuple(int(number) for number in version.split("."))


def pytest_ignore_collect(collection_path):
    since = collection_path.name.removeprefix("since_").replace("_", ".")
    release = (FUNCTIONS / "release.txt").read_text().strip()
    newer = collection_path.name.startswith("since_") and numbers(since) > numbers(release)
    return True if newer else None


@pytest.fixture(autouse=True)
def database(monkeypatch):
    """Make both tables as the template does, and give the DynamoDB client."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    resources = json.loads((ROOT / "template.json").read_text())["Resources"]
    with moto.mock_aws():
        dynamodb = boto3.client("dynamodb")
        for name in ("Feedback", "Analytics"):
            properties = resources[f"{name}Table"]["Properties"]
            table = f"feedback-test-{name.lower()}"
            asked = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")
            dynamodb.create_table(
                TableName=table, **{key: properties[key] for key in asked if key in properties}
            )
            monkeypatch.setenv(f"{name.upper()}_TABLE_NAME", table)
        yield dynamodb


@pytest.fixture
def context():
    return types.SimpleNamespace(aws_request_id="request-1", function_version="7")


@pytest.fixture
def feedback():
    """A body that is taken in."""
    return {
        "name": "Ada Example",
        "email": "ada@example.com",
        "rating": 5,
        "message": "A great and friendly service",
    }


@pytest.fixture
def create(context):
    """Send a body to create-feedback; give the status and the parsed answer."""
    from create_feedback import handler

    def send(body):
        event = {"httpMethod": "POST", "path": "/feedback", "body": json.dumps(body)}
        response = handler(event, context)
        return response["statusCode"], json.loads(response["body"])

    return send


@pytest.fixture
def listed(context):
    """Ask list-feedback; give the status and the parsed answer."""
    from list_feedback import handler

    def ask(**query):
        event = {"httpMethod": "GET", "path": "/feedback", "queryStringParameters": query or None}
        response = handler(event, context)
        return response["statusCode"], json.loads(response["body"])

    return ask


@pytest.fixture
def lines(capsys):
    """Give the JSON log lines written so far."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
