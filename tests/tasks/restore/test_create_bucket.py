"""The bucket that objects are restored to is new, empty, private and the drill's own."""

import boto3
import pytest
from drill_documents import drill
from drilled_buckets import COPY, SOURCE, Bucket

from tasks.errors import DrillRefused, NotACopy, RestoreFailed
from tasks.objects import settings
from tasks.restore import create_bucket

BY_KEY = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}


@pytest.fixture
def bucket(s3, evidence_bucket):
    return Bucket(s3, evidence_bucket)


def encrypt(s3):
    """Let the source encrypt with a key of its own."""
    rule = {"ApplyServerSideEncryptionByDefault": BY_KEY}
    s3.put_bucket_encryption(Bucket=SOURCE, ServerSideEncryptionConfiguration={"Rules": [rule]})


def create(bucket):
    return create_bucket.create(bucket.component(), drill(), bucket.s3, bucket.s3)


def test_it_is_private_marked_and_encrypted_as_the_source(bucket, s3):
    encrypt(s3)

    assert create(bucket)["done"] is True

    switches = s3.get_public_access_block(Bucket=COPY)["PublicAccessBlockConfiguration"]
    assert set(switches.values()) == {True}
    assert settings.tags(COPY, s3)["daytwo:drill"] == "monthly-1"
    (rule,) = settings.encryption(COPY, s3)["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == BY_KEY


def test_a_second_delivery_finds_it(bucket):
    create(bucket)

    assert create(bucket)["done"] is True


def test_nothing_is_restored_over_what_is_there(bucket, s3):
    create(bucket)
    s3.put_object(Bucket=COPY, Key="a", Body=b"")

    with pytest.raises(RestoreFailed, match="has objects in it"):
        create(bucket)


def test_somebody_elses_bucket_is_left(bucket, s3):
    s3.create_bucket(Bucket=COPY)
    s3.put_bucket_tagging(Bucket=COPY, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})

    with pytest.raises(NotACopy):
        create(bucket)


def test_a_name_that_another_account_has_is_refused(bucket, refusing):
    other = refusing(bucket.s3, "head_bucket", "403")

    with pytest.raises(DrillRefused):
        create_bucket.create(bucket.component(), drill(), bucket.s3, other)


def test_a_kms_key_of_another_region_is_not_taken(bucket, s3):
    encrypt(s3)
    west = boto3.client("s3", region_name="us-west-2")

    create_bucket.create(bucket.component(), drill(), s3, west)

    assert west.get_bucket_location(Bucket=COPY)["LocationConstraint"] == "us-west-2"
    assert settings.encryption(COPY, west) == {}
