"""What all functions of the feedback service share: log lines, API answers, the database client."""

import datetime
import functools
import json
import time

import boto3

# Whoever reads the log needs none of these; a message may hold anything its writer typed.
PERSONAL = frozenset({"name", "email", "message"})


@functools.cache
def dynamodb():
    """Give the DynamoDB client, made once per process."""
    return boto3.client("dynamodb")


def now():
    """Give the time in ISO 8601, UTC, to the millisecond."""
    moment = datetime.datetime.now(datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def redacted(value):
    """Give the value with all personal data in it replaced, at any depth."""
    if isinstance(value, dict):
        return {
            key: "[REDACTED]" if key in PERSONAL else redacted(item) for key, item in value.items()
        }
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return value


def log(level, service, event, context, error_type="", error_message="", **metadata):
    """Write one JSON line to the function's log."""
    line = {
        "timestamp": now(),
        "level": level,
        "service": service,
        "requestId": getattr(context, "aws_request_id", ""),
        "userId": user(event),
        "errorType": error_type,
        "errorMessage": error_message,
        "metadata": redacted(metadata),
    }
    print(json.dumps(line), flush=True)


def user(event):
    """Give who calls, as API Gateway's authorizer names them, or `anonymous`."""
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    return authorizer.get("principalId", "anonymous")


def answer(status, body):
    """Give a response for API Gateway's proxy integration."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"},
        "body": json.dumps(body),
    }


def endpoint(service):
    """Wrap a function behind the API: a log line for each request, and for each failure.

    What it did not expect is logged and raised on, so that Lambda counts an error and the
    alarm sees it. The text of an exception may quote the request: its type is logged alone.
    """

    def decorate(function):
        @functools.wraps(function)
        def handler(event, context):
            began = time.monotonic()
            try:
                response = function(event, context)
            except Exception as error:
                log("ERROR", service, event, context, type(error).__name__, "unexpected failure")
                raise
            took = round((time.monotonic() - began) * 1000)
            status = response["statusCode"]
            log("INFO", service, event, context, statusCode=status, milliseconds=took)
            return response

        return handler

    return decorate
