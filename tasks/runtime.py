"""What every task shares: validation, logs, metrics, tracing, clients and error names."""

import contextlib
import functools
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from schemas.validation import InvalidDocument, check
from tasks.errors import (
    AccessRefused,
    AwsCallFailed,
    InvalidInput,
    InvalidOutput,
    TaskError,
    Throttled,
    Unavailable,
)

NAMESPACE = "daytwo"

log = logging.getLogger(NAMESPACE)
_fields: dict[str, str] = {}

# Codes that mean the same in every service (AWS SDKs: "Retry behavior", throttling errors).
COMMON_ERRORS: dict[str, type[TaskError]] = {
    **dict.fromkeys(
        (
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottledException",
            "RequestThrottled",
            "TooManyRequestsException",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "BandwidthLimitExceeded",
            "LimitExceededException",
            "SlowDown",
            "PriorRequestNotComplete",
        ),
        Throttled,
    ),
    **dict.fromkeys(
        (
            "InternalFailure",
            "InternalError",
            "InternalServerError",
            "InternalServiceError",
            "ServiceException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
            "RequestTimeout",
            "RequestTimeoutException",
            "TransactionInProgressException",
            "500",
            "502",
            "503",
            "504",
        ),
        Unavailable,
    ),
    **dict.fromkeys(
        ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"), AccessRefused
    ),
}


def task(handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Make a Lambda handler of a function of (request, context).

    The schema `schemas/tasks/<family>/<module>.json` is found by the module's name; the
    input is checked and its defaults filled in, the output is checked. `correlation_id` of
    the event (the execution's name) goes into each log line and is not part of the request.
    Raises InvalidInput or InvalidOutput naming each field.
    """
    name = handler.__module__.removeprefix("tasks.")
    schema = "tasks/" + name.replace(".", "/")

    @functools.wraps(handler)
    def run(event: Any, context: Any) -> Any:
        request, correlation_id = event, ""
        if isinstance(event, dict):
            request = {key: value for key, value in event.items() if key != "correlation_id"}
            correlation_id = str(event.get("correlation_id", ""))
        with _observed(name, correlation_id):
            answer = handler(_checked(request, schema, "input", InvalidInput), context)
            return _checked(answer, schema, "output", InvalidOutput)

    return run


def _checked(document: Any, schema: str, part: str, error: type[TaskError]) -> Any:
    try:
        return check(document, schema, part)
    except InvalidDocument as invalid:
        raise error(f"The {part} of {schema} is wrong. {invalid}") from None


@contextlib.contextmanager
def _observed(name: str, correlation_id: str) -> Iterator[None]:
    _fields.clear()
    _fields.update(task=name, correlation_id=correlation_id)
    if _add_fields not in log.filters:
        log.addFilter(_add_fields)
    started = time.perf_counter()
    try:
        with _subsegment(name):
            yield
    except Exception as error:
        kind = type(error).__name__
        log.exception("failed", extra={"duration_ms": _milliseconds_since(started)})
        metric("Failed", 1, task=name, error=kind)
        raise
    log.info("done", extra={"duration_ms": _milliseconds_since(started)})


def _add_fields(record: logging.LogRecord) -> bool:
    record.__dict__.update(_fields)
    return True


def _milliseconds_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


@contextlib.contextmanager
def _subsegment(name: str) -> Iterator[None]:
    if "Sampled=1" not in os.environ.get("_X_AMZN_TRACE_ID", ""):
        yield
        return
    recorder = _recorder()
    with recorder.in_subsegment(name) as subsegment:
        subsegment.put_annotation("correlation_id", _fields["correlation_id"])
        yield


@functools.cache
def _recorder() -> Any:
    # The SDK takes 0.3 s to import, so only a traced invocation pays for it.
    from aws_xray_sdk.core import patch, xray_recorder

    patch(("botocore",))
    return xray_recorder


def metric(name: str, value: float, unit: str = "Count", **dimensions: str) -> None:
    """Write one CloudWatch metric of the namespace `daytwo` as an embedded-metric log line.

    Source: CloudWatch User Guide, "Specification: Embedded metric format".
    """
    line = {
        "_aws": {
            "Timestamp": round(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [sorted(dimensions)],
                    "Metrics": [{"Name": name, "Unit": unit}],
                }
            ],
        },
        **dimensions,
        name: value,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def setting(name: str) -> str:
    """Read a setting of this function, such as STATE_TABLE, from its environment."""
    try:
        return os.environ[name]
    except KeyError:
        raise RuntimeError(
            f"the function has no setting {name}; the template sets it when PERMISSIONS names it"
        ) from None


def iso(moment: datetime | None = None) -> str:
    """Write a moment, now if none is given, as ISO 8601 UTC with seconds."""
    return (moment or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def client(service: str, target: Mapping[str, str] | None = None, attempts: int = 3) -> Any:
    """Give a cached AWS client, made with botocore alone because boto3 costs a cold start.

    `target` has the `region` and the `role_arn` of an environment; empty strings mean
    daytwo's own Region and role. `attempts` is 1 for calls that must not be made twice, or
    that the workflow alone tries again.
    """
    target = target or {}
    return _client(service, target.get("region", ""), target.get("role_arn", ""), attempts)


@functools.cache
def _client(service: str, region: str, role_arn: str, attempts: int) -> Any:
    from botocore.config import Config

    retries = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    return _session(role_arn).create_client(service, region_name=region or None, config=retries)


@functools.cache
def _session(role_arn: str) -> Any:
    import botocore.session

    session = botocore.session.get_session()
    if role_arn:
        _assume(session, role_arn)
    return session


def _assume(session: Any, role_arn: str) -> None:
    from botocore.credentials import (
        AssumeRoleCredentialFetcher,
        DeferredRefreshableCredentials,
    )

    fetcher = AssumeRoleCredentialFetcher(
        client_creator=session.create_client,
        source_credentials=session.get_credentials(),
        role_arn=role_arn,
        extra_args={"RoleSessionName": f"daytwo-{_fields.get('correlation_id', '')}"[:64]},
    )
    session._credentials = DeferredRefreshableCredentials(
        refresh_using=fetcher.fetch_credentials, method="assume-role"
    )


@contextlib.contextmanager
def raising(errors: Mapping[str, type[TaskError]], subject: str = "") -> Iterator[None]:
    """Turn AWS's errors into daytwo's, by AWS's error code.

    `errors` maps codes that mean something to this task; throttling, service faults and
    refusals are known for every service; any other code becomes AwsCallFailed. `subject`
    names the resource that the call was about.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

    about = f" ({subject})" if subject else ""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        known = errors.get(code) or COMMON_ERRORS.get(code, AwsCallFailed)
        raise known(f"{error.operation_name}{about}: {_said(error)} [{code}]") from error
    except (HTTPClientError, ConnectionError) as error:
        raise Unavailable(f"AWS did not answer{about}: {error}") from error
    except BotoCoreError as error:
        raise AwsCallFailed(f"The call could not be made{about}: {error}") from error


def _said(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Message", "") or "no message")
