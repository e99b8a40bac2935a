"""A manifest is written once, and what it says is found by its digest."""

import hashlib
import json

import pytest
from backups import NOW, backup, component

from tasks.backup import write_manifest
from tasks.errors import BackupFailed, Throttled

POINT = {"id": "arn:1", "resource": "shop-prod-orders", "at": "2026-11-02T03:00:01Z"}
MADE = {
    "done": True,
    "state": "AVAILABLE",
    "points": [POINT],
    "detail": {"schema": {"keys": ["id"]}},
}
KEY = "backups/shop/prod/20261102t030000-0000000a/orders/manifest.json"


def write(bucket, s3, digest=None, **made):
    return write_manifest.write(backup(), component(), {**MADE, **made}, digest or {}, bucket, s3)


def body(s3, bucket):
    return s3.get_object(Bucket=bucket, Key=KEY)["Body"].read()


def test_the_manifest_has_what_a_copy_is_compared_with(s3, evidence_bucket):
    answer = write(evidence_bucket, s3, {"items": 3})

    found = json.loads(body(s3, evidence_bucket))
    assert answer["manifest_key"] == KEY
    assert answer["manifest_sha256"] == hashlib.sha256(body(s3, evidence_bucket)).hexdigest()
    assert found["digest"] == {"items": 3}
    assert found["detail"] == MADE["detail"]
    assert found["points"] == [POINT]
    assert found["component"]["resource"] == "shop-prod-orders"


def test_the_first_manifest_stands(s3, evidence_bucket):
    first = write(evidence_bucket, s3, {"items": 3})
    again = write(evidence_bucket, s3, {"items": 4})

    assert again == first
    assert json.loads(body(s3, evidence_bucket))["digest"] == {"items": 3}
    versions = s3.list_object_versions(Bucket=evidence_bucket, Prefix=KEY)["Versions"]
    assert len(versions) == 1


def test_a_backup_of_nothing_has_no_manifest(s3, evidence_bucket):
    with pytest.raises(BackupFailed, match="orders has nothing in it"):
        write(evidence_bucket, s3, points=[])


def test_throttling_is_left_to_the_workflow(s3, evidence_bucket, refusing):
    with pytest.raises(Throttled):
        write(evidence_bucket, refusing(s3, "put_object", "SlowDown"))


def test_the_function_answers_by_its_schema(evidence_bucket):
    answer = write_manifest.handler(
        {
            "backup": backup(),
            "component": component(),
            "made": MADE,
            "digest": {},
            "now": NOW,
        },
        None,
    )

    assert answer["manifest_key"] == KEY
