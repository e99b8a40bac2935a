"""The restored bucket gets its source's settings, and what it must not have is said."""

import pytest
from drill_documents import NOW, drill
from drilled_buckets import COPY, SOURCE, Bucket

from tasks.objects import parity, settings
from tasks.restore import create_bucket, match_bucket

LIFECYCLE = {
    "Rules": [
        {
            "ID": "old",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        }
    ]
}
CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"]}]}


@pytest.fixture
def bucket(s3, evidence_bucket):
    bucket = Bucket(s3, evidence_bucket)
    create_bucket.create(bucket.component(), drill(), s3, s3)
    return bucket


def match(s3):
    answer = match_bucket.match(SOURCE, COPY, s3, s3)
    return {one["setting"]: one for one in answer["differences"]}


def test_what_a_new_bucket_lacks_is_put_back(bucket, s3):
    s3.put_bucket_lifecycle_configuration(Bucket=SOURCE, LifecycleConfiguration=LIFECYCLE)
    s3.put_bucket_cors(Bucket=SOURCE, CORSConfiguration=CORS)
    s3.put_bucket_tagging(Bucket=SOURCE, Tagging={"TagSet": [{"Key": "team", "Value": "a"}]})

    found = match(s3)

    assert {name: one["outcome"] for name, one in found.items()} == {
        "versioning": "reapplied",
        "lifecycle": "reapplied",
        "cors": "reapplied",
        "tags": "reapplied",
        "public access block": "left",
    }
    assert settings.tags(COPY, s3)["team"] == "a"
    assert settings.tags(COPY, s3)["daytwo:drill"] == "monthly-1"
    assert s3.get_bucket_versioning(Bucket=COPY)["Status"] == "Enabled"


def test_the_second_time_nothing_is_left_to_put_back(bucket, s3):
    s3.put_bucket_lifecycle_configuration(Bucket=SOURCE, LifecycleConfiguration=LIFECYCLE)
    match(s3)

    assert [one["outcome"] for one in match(s3).values()] == ["left"]


def test_what_opens_the_source_is_never_given_to_the_copy(bucket, s3):
    s3.put_bucket_policy(Bucket=SOURCE, Policy='{"Version": "2012-10-17", "Statement": []}')

    found = match(s3)["policy"]

    assert found["outcome"] == "left"
    assert "open to nobody" in found["reason"]
    assert settings.read("get_bucket_policy", COPY, s3) == {}


def test_a_setting_that_does_not_stand_is_lost(bucket, s3, monkeypatch):
    s3.put_bucket_lifecycle_configuration(Bucket=SOURCE, LifecycleConfiguration=LIFECYCLE)
    monkeypatch.setattr(s3, "put_bucket_lifecycle_configuration", lambda **_: None)

    found = match(s3)["lifecycle"]

    assert (found["outcome"], found["observed"]) == ("lost", "not set")


def test_equal_buckets_have_no_differences(s3):
    s3.create_bucket(Bucket=SOURCE)
    s3.create_bucket(Bucket=COPY)

    assert match(s3) == {}


@pytest.mark.parametrize(("one_region", "reason"), [(True, ""), (False, parity.FOREIGN_KEY)])
def test_a_kms_key_is_left_in_its_region(one_region, reason):
    rule = {"ApplyServerSideEncryptionByDefault": {"KMSMasterKeyID": "k"}}
    wanted = {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}
    (encryption,) = [one for one in parity.SETTINGS if one.name == "encryption"]

    assert encryption.reason(wanted, one_region) == reason


def test_a_long_setting_is_named_by_its_hash():
    assert parity.told({"a": "b" * 500}).startswith("sha256 ")
    assert parity.told({}) == "not set"


def test_it_runs_as_a_function(bucket, state_table):
    request = {"component": bucket.component(), "drill": drill(), "now": NOW}

    assert match_bucket.handler(request, None)["done"] is True
