"""What infra/local/functions mends is still missing: a failure here says what can go.

Each test runs plain moto and names the mended behaviour; when moto has it, the test fails and
the change to moto, named in the docstring, is to be deleted together with the test.
"""

import io
import json
import zipfile
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

REGION = "us-east-1"


@pytest.fixture(autouse=True)
def moto(monkeypatch):
    """Plain moto, in process."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def lambdas():
    """Lambda's client."""
    return boto3.client("lambda", region_name=REGION)


@pytest.fixture
def role():
    """A role that functions may have."""
    created = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    return created["Role"]["Arn"]


def zipped(source="x = 1"):
    """Make a zip with one module."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", source)
    return packed.getvalue()


@pytest.fixture
def function(lambdas, role):
    """A function."""
    return lambdas.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="app.handler",
        Role=role,
        Code={"ZipFile": zipped()},
        LoggingConfig={"LogFormat": "JSON"},
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"},
    )


def test_functions_without_docker():
    """requests.install."""
    from moto.awslambda import models

    assert "docker_client.containers.run" in Path(models.__file__).read_text()


def test_logging_dead_letters_and_revisions_of_functions(function):
    """configuration.install: __init__ and get_configuration."""
    assert "LoggingConfig" not in function
    assert "DeadLetterConfig" not in function
    assert "RevisionId" not in function


def test_code_that_is_not_there(lambdas, function):
    """configuration.check_code."""
    boto3.client("s3", region_name=REGION).create_bucket(Bucket="code")

    updated = lambdas.update_function_code(FunctionName="f", S3Bucket="code", S3Key="missing")
    assert updated["CodeSize"] == 0


def test_changes_of_tracing(lambdas, function):
    """configuration.install: update_configuration."""
    changed = lambdas.update_function_configuration(
        FunctionName="f", TracingConfig={"Mode": "Active"}
    )

    assert changed["TracingConfig"] == {"Mode": "PassThrough"}


def test_layers_and_tracing_of_a_stacks_function(lambdas, role):
    """configuration.install: create_from_cloudformation_json."""
    properties = {
        "FunctionName": "s",
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Role": role,
        "Code": {"ZipFile": "x = 1"},
        "TracingConfig": {"Mode": "Active"},
    }
    resources = {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}}
    boto3.client("cloudformation", region_name=REGION).create_stack(
        StackName="s", TemplateBody=json.dumps({"Resources": resources})
    )

    config = lambdas.get_function_configuration(FunctionName="s")
    assert config["TracingConfig"] == {"Mode": "PassThrough"}


def test_publishing_the_same_code_once(lambdas, function):
    """versions.install: publish_version of the storage."""
    lambdas.publish_version(FunctionName="f")
    lambdas.update_function_code(FunctionName="f", ZipFile=zipped())

    assert lambdas.publish_version(FunctionName="f")["Version"] == "2"


def test_conditions_on_code(lambdas, function):
    """versions.install: publish_version of the response and update_function_code."""
    assert lambdas.publish_version(FunctionName="f", CodeSha256="other", RevisionId="stale")
    assert lambdas.update_function_code(FunctionName="f", ZipFile=zipped(), RevisionId="stale")


def test_the_arn_of_a_function_by_alias(lambdas, function):
    """versions.install: _set_configuration_qualifier."""
    lambdas.publish_version(FunctionName="f")
    lambdas.create_alias(FunctionName="f", Name="live", FunctionVersion="1")

    config = lambdas.get_function_configuration(FunctionName="f", Qualifier="live")
    assert not config["FunctionArn"].endswith(":live")


def test_revisions_of_aliases(lambdas, function):
    """aliases.install."""
    lambdas.publish_version(FunctionName="f")
    alias = lambdas.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    updated = lambdas.update_alias(FunctionName="f", Name="live", RevisionId="stale")

    assert updated["RevisionId"] == alias["RevisionId"]


def test_urls_of_aliases(lambdas, function):
    """urls.install."""
    lambdas.create_function_url_config(FunctionName="f", AuthType="NONE")
    made = lambdas.create_function_url_config(
        FunctionName="f", AuthType="AWS_IAM", Qualifier="live"
    )

    assert lambdas.get_function_url_config(FunctionName="f")["FunctionUrl"] == made["FunctionUrl"]
    assert made["FunctionUrl"].endswith(".on.aws")


def test_mappings_of_an_alias(lambdas, function):
    """mappings.install."""
    queue = boto3.client("sqs", region_name=REGION).create_queue(QueueName="q")
    assert queue
    lambdas.publish_version(FunctionName="f")
    lambdas.create_alias(FunctionName="f", Name="live", FunctionVersion="1")

    mapping = lambdas.create_event_source_mapping(
        FunctionName="f:live", EventSourceArn="arn:aws:sqs:us-east-1:123456789012:q"
    )

    assert mapping["FunctionArn"].endswith(":f:1")


def test_statistics_of_one_metric():
    """metrics.install."""
    from datetime import UTC, datetime, timedelta

    metrics = boto3.client("cloudwatch", region_name=REGION)
    one, other = {"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}
    for dimensions in ([one], [one, other]):
        data = [{"MetricName": "m", "Dimensions": dimensions, "Value": 1}]
        metrics.put_metric_data(Namespace="n", MetricData=data)

    now = datetime.now(UTC)
    (point,) = metrics.get_metric_statistics(
        Namespace="n",
        MetricName="m",
        Dimensions=[one],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=7200,
        Statistics=["Sum"],
    )["Datapoints"]
    assert point["Sum"] == 2


def test_the_request_id_of_an_invocation(lambdas, function):
    """requests.install: _enrich_response, which overwrites any request id."""
    from moto.awslambda.responses import LambdaResponse

    headers, _ = LambdaResponse._enrich_response({"x-amzn-requestid": "own"}, "")

    assert headers["x-amzn-requestid"] != "own"


def test_the_conflict_of_aliases(lambdas, function):
    """aliases.install: create_alias."""
    lambdas.publish_version(FunctionName="f")
    lambdas.create_alias(FunctionName="f", Name="live", FunctionVersion="1")

    with pytest.raises(ClientError, match=r"\(ConflictException\)"):
        lambdas.create_alias(FunctionName="f", Name="live", FunctionVersion="1")


def test_the_last_settings_for_asynchronous_invocation(lambdas, function):
    """asynchronous.install."""
    for retries in (1, 2):
        lambdas.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=retries)

    kept = lambdas.get_function_event_invoke_config(FunctionName="f")
    assert kept["MaximumRetryAttempts"] == 1


def test_code_newer_than_the_stacks(lambdas, role):
    """configuration.install: update_from_cloudformation_json."""
    properties = {
        "FunctionName": "s",
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Role": role,
        "Code": {"S3Bucket": "code", "S3Key": "old.zip"},
    }
    boto3.client("s3", region_name=REGION).create_bucket(Bucket="code")
    boto3.client("s3").put_object(Bucket="code", Key="old.zip", Body=zipped())
    resources = {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}}
    stacks = boto3.client("cloudformation", region_name=REGION)
    stacks.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": resources}))
    newer = lambdas.update_function_code(FunctionName="s", ZipFile=zipped("x = 2"))

    properties["Timeout"] = 9
    stacks.update_stack(StackName="s", TemplateBody=json.dumps({"Resources": resources}))

    config = lambdas.get_function_configuration(FunctionName="s")
    assert config["Timeout"] == 9
    assert config["CodeSha256"] != newer["CodeSha256"]


def test_the_numbers_of_deleted_versions(lambdas, function):
    """versions.install: publish_version of the storage."""
    for source in ("x = 1", "x = 2"):
        lambdas.update_function_code(FunctionName="f", ZipFile=zipped(source))
        lambdas.publish_version(FunctionName="f")
    lambdas.delete_function(FunctionName="f", Qualifier="2")
    lambdas.update_function_code(FunctionName="f", ZipFile=zipped("x = 3"))

    assert lambdas.publish_version(FunctionName="f")["Version"] == "2"


def test_weights_that_make_no_sense(lambdas, function):
    """aliases.install: create_alias and update_alias."""
    lambdas.publish_version(FunctionName="f")
    weights = {"AdditionalVersionWeights": {"77": 0.5}}

    alias = lambdas.create_alias(
        FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig=weights
    )
    assert alias["RoutingConfig"] == weights


def test_streams_off_the_writers_thread():
    """mappings.install: the stream calls the function itself, and the queue too."""
    from moto.dynamodb.models import table
    from moto.sqs import models

    assert "send_dynamodb_items(" in Path(table.__file__).read_text()
    assert "send_sqs_batch(" in Path(models.__file__).read_text()


def test_an_address_of_code_that_can_be_read(lambdas, function):
    """downloads.install: GetFunction's address leads to this account."""
    code = lambdas.get_function(FunctionName="f").get("Code", {})
    assert ".amazonaws.com/" in code.get("Location", ".amazonaws.com/")
