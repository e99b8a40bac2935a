"""Settings of functions, through the API and through CloudFormation."""

import json

import pytest
from botocore.exceptions import ClientError

SETTINGS = {
    "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"},
    "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/shared"},
    "TracingConfig": {"Mode": "Active"},
    "EphemeralStorage": {"Size": 1024},
    "Environment": {"Variables": {"COLOUR": "red"}},
    "MemorySize": 256,
}


def told(config):
    """Pick the settings out of a configuration."""
    return {name: config.get(name) for name in SETTINGS}


def test_settings_are_kept_and_told(cloud):
    cloud.create("settled", "", **SETTINGS)
    lambdas = cloud.client("lambda")

    assert told(lambdas.get_function_configuration(FunctionName="settled")) == SETTINGS
    assert told(lambdas.get_function(FunctionName="settled")["Configuration"]) == SETTINGS


def test_settings_are_changed(cloud):
    cloud.create("unsettled", "")
    lambdas = cloud.client("lambda")

    lambdas.update_function_configuration(FunctionName="unsettled", **SETTINGS)

    assert told(lambdas.get_function_configuration(FunctionName="unsettled")) == SETTINGS


@pytest.mark.parametrize("bucket", ["code", "no-such-bucket"])
def test_code_that_is_not_there_is_a_wrong_parameter(cloud, bucket):
    cloud.client("s3").create_bucket(Bucket="code")
    name = f"from-{bucket}"
    cloud.create(name, "")

    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        cloud.client("lambda").update_function_code(
            FunctionName=name, S3Bucket=bucket, S3Key="missing.zip"
        )


def test_a_change_is_dated(cloud):
    before = cloud.create("dated", "")["LastModified"]

    assert cloud.update("dated", "x = 1")["LastModified"] > before


def template(cloud, code="def handler(event, context): return 'placeholder'", **properties):
    """Make a template with a function and its version."""
    function = {
        "FunctionName": "deployed",
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Role": cloud.role,
        "Code": {"ZipFile": code},
        **properties,
    }
    resources = {
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Version": {
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": {"Ref": "Function"}},
        },
    }
    parameters = {"Memory": {"Type": "Number", "Default": "256"}}
    return json.dumps({"Parameters": parameters, "Resources": resources})


@pytest.fixture
def stack(cloud):
    """A stack with a function that has all settings; deleted at the end."""
    stacks = cloud.client("cloudformation")
    settings = {**SETTINGS, "MemorySize": {"Ref": "Memory"}}
    tags = [{"Key": "team", "Value": "shop"}]
    body = template(cloud, Tags=tags, Architectures=["arm64"], **settings)
    stacks.create_stack(StackName="deployed", TemplateBody=body)
    yield stacks
    stacks.delete_stack(StackName="deployed")


def test_a_stack_gives_a_function_all_its_settings(cloud, stack):
    lambdas = cloud.client("lambda")
    function = lambdas.get_function(FunctionName="deployed")

    assert told(function["Configuration"]) == SETTINGS
    assert function["Configuration"]["Architectures"] == ["arm64"]
    assert function["Tags"] == {"team": "shop"}
    assert cloud.invoke("deployed", Qualifier="1")[0] == "placeholder"


def test_a_changed_stack_leaves_newer_code_alone(cloud, stack):
    cloud.client("lambda").update_function_code(
        FunctionName="deployed",
        ZipFile=cloud.zipped(
            index="import os\ndef handler(event, context): return os.environ['COLOUR']"
        ),
    )

    changed = template(cloud, Environment={"Variables": {"COLOUR": "blue"}})
    stack.update_stack(StackName="deployed", TemplateBody=changed)

    assert cloud.invoke("deployed")[0] == "blue"


def test_a_changed_stack_brings_its_own_new_code(cloud, stack):
    code = "def handler(event, context): return 'new'"

    stack.update_stack(StackName="deployed", TemplateBody=template(cloud, code))

    assert cloud.invoke("deployed")[0] == "new"
    config = cloud.client("lambda").get_function_configuration(FunctionName="deployed")
    assert config["TracingConfig"] == {"Mode": "PassThrough"}
    assert "DeadLetterConfig" not in config


def test_a_deleted_stack_ends_the_processes(cloud):
    stacks = cloud.client("cloudformation")
    code = "import os\ndef handler(event, context): return os.getpid()"
    stacks.create_stack(StackName="deployed", TemplateBody=template(cloud, code))
    pid, _ = cloud.invoke("deployed")

    stacks.delete_stack(StackName="deployed")

    assert cloud.gone(pid)
