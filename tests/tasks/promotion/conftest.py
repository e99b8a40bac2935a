"""An operated system in memory: functions behind aliases, a stack, a site and alarms."""

import hashlib

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from change_sets import KEY, template
from released_functions import Function

from tasks.promotion import create_change_set


@pytest.fixture
def lambda_(aws):
    return boto3.client("lambda")


@pytest.fixture
def cloudformation(aws):
    return boto3.client("cloudformation")


@pytest.fixture
def cloudwatch(aws):
    return boto3.client("cloudwatch")


@pytest.fixture
def function(lambda_, s3, artifacts_bucket):
    return Function(lambda_, boto3.client("iam"), s3, artifacts_bucket)


@pytest.fixture
def refused():
    """Make AWS refuse one operation, also inside a paginator: refused(client, "GetAlias", code)."""

    def refuse(client, operation, code):
        def answer(**_):
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

        client.meta.events.register(f"before-parameter-build.*.{operation}", answer)
        return client

    return refuse


@pytest.fixture
def upload(s3, artifacts_bucket):
    """Publish a template; gives the stack of a plan."""

    def put(body, **parameters):
        s3.put_object(Bucket=artifacts_bucket, Key=KEY, Body=body.encode())
        return {
            "name": "feedback-dev",
            "template_key": KEY,
            "template_sha256": hashlib.sha256(body.encode()).hexdigest(),
            "parameters": parameters or {"Environment": "dev"},
            "role_arn": "",
        }

    return put


@pytest.fixture
def deployed(cloudformation):
    """The stack as an earlier release left it."""
    cloudformation.create_stack(
        StackName="feedback-dev",
        TemplateBody=template(),
        Parameters=[{"ParameterKey": "Environment", "ParameterValue": "dev"}],
    )


@pytest.fixture
def create(cloudformation, s3, artifacts_bucket):
    def run(stack, execution="run"):
        return create_change_set.create(
            stack, execution, "1.1.0", artifacts_bucket, s3, cloudformation
        )

    return run


@pytest.fixture
def stubbed():
    client = boto3.client("cloudformation", region_name="us-east-1")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()
