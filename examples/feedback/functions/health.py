"""GET /health: whether the service can work, and which release this is."""

import os
import pathlib

from botocore.exceptions import BotoCoreError, ClientError
from service import answer, dynamodb, endpoint

TABLES = {"feedback": "FEEDBACK_TABLE_NAME", "analytics": "ANALYTICS_TABLE_NAME"}
RELEASE = pathlib.Path(__file__).with_name("release.txt")


@endpoint("health")
def handler(event, context):
    """Answer 200 where every table is in service, else 503 with the state of each."""
    tables = {name: state(os.environ[variable]) for name, variable in TABLES.items()}
    healthy = all(found == "ACTIVE" for found in tables.values())
    body = {
        "status": "healthy" if healthy else "unhealthy",
        "release": RELEASE.read_text().strip(),
        "version": getattr(context, "function_version", ""),
        "tables": tables,
    }
    return answer(200 if healthy else 503, body)


def state(table):
    """Give the table's status as DynamoDB tells it, or why it cannot be told."""
    try:
        return dynamodb().describe_table(TableName=table)["Table"]["TableStatus"]
    except ClientError as error:
        return error.response["Error"]["Code"]
    except BotoCoreError as error:
        return type(error).__name__
