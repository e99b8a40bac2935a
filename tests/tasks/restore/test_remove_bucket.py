"""A drill's bucket goes with all that is in it, and nothing else does."""

import pytest
from drill_documents import NOW, OWN, component, drill
from drilled_buckets import COPY

from tasks.drills import copies, ledger
from tasks.errors import AccessRefused, CleanupFailed, NotACopy
from tasks.restore import remove_bucket


@pytest.fixture
def row(state_table, dynamodb):
    return ledger.plan(
        drill()["id"],
        "bucket",
        COPY,
        component=component("files")["name"],
        target=OWN,
        now=NOW,
        table=state_table,
        dynamodb=dynamodb,
    )


@pytest.fixture
def copy(s3):
    s3.create_bucket(Bucket=COPY)
    tags = copies.tags(drill()["id"], COPY)
    s3.put_bucket_tagging(Bucket=COPY, Tagging={"TagSet": tags})
    return COPY


def remove(row):
    return remove_bucket.handler({"row": row, "now": NOW}, None)


def status(row, table, dynamodb):
    (found,) = ledger.rows(row["drill"], table=table, dynamodb=dynamodb)
    return found["status"], found["proof"]


def test_it_goes_with_all_versions_markers_and_uploads(row, copy, s3, state_table, dynamodb):
    s3.put_bucket_versioning(Bucket=copy, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "a", "b"):
        s3.put_object(Bucket=copy, Key=key, Body=b"1")
    s3.delete_object(Bucket=copy, Key="b")
    s3.create_multipart_upload(Bucket=copy, Key="c")

    steps = [remove(row)["done"], remove(row)["done"]]

    assert steps == [False, True]
    assert s3.list_buckets()["Buckets"] == []
    assert status(row, state_table, dynamodb)[0] == "gone"
    assert COPY in status(row, state_table, dynamodb)[1]


def test_what_was_never_made_is_proved_gone(row, s3, state_table, dynamodb):
    assert remove(row)["done"] is True
    assert status(row, state_table, dynamodb)[0] == "gone"


def test_many_pages_take_several_steps(row, copy, s3, monkeypatch):
    for key in "abcd":
        s3.put_object(Bucket=copy, Key=key, Body=b"")
    plain = s3.list_object_versions
    monkeypatch.setattr(s3, "list_object_versions", lambda **asked: plain(**asked, MaxKeys=2))

    steps = [remove_bucket.remove(row, s3, pages=1)["done"] for _ in range(4)]

    assert steps == [False, False, False, True]


@pytest.mark.parametrize("name", ["feedback-prod-files", "drill-files", "drill-1F0C2A9B-files"])
def test_a_name_that_no_copy_has_is_left(row, s3, name):
    s3.create_bucket(Bucket="feedback-prod-files")

    with pytest.raises(NotACopy):
        remove({**row, "name": name})

    assert len(s3.list_buckets()["Buckets"]) == 1


def test_a_bucket_of_another_drill_is_left(row, copy, s3):
    with pytest.raises(NotACopy, match="monthly-1"):
        remove({**row, "drill": "another"})


def test_a_bucket_without_marks_goes_only_while_it_is_empty(row, s3):
    s3.create_bucket(Bucket=COPY)
    s3.put_object(Bucket=COPY, Key="somebody's", Body=b"1")
    with pytest.raises(NotACopy, match="names nobody"):
        remove(row)

    s3.delete_object(Bucket=COPY, Key="somebody's")
    assert [remove(row)["done"], remove(row)["done"]] == [False, True]


def test_an_object_that_cannot_be_deleted_fails_the_cleanup(row, copy, s3, monkeypatch):
    s3.put_object(Bucket=copy, Key="a", Body=b"")
    refusal = {"Errors": [{"Key": "a", "Code": "AccessDenied", "Message": "Access Denied"}]}
    monkeypatch.setattr(s3, "delete_objects", lambda **_: refusal)

    with pytest.raises(CleanupFailed, match=r"1 of 1 objects .* Access Denied"):
        remove_bucket.remove(row, s3)


def test_a_refused_deletion_is_told(row, copy, s3, refusing):
    with pytest.raises(AccessRefused):
        remove_bucket.remove(row, refusing(s3, "delete_bucket", "AccessDenied"))
