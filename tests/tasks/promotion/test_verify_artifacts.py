import hashlib

import manifests
import pytest

from tasks import errors
from tasks.promotion import verify_artifacts

ROOMS = ("evidence", "functions", "site", "stack")


@pytest.fixture
def plan(s3, artifacts_bucket):
    """A plan whose objects all lie in the bucket; a content is its path below the release."""
    made = {room: manifests.plan()[room] for room in ROOMS}
    for key, _ in verify_artifacts.objects(made):
        content = key.removeprefix("releases/shop/1.1.0/").encode()
        s3.put_object(Bucket=artifacts_bucket, Key=key, Body=content)
    return made


@pytest.fixture
def change(s3, artifacts_bucket):
    def write(path, content=b"changed"):
        s3.put_object(Bucket=artifacts_bucket, Key=f"releases/shop/1.1.0/{path}", Body=content)

    return write


@pytest.fixture
def lose(s3, artifacts_bucket):
    def remove(path):
        s3.delete_object(Bucket=artifacts_bucket, Key=f"releases/shop/1.1.0/{path}")

    return remove


def refused(error, plan):
    with pytest.raises(error) as raised:
        verify_artifacts.handler(plan, None)
    return str(raised.value)


def test_what_was_published_passes(plan):
    assert verify_artifacts.handler(plan, None) == {"verified": 9}


@pytest.mark.parametrize(
    "path", ["template.json", "functions/buy.zip", "site/a/app.js", "evidence/junit.xml"]
)
def test_whatever_was_changed_is_named_with_both_digests(path, plan, change):
    change(path)
    said = refused(errors.ArtifactChanged, plan)
    assert f"releases/shop/1.1.0/{path}" in said
    assert hashlib.sha256(path.encode()).hexdigest()[:12] in said
    assert hashlib.sha256(b"changed").hexdigest()[:12] in said
    assert "new version" in said


def test_an_object_that_is_gone_is_named(plan, lose):
    lose("functions/buy.zip")
    assert "releases/shop/1.1.0/functions/buy.zip is gone" in refused(errors.ArtifactMissing, plan)


def test_change_counts_more_than_loss_and_both_are_named(plan, change, lose):
    change("functions/buy.zip")
    lose("template.json")
    said = refused(errors.ArtifactChanged, plan)
    assert "functions/buy.zip was changed" in said
    assert "template.json is gone" in said


def test_many_findings_are_counted_instead_of_listed(plan, lose):
    for key, _ in list(verify_artifacts.objects(plan)):
        lose(key.removeprefix("releases/shop/1.1.0/"))
    assert "and 4 more" in refused(errors.ArtifactMissing, plan)


def test_an_object_that_is_named_twice_is_read_once(plan):
    plan["evidence"]["secrets"] = plan["evidence"]["static_analysis"]
    assert verify_artifacts.handler(plan, None) == {"verified": 9}


def test_throttling_may_be_retried(plan, s3, artifacts_bucket, refusing):
    client = refusing(s3, "get_object", "SlowDown", nth=3)
    with pytest.raises(errors.Throttled):
        verify_artifacts.verify(plan, artifacts_bucket, client)


def test_a_refusal_by_iam_is_not_taken_for_a_loss(plan, s3, artifacts_bucket, refusing):
    client = refusing(s3, "get_object", "AccessDenied")
    with pytest.raises(errors.AccessRefused):
        verify_artifacts.verify(plan, artifacts_bucket, client)
