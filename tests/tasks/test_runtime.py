"""What every task gets from its runtime."""

import contextlib
import io
import json
import logging
import sys
import types

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError

from tasks import errors, runtime

SCHEMA = {
    "$defs": {
        "input": {
            "type": "object",
            "properties": {
                "system": {"type": "string"},
                "percent": {"type": "integer", "default": 10},
            },
            "required": ["system"],
            "additionalProperties": False,
        },
        "output": {"type": "object", "required": ["done"]},
    }
}


@pytest.fixture
def make_task(monkeypatch):
    """Make a task of a function, as if it stood in tasks/sample/do_it.py."""
    from schemas import validation

    real = validation.load
    monkeypatch.setattr(
        validation, "load", lambda name: SCHEMA if name == "tasks/sample/do_it" else real(name)
    )
    validation._validator.cache_clear()
    yield (
        lambda function: (
            setattr(function, "__module__", "tasks.sample.do_it") or runtime.task(function)
        )
    )
    validation._validator.cache_clear()


def test_defaults_of_the_schema_are_filled_in(make_task):
    seen = []
    make_task(lambda request, context: seen.append(request) or {"done": True})(
        {"system": "feedback"}, None
    )
    assert seen == [{"system": "feedback", "percent": 10}]


def test_the_correlation_id_is_not_part_of_the_request(make_task):
    seen = []
    run = make_task(lambda request, context: seen.append(request) or {"done": True})
    run({"system": "feedback", "correlation_id": "run-1"}, None)
    assert "correlation_id" not in seen[0]


def test_a_wrong_input_names_every_field(make_task):
    run = make_task(lambda request, context: {"done": True})
    with pytest.raises(errors.InvalidInput) as refused:
        run({"percent": "ten", "extra": 1}, None)
    message = str(refused.value)
    assert "percent: 'ten' is not of type 'integer'" in message
    assert "'system' is a required property" in message
    assert "'extra' was unexpected" in message


@pytest.mark.parametrize("event", [None, [], "text", 7])
def test_an_input_that_is_no_object_is_refused(make_task, event):
    with pytest.raises(errors.InvalidInput, match="is not of type 'object'"):
        make_task(lambda request, context: {"done": True})(event, None)


def test_a_wrong_output_is_a_defect_and_not_an_answer(make_task):
    with pytest.raises(errors.InvalidOutput, match="'done' is a required property"):
        make_task(lambda request, context: {})({"system": "feedback"}, None)


def test_log_lines_have_the_task_and_the_correlation_id(make_task, caplog):
    caplog.set_level(logging.INFO, logger="daytwo")
    make_task(lambda request, context: {"done": True})(
        {"system": "feedback", "correlation_id": "run-1"}, None
    )
    (record,) = caplog.records
    assert (record.task, record.correlation_id) == ("sample.do_it", "run-1")


def test_a_failure_is_counted_by_task_and_error(make_task, capsys):
    def fail(request, context):
        raise errors.Throttled("slow down")

    with pytest.raises(errors.Throttled):
        make_task(fail)({"system": "feedback"}, None)
    line = json.loads(capsys.readouterr().out)
    assert (line["task"], line["error"], line["Failed"]) == ("sample.do_it", "Throttled", 1)
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "daytwo"


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "UpdateAlias")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ThrottlingException", errors.Throttled),
        ("TooManyRequestsException", errors.Throttled),
        ("ServiceUnavailable", errors.Unavailable),
        ("AccessDeniedException", errors.AccessRefused),
        ("PreconditionFailedException", errors.AliasMoved),
        ("SomethingNew", errors.AwsCallFailed),
    ],
)
def test_an_aws_error_becomes_the_error_that_the_task_names(code, kind):
    known = {"PreconditionFailedException": errors.AliasMoved}
    with pytest.raises(kind) as raised, runtime.raising(known, "alias live"):
        raise refusal(code)
    assert type(raised.value) is kind
    assert str(raised.value) == f"UpdateAlias (alias live): no [{code}]"


def test_silence_of_aws_may_pass():
    with pytest.raises(errors.Unavailable), runtime.raising({}):
        raise ConnectTimeoutError(endpoint_url="http://127.0.0.1")


def test_a_call_that_cannot_be_made_says_so():
    with pytest.raises(errors.AwsCallFailed, match="could not be made"), runtime.raising({}):
        raise NoCredentialsError


def test_our_own_errors_pass_unchanged():
    with pytest.raises(errors.LockHeld, match="held by bob"), runtime.raising({}):
        raise errors.LockHeld("held by bob")


def test_a_missing_setting_says_where_it_comes_from(monkeypatch):
    monkeypatch.delenv("STATE_TABLE", raising=False)
    with pytest.raises(RuntimeError, match="STATE_TABLE; the template sets it"):
        runtime.setting("STATE_TABLE")


def test_clients_are_made_once_and_in_the_target_s_region(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    frankfurt = runtime.client("sns", {"region": "eu-central-1", "role_arn": ""})
    assert frankfurt.meta.region_name == "eu-central-1"
    assert runtime.client("sns", {"region": "eu-central-1", "role_arn": ""}) is frankfurt
    assert runtime.client("sns").meta.region_name == "us-east-1"


def test_a_client_for_another_account_acts_as_the_role(monkeypatch):
    from moto import mock_aws

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    role = "arn:aws:iam::222222222222:role/daytwo-target-feedback-prod"
    with mock_aws():
        runtime._session.cache_clear()
        runtime._client.cache_clear()
        identity = runtime.client("sts", {"region": "us-east-1", "role_arn": role})
        arn = identity.get_caller_identity()["Arn"]
    runtime._session.cache_clear()
    runtime._client.cache_clear()
    assert arn.startswith("arn:aws:sts::222222222222:assumed-role/daytwo-target-feedback-prod/")


def test_without_tracing_the_tracing_library_is_not_imported(make_task, monkeypatch):
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    for name in [name for name in sys.modules if name.startswith("aws_xray_sdk")]:
        monkeypatch.delitem(sys.modules, name)
    make_task(lambda request, context: {"done": True})({"system": "feedback"}, None)
    assert not any(name.startswith("aws_xray_sdk") for name in sys.modules)


def test_a_traced_call_is_a_subsegment_with_the_correlation_id(make_task, monkeypatch):
    begun = []

    recorder = types.SimpleNamespace(in_subsegment=_context(begun))
    monkeypatch.setattr(runtime, "_recorder", lambda: recorder)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-0-0;Parent=0;Sampled=1")
    make_task(lambda request, context: {"done": True})(
        {"system": "feedback", "correlation_id": "run-1"}, None
    )
    assert begun == [("sample.do_it", "correlation_id", "run-1")]


def _context(begun):
    @contextlib.contextmanager
    def in_subsegment(name):
        yield types.SimpleNamespace(
            put_annotation=lambda key, value: begun.append((name, key, value))
        )

    return in_subsegment


def test_metrics_are_embedded_metric_lines(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    runtime.metric("Drift", 2.5, "Seconds", system="feedback")
    line = json.loads(out.getvalue())
    assert line["Drift"] == 2.5
    assert line["system"] == "feedback"
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["system"]]
    assert directive["Metrics"] == [{"Name": "Drift", "Unit": "Seconds"}]
