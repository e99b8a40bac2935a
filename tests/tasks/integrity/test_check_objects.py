"""What is not as it was in the bucket turns the check red: compare_objects, check_objects."""

import boto3
import pytest
from drill_documents import NOW, drill
from drilled_buckets import COPY, SOURCE, Bucket, moment, red
from weather import weathered

from infra.local import s3 as storage
from tasks.errors import AccessRefused, CleanupFailed
from tasks.integrity import check_objects, compare_objects
from tasks.objects import batches, comparing, copying
from tasks.restore import create_bucket, match_bucket, remove_bucket, restore_objects


@pytest.fixture
def bucket(s3, evidence_bucket):
    return Bucket(s3, evidence_bucket)


@pytest.fixture
def planned(bucket):
    """Five objects, restored in three batches."""
    for name in "abcde":
        bucket.put(1, name, f"content of {name}")
    planned = bucket.component()
    bucket.restore(planned)
    return planned


def test_a_copy_as_the_source_was_is_green(bucket, planned):
    checks = bucket.check(planned)

    assert red(checks) == {}
    assert checks["object count"]["observed"] == "5"
    assert "by ETag 5" in checks["equal contents"]["detail"]


def test_an_empty_bucket_is_green(bucket):
    planned = bucket.component()
    bucket.restore(planned)

    assert red(bucket.check(planned)) == {}


def test_what_is_written_to_the_source_later_turns_nothing_red(bucket, planned):
    bucket.put(90, "a", "later")
    bucket.put(90, "new", "later")
    bucket.delete(90, "b")

    assert red(bucket.check(planned)) == {}


def test_one_changed_byte_is_found(bucket, planned, s3):
    s3.put_object(Bucket=COPY, Key="c", Body=b"content of C")

    checks = bucket.check(planned)

    assert red(checks) == {"equal contents": "FAIL"}
    assert f"changed {comparing.short('c')}" in checks["equal contents"]["detail"]


def test_a_missing_object_is_found_and_why(bucket, planned, s3):
    s3.delete_object(Bucket=COPY, Key="e")
    bucket.folder.write("restored/00003.json", {"failed": {comparing.short("e"): "archived"}})

    checks = bucket.check(planned)

    assert red(checks) == {"object count": "FAIL", "bytes": "FAIL", "equal contents": "FAIL"}
    assert f"missing {comparing.short('e')}: archived" in checks["object count"]["detail"]


@pytest.mark.parametrize("key", ["0", "bb", "z"])
def test_an_object_too_many_is_found_wherever_it_stands(bucket, planned, s3, key):
    s3.put_object(Bucket=COPY, Key=key, Body=b"")

    assert red(bucket.check(planned)) == {"object count": "FAIL"}


def test_a_batch_that_nobody_restored_is_found(bucket):
    for name in "abc":
        bucket.put(1, name)
    planned = bucket.component()
    bucket.restore(planned)
    for key in "ab":
        bucket.s3.delete_object(Bucket=COPY, Key=key)

    assert "object count" in red(bucket.check(planned))


def test_a_batch_whose_restore_broke_off_is_told(bucket, refusing):
    bucket.put(1, "a")
    planned = bucket.component()
    create_bucket.create(planned, drill(), bucket.s3, bucket.s3)
    bucket.list(planned)
    denied = refusing(bucket.s3, "copy_object", "AccessDenied")
    with pytest.raises(AccessRefused):
        restore_objects.restore(
            "00001", "", bucket.folder, copying.Way(SOURCE, COPY, bucket.s3, denied)
        )

    checks = bucket.check(planned)

    assert red(checks)["object count"] == "FAIL"
    assert "1 batches broken off" in checks["object count"]["detail"]


def test_a_batch_that_nobody_compared_is_an_error(bucket, planned):
    compare_objects.compare("00001", "", bucket.folder, bucket.way)

    assert red(bucket.checks(planned))["all batches compared"] == "ERROR"


def test_a_listing_that_never_ended_is_an_error(bucket, planned):
    listing = batches.Listing.read(bucket.folder)
    listing.done = False
    listing.save(bucket.folder)

    assert red(bucket.check(planned)) == {"all batches compared": "ERROR"}


def test_the_listing_says_how_many_batches_there_are_where_nobody_else_does(
    bucket, planned, state_table
):
    bucket.check(planned)
    request = {"component": planned, "drill": drill(), "now": NOW}

    (first, *_) = check_objects.handler(request, None)["checks"]

    assert (first["verdict"], first["expected"]) == ("PASS", "3 batches of a whole listing")


def test_another_listing_than_the_workflow_has_is_an_error():
    (check, *_) = check_objects.judge(batches.Listing(done=True, batches=1), 2, [None])

    assert check["verdict"] == "ERROR"


def test_nothing_listed_at_all_is_an_error():
    (check, *_) = check_objects.judge(batches.Listing(done=True), 0, [])

    assert check["verdict"] == "ERROR"


def test_a_copy_that_others_may_read_is_red(bucket, planned, s3):
    s3.delete_public_access_block(Bucket=COPY)

    assert red(bucket.check(planned)) == {"public access blocked": "FAIL"}


def test_no_key_stands_in_the_evidence(bucket, s3):
    bucket.put(1, "secret-name")
    planned = bucket.component()
    bucket.restore(planned)
    s3.put_object(Bucket=COPY, Key="secret-name", Body=b"2")

    assert "secret-name" not in str(bucket.check(planned))


class Served:
    """S3 as the comparison sees it: two objects, with what HeadObject and GetObject say."""

    def __init__(self, head, content=b"x"):
        self.head, self.content, self.reads = head, content, 0
        self.meta = None

    def head_object(self, **_):
        return self.head

    def get_object(self, **_):
        from io import BytesIO

        self.reads += 1
        return {"Body": BytesIO(self.content)}


FULL = {"ChecksumCRC64NVME": "A", "ChecksumType": "FULL_OBJECT"}


@pytest.mark.parametrize(
    ("theirs", "ours", "contents", "by"),
    [
        (FULL, FULL, (b"x", b"y"), "checksum"),
        (FULL, {**FULL, "ChecksumCRC64NVME": "B"}, (b"x", b"x"), ""),
        (FULL, {"ChecksumSHA256": "A"}, (b"x", b"x"), "reading"),
        ({}, {}, (b"x", b"x"), "reading"),
        ({}, {}, (b"x", b"y"), ""),
        ({**FULL, "ChecksumType": "COMPOSITE"}, FULL, (b"x", b"y"), ""),
        ({"ChecksumCRC32": "A-2"}, {"ChecksumCRC32": "A-2"}, (b"x", b"x"), "reading"),
    ],
)
def test_where_etags_say_nothing_checksums_or_the_contents_do(theirs, ours, contents, by):
    way = copying.Way("s", "c", Served(theirs, contents[0]), Served(ours, contents[1]))
    one = {"key": "a", "version_id": "1", "size": 1, "etag": "by a key"}

    assert comparing.equal_by(one, {"Size": 1, "ETag": '"another"'}, way) == by


def test_objects_of_other_sizes_are_not_read():
    theirs, ours = Served({}), Served({})
    one = {"key": "a", "version_id": "1", "size": 1, "etag": "e"}

    found = comparing.equal_by(one, {"Size": 2, "ETag": '"e"'}, copying.Way("s", "c", theirs, ours))

    assert (found, theirs.reads, ours.reads) == ("", 0, 0)


def test_only_the_first_differences_are_named():
    batch = {
        "objects": [
            {"key": str(number), "version_id": "1", "size": 1, "etag": "e"} for number in range(50)
        ]
    }

    told = comparing.compare(batch, iter([]), {}, None)

    assert told["missing"] == 50
    assert len(told["examples"]) == comparing.MOST_EXAMPLES
    assert check_objects.told(told["examples"]).endswith("and 15 more")


def test_the_steps_run_as_functions(bucket, planned, state_table):
    request = {"component": planned, "drill": drill(), "now": NOW}
    for name in bucket.batches():
        assert compare_objects.handler({**request, "batch": name}, None) == {"differences": 0}

    answer = check_objects.handler({**request, "batches": 3}, None)

    assert answer["newest_record"] == moment(1)
    assert {check["verdict"] for check in answer["checks"]} == {"PASS"}
    assert SOURCE not in str(answer)
    assert restore_objects.handler({**request, "batch": "00001"}, None)["done"] is True


class TestWeather:
    @pytest.fixture
    def weather(self):
        with weathered(storage) as account:
            yield account.weather["s3"]

    @pytest.fixture
    def spoilt(self, weather, monkeypatch):
        """Restore three objects in the weather that the test adds; gives the checks."""
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="daytwo-evidence")
        bucket = Bucket(s3, "daytwo-evidence")

        def restored(kind, **conditions):
            for name in "abc":
                bucket.s3.put_object(Bucket=SOURCE, Key=name, Body=name.encode())
            planned = bucket.component()
            planned["recovery_point"]["at"] = "2099-01-01T00:00:00Z"
            weather.add(kind, **conditions)
            bucket.restore(planned)
            return bucket.check(planned)

        return restored

    def test_one_corrupted_copy_is_found(self, spoilt):
        checks = spoilt("corrupted", ids=COPY, spares=1, times=1)

        assert red(checks) == {"equal contents": "FAIL"}
        assert checks["equal contents"]["observed"] == "2"

    def test_one_lost_copy_is_found(self, spoilt):
        checks = spoilt("truncated", ids=COPY, times=1)

        assert red(checks)["object count"] == "FAIL"
        assert checks["object count"]["detail"].startswith("1 missing, 0 extra")

    def test_a_setting_that_s3_loses_is_told_as_lost(self, spoilt, weather):
        spoilt("setting_lost", ids=COPY, types="versioning")
        s3 = boto3.client("s3")

        found = match_bucket.match(SOURCE, COPY, s3, s3)["differences"]

        assert ("versioning", "lost") in [(one["setting"], one["outcome"]) for one in found]

    def test_an_object_that_cannot_be_deleted_fails_the_cleanup(self, spoilt):
        spoilt("undeletable", ids=COPY)
        row = {"name": COPY, "drill": drill()["id"], "target": {}}

        with pytest.raises(CleanupFailed, match="3 of 3 objects"):
            remove_bucket.remove(row, boto3.client("s3"))
