"""S3 keeps the account's time, and its weather spoils what a restore has to notice."""

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from weather import weathered

from infra.local import s3

BUCKET = "feedback-dev-files"


@pytest.fixture
def account():
    with weathered(s3) as account:
        yield account


@pytest.fixture
def aws(account):
    client = boto3.client("s3", region_name="us-east-1")
    for name in (BUCKET, "copy"):
        client.create_bucket(Bucket=name)
    client.put_object(Bucket=BUCKET, Key="a", Body=b"content", ChecksumAlgorithm="SHA256")
    return client


def copy(aws, key="a"):
    aws.copy_object(Bucket="copy", Key=key, CopySource={"Bucket": BUCKET, "Key": "a"})


def keys(aws, bucket="copy"):
    return [one["Key"] for one in aws.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_objects_bear_the_moment_of_the_accounts_clock(account, aws):
    account.clock.advance(86_400)
    aws.put_object(Bucket=BUCKET, Key="later", Body=b"")

    first, second = (
        aws.head_object(Bucket=BUCKET, Key=key)["LastModified"] for key in ("a", "later")
    )
    assert 86_399 <= (second - first).total_seconds() <= 86_401


def test_versions_and_delete_markers_bear_it_too(account, aws):
    aws.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    account.clock.advance(3600)
    aws.delete_object(Bucket=BUCKET, Key="a")

    page = aws.list_object_versions(Bucket=BUCKET)

    (marker,), (version,) = page["DeleteMarkers"], page["Versions"]
    assert (marker["LastModified"] - version["LastModified"]).total_seconds() >= 3599


def test_a_corrupted_copy_has_the_same_size_and_another_content(account, aws):
    account.weather["s3"].add(s3.CORRUPTED, ids="copy", times=1)

    copy(aws)
    copy(aws, "b")

    spoilt, good = (aws.get_object(Bucket="copy", Key=key) for key in "ab")
    assert spoilt["ContentLength"] == good["ContentLength"]
    assert spoilt["Body"].read() != b"content"
    assert spoilt["ETag"] != good["ETag"]
    assert good["Body"].read() == b"content"


def test_a_truncated_copy_lacks_the_object(account, aws):
    account.weather["s3"].add(s3.TRUNCATED, ids="a")

    copy(aws)
    copy(aws, "b")

    assert keys(aws) == ["b"]


def test_a_refused_deletion_keeps_the_object(account, aws):
    account.weather["s3"].add(s3.UNDELETABLE, ids=BUCKET)

    reply = aws.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "a"}]})

    assert [one["Key"] for one in reply["Errors"]] == ["a"]
    with pytest.raises(ClientError, match="AccessDenied"):
        aws.delete_object(Bucket=BUCKET, Key="a")
    assert keys(aws, BUCKET) == ["a"]


def test_a_lost_setting_is_accepted_and_not_there(account, aws):
    account.weather["s3"].add(s3.SETTING_LOST, ids="copy", types="versioning")
    enabled = {"Status": "Enabled"}

    for bucket in ("copy", BUCKET):
        aws.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=enabled)

    assert "Status" not in aws.get_bucket_versioning(Bucket="copy")
    assert aws.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"


@pytest.mark.parametrize("setting", s3.SETTINGS)
def test_each_setting_that_can_be_lost_is_one_of_motos(setting):
    from moto.s3.models import S3Backend

    assert callable(getattr(S3Backend, s3.SETTINGS[setting]))


@mock_aws
def test_moto_by_itself_still_dates_objects_by_the_walls_clock():
    from datetime import UTC, datetime

    aws = boto3.client("s3", region_name="us-east-1")
    aws.create_bucket(Bucket=BUCKET)
    aws.put_object(Bucket=BUCKET, Key="a", Body=b"")

    moment = aws.head_object(Bucket=BUCKET, Key="a")["LastModified"]
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 60
