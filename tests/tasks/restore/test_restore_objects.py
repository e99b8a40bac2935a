"""Objects come back as they were at a moment: list_versions, create_bucket, restore_objects."""

import itertools

import pytest
from drill_documents import NOW, PREFIX, drill
from drilled_buckets import COPY, SOURCE, Bucket, moment

from tasks.drills import ledger
from tasks.errors import (
    AccessRefused,
    DrillStopped,
    NotACopy,
    NothingToRestore,
    Throttled,
)
from tasks.objects import copying
from tasks.restore import create_bucket, list_versions, restore_objects


@pytest.fixture
def bucket(s3, evidence_bucket):
    return Bucket(s3, evidence_bucket)


def test_a_bucket_comes_back_as_it_was_at_the_moment(bucket):
    bucket.put(1, "changed", "old")
    bucket.put(5, "changed", "new")
    bucket.put(1, "deleted before", "x")
    bucket.delete(2, "deleted before")
    bucket.put(1, "deleted after", "kept")
    bucket.delete(5, "deleted after")
    bucket.put(5, "came after", "x")

    bucket.restore(bucket.component(3))

    assert bucket.contents() == {"changed": "old", "deleted after": "kept"}


def test_only_the_prefix_is_restored(bucket):
    bucket.put(1, "reports/a", "a")
    bucket.put(1, "other/a", "a")

    bucket.restore(bucket.component(prefix="reports/"))

    assert bucket.contents() == {"reports/a": "a"}


def test_keys_of_any_characters_come_back(bucket):
    names = ["a b", "ä/ö", "100%", "x+y", "q?v=1&w", "line\nbreak", "#tag"]
    for name in names:
        bucket.put(1, name, name)

    bucket.restore(bucket.component())

    assert bucket.contents() == {name: name for name in names}


def test_what_describes_an_object_comes_along(bucket, s3):
    bucket.put(1, "a", ContentType="text/csv", Metadata={"owner": "team"}, Tagging="class=private")

    bucket.restore(bucket.component())

    head = s3.head_object(Bucket=COPY, Key="a")
    assert (head["ContentType"], head["Metadata"]) == ("text/csv", {"owner": "team"})
    tags = s3.get_object_tagging(Bucket=COPY, Key="a")["TagSet"]
    assert tags == [{"Key": "class", "Value": "private"}]


def test_an_object_keeps_the_key_that_it_is_encrypted_with(bucket, s3):
    bucket.put(1, "a", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/data")

    bucket.restore(bucket.component())

    head = s3.head_object(Bucket=COPY, Key="a")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "alias/data")


def test_an_empty_bucket_is_restored_as_one(bucket):
    answer = bucket.list(bucket.component())

    assert (answer["done"], answer["batches"], answer["objects"]) == (True, 1, 0)
    bucket.restore(bucket.component())
    assert bucket.contents() == {}


class TestListing:
    def test_batches_are_ranges_of_keys_without_a_gap(self, bucket):
        for name in "abcde":
            bucket.put(1, name)

        answer = bucket.list(bucket.component())

        read = [bucket.folder.read(f"batches/{name}.json") for name in bucket.batches()]
        assert [[one["key"] for one in batch["objects"]] for batch in read] == [
            ["a", "b"],
            ["c", "d"],
            ["e"],
        ]
        assert [(batch["after"], batch["through"]) for batch in read] == [
            ("", "b"),
            ("b", "d"),
            ("d", ""),
        ]
        assert answer["batches_key"] == "drills/monthly-1/files/batches.json"

    def test_it_goes_on_where_the_call_before_ended(self, bucket, s3, monkeypatch):
        for name, minutes in itertools.product("abc", (1, 2, 9)):
            bucket.put(minutes, name, f"{name}{minutes}")
        plain = s3.list_object_versions
        monkeypatch.setattr(s3, "list_object_versions", lambda **asked: plain(**asked, MaxKeys=2))

        steps = [bucket.list(bucket.component(5), pages=1)["done"] for _ in range(5)]

        assert steps == [False, False, False, False, True]
        found = [
            one["version_id"]
            for name in bucket.batches()
            for one in bucket.folder.read(f"batches/{name}.json")["objects"]
        ]
        contents = [
            s3.get_object(Bucket=SOURCE, Key=key, VersionId=version)["Body"].read().decode()
            for key, version in zip("abc", found, strict=True)
        ]
        assert contents == ["a2", "b2", "c2"]

    def test_once_done_it_reads_nothing_more(self, bucket, refusing):
        bucket.put(1, "a")
        first = bucket.list(bucket.component())
        deaf = refusing(bucket.s3, "list_object_versions", "AccessDenied")

        again = list_versions.list_on(bucket.component(), bucket.folder, deaf)

        assert (again, deaf.calls) == (first, 0)

    def test_it_says_how_new_the_newest_record_is_deletions_included(self, bucket):
        bucket.put(1, "a")
        bucket.delete(2, "a")
        bucket.put(9, "later")

        assert bucket.list(bucket.component(5))["newest_record"] == moment(2)

    def test_a_bucket_without_versions_has_nothing_to_restore(self, bucket, s3):
        s3.create_bucket(Bucket="feedback-prod-plain")
        plain = {**bucket.component(), "resource": "feedback-prod-plain"}

        with pytest.raises(NothingToRestore, match="keeps no versions"):
            bucket.list(plain)

    def test_a_bucket_that_is_gone_has_nothing_to_restore(self, bucket):
        with pytest.raises(NothingToRestore, match="feedback-prod-gone"):
            bucket.list({**bucket.component(), "resource": "feedback-prod-gone"})


class TestCopying:
    @pytest.fixture
    def planned(self, bucket):
        planned = bucket.component(keys_a_batch=10)
        create_bucket.create(planned, drill(), bucket.s3, bucket.s3)
        return planned

    def test_a_second_delivery_copies_nothing_twice(self, bucket, planned, refusing):
        bucket.put(1, "a")
        bucket.list(planned)
        restore_objects.restore("00001", "", bucket.folder, bucket.way)
        deaf = refusing(bucket.s3, "copy_object", "AccessDenied")
        way = copying.Way(SOURCE, COPY, bucket.s3, deaf)

        assert restore_objects.restore("00001", "", bucket.folder, way)["done"] is True
        assert deaf.calls == 0

    @pytest.mark.parametrize(
        ("code", "error"), [("AccessDenied", AccessRefused), ("SlowDown", Throttled)]
    )
    def test_a_refusal_ends_the_step(self, bucket, planned, refusing, code, error):
        bucket.put(1, "a")
        bucket.list(planned)
        way = copying.Way(SOURCE, COPY, bucket.s3, refusing(bucket.s3, "copy_object", code))

        with pytest.raises(error):
            restore_objects.restore("00001", "", bucket.folder, way)

    def test_an_archived_object_keeps_no_other_back(self, bucket, planned, refusing):
        bucket.put(1, "a")
        bucket.put(1, "b")
        bucket.list(planned)
        way = copying.Way(
            SOURCE, COPY, bucket.s3, refusing(bucket.s3, "copy_object", "InvalidObjectState")
        )

        answer = restore_objects.restore("00001", "", bucket.folder, way)

        assert answer == {"done": True, "state": "1 of 2 objects are there"}
        assert len(bucket.contents()) == 1
        (reason,) = bucket.folder.read("restored/00001.json")["failed"].values()
        assert "archived" in reason

    def test_a_version_that_has_expired_since_is_said_to_be_gone(self, bucket, planned, s3):
        version = bucket.put(1, "a")["VersionId"]
        bucket.list(planned)
        s3.delete_object(Bucket=SOURCE, Key="a", VersionId=version)

        restore_objects.restore("00001", "", bucket.folder, bucket.way)

        (reason,) = bucket.folder.read("restored/00001.json")["failed"].values()
        assert reason == "its version is gone"


class TestParts:
    MIB = 1024 * 1024

    def upload(self, bucket, sizes, **more):
        s3, request = bucket.s3, {"Bucket": SOURCE, "Key": "large"}
        request["UploadId"] = s3.create_multipart_upload(**request, **more)["UploadId"]
        parts = [
            {
                "PartNumber": number,
                "ETag": s3.upload_part(**request, PartNumber=number, Body=bytes([number]) * size)[
                    "ETag"
                ],
            }
            for number, size in enumerate(sizes, 1)
        ]
        with bucket.at(1):
            s3.complete_multipart_upload(**request, MultipartUpload={"Parts": parts})

    @pytest.mark.parametrize("sizes", [[6], [6, 6, 2], [1]])
    def test_an_object_in_parts_is_copied_in_the_same_parts(self, bucket, s3, sizes):
        self.upload(bucket, [size * self.MIB for size in sizes], Metadata={"a": "b"}, Tagging="c=d")

        bucket.restore(bucket.component())

        before = s3.head_object(Bucket=SOURCE, Key="large")
        after = s3.head_object(Bucket=COPY, Key="large")
        assert after["ETag"] == before["ETag"]
        assert after["Metadata"] == {"a": "b"}
        tags = s3.get_object_tagging(Bucket=COPY, Key="large")["TagSet"]
        assert tags == [{"Key": "c", "Value": "d"}]

    def test_it_goes_on_with_the_parts_that_are_missing(self, bucket, s3):
        self.upload(bucket, [5 * self.MIB, 5 * self.MIB, 5 * self.MIB])
        planned = bucket.component()
        create_bucket.create(planned, drill(), s3, s3)
        bucket.list(planned)

        steps = [
            restore_objects.restore("00001", "", bucket.folder, bucket.way, most_parts=1)["done"]
            for _ in range(4)
        ]

        assert steps == [False, False, False, True]
        assert s3.list_multipart_uploads(Bucket=COPY).get("Uploads", []) == []
        whole = s3.get_object(Bucket=COPY, Key="large")["Body"].read()
        assert whole == b"".join(bytes([number]) * 5 * self.MIB for number in (1, 2, 3))

    @pytest.mark.parametrize(
        ("size", "part", "expected"),
        [
            (10, 100, {1: {}}),
            (4 * MIB, 1 * MIB, {1: {}}),
            (
                12 * MIB,
                8 * MIB,
                {
                    1: {"CopySourceRange": "bytes=0-8388607"},
                    2: {"CopySourceRange": "bytes=8388608-12582911"},
                },
            ),
        ],
    )
    def test_ranges(self, size, part, expected):
        assert copying.ranges(size, part) == expected

    def test_no_object_has_more_parts_than_s3_takes(self):
        size = 5 * 1024**4
        part = -(-size // copying.MOST_PARTS)

        assert len(copying.ranges(size, part)) <= 10_000


class TestTheHandlers:
    @pytest.fixture
    def request_of(self, bucket, state_table):
        bucket.put(1, "a", "x")
        base = {"component": bucket.component(), "drill": drill(), "now": NOW}
        return lambda **more: {**base, **more}

    def test_the_steps_run_as_functions(self, bucket, request_of):
        assert create_bucket.handler(request_of(), None)["done"] is True
        assert list_versions.handler(request_of(), None)["batches"] == 1
        assert restore_objects.handler(request_of(batch="00001"), None)["done"] is True
        assert bucket.contents() == {"a": "x"}

    def test_the_ledger_knows_the_bucket_before_it_is_made(
        self, request_of, state_table, dynamodb, s3, monkeypatch
    ):
        monkeypatch.setattr(create_bucket, "create", lambda *_: {"done": False, "state": ""})

        create_bucket.handler(request_of(), None)

        (row,) = ledger.rows(drill()["id"], table=state_table, dynamodb=dynamodb)
        assert (row["kind"], row["name"], row["status"]) == ("bucket", COPY, "planned")

    @pytest.mark.parametrize("task", [create_bucket, list_versions, restore_objects])
    def test_a_stopped_drill_does_nothing(self, request_of, state_table, dynamodb, task):
        from tasks import store

        stop = {**store.drill(drill()["id"]), "stop": "by alice"}
        dynamodb.put_item(TableName=state_table, Item=store.to_item(stop))
        request = request_of(batch="00001") if task is restore_objects else request_of()

        with pytest.raises(DrillStopped, match="alice"):
            task.handler(request, None)

    def test_a_name_without_the_drills_prefix_is_refused(self, request_of):
        bad = {**request_of()["component"], "copy": ""}

        with pytest.raises(NotACopy):
            create_bucket.handler(request_of(component=bad), None)
        assert PREFIX in COPY
