"""What the tests of tasks share: an account in memory with daytwo's tables and buckets."""

import boto3
import moto
import pytest
from botocore.exceptions import ClientError

REGION = "us-east-1"


@pytest.fixture
def aws(monkeypatch):
    """An empty account; the settings of a function name what the other fixtures make."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with moto.mock_aws():
        yield


@pytest.fixture
def dynamodb(aws):
    return boto3.client("dynamodb")


@pytest.fixture
def s3(aws):
    return boto3.client("s3")


@pytest.fixture
def state_table(dynamodb, monkeypatch):
    return _table(dynamodb, monkeypatch, "STATE_TABLE", "daytwo-state", "pk", "sk")


@pytest.fixture
def audit_table(dynamodb, monkeypatch):
    return _table(dynamodb, monkeypatch, "AUDIT_TABLE", "daytwo-audit", "id", "timestamp")


@pytest.fixture
def artifacts_bucket(s3, monkeypatch):
    return _bucket(s3, monkeypatch, "ARTIFACTS_BUCKET", "daytwo-artifacts")


@pytest.fixture
def evidence_bucket(s3, monkeypatch):
    return _bucket(s3, monkeypatch, "EVIDENCE_BUCKET", "daytwo-evidence")


def _table(dynamodb, monkeypatch, setting, name, partition, sort):
    dynamodb.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": partition, "KeyType": "HASH"},
            {"AttributeName": sort, "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": "S"} for key in (partition, sort)
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    monkeypatch.setenv(setting, name)
    return name


def _bucket(s3, monkeypatch, setting, name):
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv(setting, name)
    return name


class Refusing:
    """A client whose named operation fails with an AWS error; the others are the real ones."""

    def __init__(self, real, operation, code, nth=1):
        self.real, self.operation, self.code, self.nth = real, operation, code, nth
        self.calls = 0

    def __getattr__(self, name):
        return self._refuse if name == self.operation else getattr(self.real, name)

    def _refuse(self, **request):
        self.calls += 1
        if self.calls != self.nth:
            return getattr(self.real, self.operation)(**request)
        raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, self.operation)


@pytest.fixture
def refusing():
    """Make a client that refuses one operation: refusing(client, "put_item", "Throttling")."""
    return Refusing
