"""Publishing: once, whole, in order, and never over something else."""

import dataclasses
import json

import boto3
import moto
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from tasks import store
from workflows.packaging import Release, sha256
from workflows.releases import ReleaseExists, Releases, differences, precedence

ALICE = "arn:aws:iam::123456789012:user/alice"
FOLDER = "releases/shop/1.1.0/"


def release(version="1.1.0", template=b"{}", **changed):
    manifest = {
        "system": "shop",
        "version": version,
        "created_at": "2026-11-02T09:00:00Z",
        "source": {"revision": "abc", "repository": ""},
        "template": {"path": "template.json", "sha256": sha256(template)},
        "parameters": {},
        "functions": [],
        "evidence": {},
    }
    return Release(manifest | changed, {"template.json": template, "site/index.html": b"<p>"})


@pytest.fixture
def releases(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with moto.mock_aws():
        s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
        s3.create_bucket(Bucket="artifacts")
        names = ("pk", "sk")
        dynamodb.create_table(
            TableName="state",
            KeySchema=[
                {"AttributeName": name, "KeyType": kind}
                for name, kind in zip(names, ("HASH", "RANGE"), strict=True)
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Releases(s3, dynamodb, "artifacts", "state")


def stored(releases):
    listing = releases.s3.list_objects_v2(Bucket="artifacts").get("Contents", [])
    return {
        entry["Key"]: releases.s3.get_object(Bucket="artifacts", Key=entry["Key"])["Body"].read()
        for entry in listing
    }


class Failing:
    """An S3 client that keeps what it is given until the upload of one key, which fails."""

    def __init__(self, real, key):
        self.real, self.key, self.keys = real, key, []

    def put_object(self, **request):
        if request["Key"] == self.key:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "no"}}, "PutObject")
        self.keys.append(request["Key"])
        return self.real.put_object(**request)


def test_a_release_is_stored_whole_with_its_record(releases):
    outcome = releases.publish(release(), ALICE)
    assert outcome == {
        "system": "shop",
        "version": "1.1.0",
        "digest": release().digest,
        "status": "published",
        "objects": 3,
    }
    assert stored(releases) == {
        FOLDER + "template.json": b"{}",
        FOLDER + "site/index.html": b"<p>",
        FOLDER + "release.json": release().body,
    }
    (row,) = releases.published("shop")
    assert row["digest"] == release().digest
    assert row["published_by"] == ALICE
    assert row["published_at"].endswith("Z")


def test_the_digest_is_that_of_the_stored_manifest(releases):
    releases.publish(release(), ALICE)
    assert sha256(stored(releases)[FOLDER + "release.json"]) == releases.published()[0]["digest"]


def test_each_object_carries_its_media_type_and_is_checked_on_arrival(releases):
    sent = []
    real = releases.s3.put_object
    releases.s3.put_object = lambda **request: sent.append(request) or real(**request)
    releases.publish(release(), ALICE)
    assert {request["Key"]: request["ContentType"] for request in sent} == {
        FOLDER + "template.json": "application/json",
        FOLDER + "site/index.html": "text/html",
        FOLDER + "release.json": "application/json",
    }
    assert all(len(request["ChecksumSHA256"]) == 44 for request in sent)


def test_the_manifest_comes_last(releases):
    releases.s3 = Failing(releases.s3, "")
    releases.publish(release(), ALICE)
    assert releases.s3.keys[-1] == FOLDER + "release.json"


def test_the_same_content_again_changes_nothing_and_is_told(releases):
    releases.publish(release(), ALICE)
    (before,) = releases.published()
    releases.s3 = Failing(releases.s3, FOLDER + "template.json")
    outcome = releases.publish(release(), "arn:aws:iam::123456789012:user/bob")
    assert outcome["status"] == "unchanged"
    assert releases.s3.keys == []
    assert releases.published() == [before]


def test_other_content_is_refused_with_what_differs(releases):
    releases.publish(release(), ALICE)
    before = stored(releases)
    other = release(template=b'{"Resources": {}}', parameters={"Memory": "512"})
    with pytest.raises(ReleaseExists) as refused:
        releases.publish(other, ALICE)
    assert refused.value.differences == ["template.json differs", "parameters differs"]
    assert "another version" in str(refused.value)
    assert stored(releases) == before


def test_a_publication_that_was_cut_off_is_finished_by_the_next(releases):
    real = releases.s3
    releases.s3 = Failing(real, FOLDER + "template.json")
    with pytest.raises(ClientError):
        releases.publish(release(), ALICE)
    assert releases.published("shop")[0]["published_at"] == ""
    releases.s3 = real
    assert releases.publish(release(), ALICE)["status"] == "published"
    assert len(stored(releases)) == 3
    assert releases.published("shop")[0]["published_at"] != ""


def test_other_content_does_not_take_over_a_publication_that_was_cut_off(releases):
    real = releases.s3
    releases.s3 = Failing(real, FOLDER + "release.json")
    with pytest.raises(ClientError):
        releases.publish(release(), ALICE)
    releases.s3 = real
    with pytest.raises(ReleaseExists, match="not finished"):
        releases.publish(release(template=b"other"), ALICE)


def test_versions_are_listed_in_their_order_and_by_system(releases):
    for version in ("1.10.0", "1.9.0", "1.10.0-rc.2", "1.10.0-rc.10"):
        releases.publish(release(version), ALICE)
    site = dataclasses.replace(release(), manifest=release().manifest | {"system": "blog"})
    releases.publish(site, ALICE)
    names = [(row["system"], row["version"]) for row in releases.published()]
    shop = [("shop", v) for v in ("1.9.0", "1.10.0-rc.2", "1.10.0-rc.10", "1.10.0")]
    assert names == [("blog", "1.1.0"), *shop]
    assert [row["version"] for row in releases.published("blog")] == ["1.1.0"]
    assert releases.published("none") == []


def test_other_records_of_the_state_table_are_no_releases(releases):
    record = {**store.live("shop", "prod"), "release": "1.1.0"}
    releases.dynamodb.put_item(TableName="state", Item=store.to_item(record))
    assert releases.published() == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({}, {}, ["the manifest is arranged otherwise"]),
        ({"a": [{"path": "x", "sha256": "1"}]}, {}, ["x is missing"]),
        ({}, {"a": {"b": {"path": "x", "sha256": "1"}}}, ["x is new"]),
        ({"created_at": "1"}, {"created_at": "2"}, ["created_at differs"]),
    ],
)
def test_differences_are_named(before, after, found):
    assert differences(before, after) == found


versions = st.from_regex(
    r"(0|[1-9][0-9]?)\.(0|[1-9])\.(0|[1-9])(-[a-z0-9]{1,3}(\.[a-z0-9]{1,3})?)?", fullmatch=True
)


@given(st.lists(versions, max_size=6))
def test_any_versions_can_be_put_in_order(found):
    ordered = sorted(found, key=precedence)
    assert sorted(ordered, key=precedence) == ordered
    assert json.loads(json.dumps(ordered)) == ordered


@given(versions)
def test_a_release_comes_after_its_candidates(version):
    plain = version.partition("-")[0]
    assert precedence(f"{plain}-rc.1") < precedence(plain)
