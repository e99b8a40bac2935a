import hashlib

import pytest

from tasks import artifacts
from tasks.errors import ArtifactChanged, ArtifactMissing, Throttled

KEY = "releases/shop/1.1.0/template.json"
CONTENT = b"x" * (artifacts.CHUNK_BYTES + 1)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def test_what_was_published_is_read(artifacts_bucket, s3):
    s3.put_object(Bucket=artifacts_bucket, Key=KEY, Body=CONTENT)
    assert artifacts.read(KEY, DIGEST, artifacts_bucket, s3) == CONTENT
    assert artifacts.measure(KEY, artifacts_bucket, s3) == DIGEST


def test_what_was_changed_is_refused_with_key_and_both_digests(artifacts_bucket, s3):
    s3.put_object(Bucket=artifacts_bucket, Key=KEY, Body=b"other")
    with pytest.raises(ArtifactChanged) as refused:
        artifacts.read(KEY, DIGEST, artifacts_bucket, s3)
    found = hashlib.sha256(b"other").hexdigest()
    for part in (KEY, DIGEST[:12], found[:12]):
        assert part in str(refused.value)


def test_what_is_gone_is_named(artifacts_bucket, s3):
    with pytest.raises(ArtifactMissing, match=KEY):
        artifacts.measure(KEY, artifacts_bucket, s3)


def test_throttling_may_be_retried(artifacts_bucket, s3, refusing):
    with pytest.raises(Throttled):
        artifacts.measure(KEY, artifacts_bucket, refusing(s3, "get_object", "SlowDown"))
