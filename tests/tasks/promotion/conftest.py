"""An operated system in memory: functions behind aliases, a stack, a site and alarms."""

import hashlib
import io
import json
import zipfile

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from change_sets import KEY, template

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


def zipped(code):
    """Zip one source file, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), code)
    return buffer.getvalue()


class Function:
    """A function with versions and the alias `live`, and what a release would bring."""

    name, alias = "feedback-dev-create-feedback", "live"

    def __init__(self, lambda_, iam, s3, bucket):
        self.lambda_, self.s3, self.bucket = lambda_, s3, bucket
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = iam.create_role(RoleName="feedback-dev-role", AssumeRolePolicyDocument=trust)
        lambda_.create_function(
            FunctionName=self.name,
            Runtime="python3.11",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Code={"ZipFile": zipped("placeholder")},
            Publish=True,
        )
        lambda_.create_alias(FunctionName=self.name, Name=self.alias, FunctionVersion="1")

    def upload(self, code):
        """Put an artifact into the bucket; gives its key and digest."""
        content = zipped(code)
        digest = hashlib.sha256(content).hexdigest()
        key = f"releases/feedback/1.1.0/functions/{digest[:8]}.zip"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return key, digest

    def release(self, code):
        """Publish a version behind daytwo's back; gives its number and its digest."""
        content = zipped(code)
        self.lambda_.update_function_code(FunctionName=self.name, ZipFile=content)
        version = self.lambda_.publish_version(FunctionName=self.name)["Version"]
        return version, hashlib.sha256(content).hexdigest()

    def point(self, version, weights=None):
        """Move the alias as somebody else would."""
        self.lambda_.update_alias(
            FunctionName=self.name,
            Name=self.alias,
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": weights or {}},
        )

    def routing(self):
        """Read where the alias points."""
        reply = self.lambda_.get_alias(FunctionName=self.name, Name=self.alias)
        weights = (reply.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        return reply["FunctionVersion"], weights

    def versions(self):
        """List the published versions."""
        reply = self.lambda_.list_versions_by_function(FunctionName=self.name)
        return [entry["Version"] for entry in reply["Versions"] if entry["Version"] != "$LATEST"]


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
