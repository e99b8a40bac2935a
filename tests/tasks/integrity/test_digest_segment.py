"""A segment is read to its end once, however often its function is cut off or delivered."""

import json
from typing import Any

import pytest
from tables import AFTER, NOW, Digests, Pages, item, planned

from tasks.errors import Throttled
from tasks.integrities import documents
from tasks.integrity import digest_segment

ITEMS = [item(number) for number in range(500)] + [item(900, AFTER)]


@pytest.fixture
def digests(evidence_bucket, s3, state_table, dynamodb):
    return Digests(evidence_bucket, s3, state_table, dynamodb)


def whole(digests, digest):
    return documents.gather(digest, digests.store.bucket, digests.store.s3)


def rows(digests, digest):
    segments = documents.read_segments(digest, digests.store)
    found = documents.side(digest, segments, digests.store)
    joined = b"".join(found.fetch(0, 256))
    return sorted(joined[at : at + 36] for at in range(0, len(joined), 36))


class Spent:
    """A function whose time is up after so many pages."""

    def __init__(self, pages):
        self.left = pages

    def __call__(self):
        self.left -= 1
        return self.left > 0


def in_steps(digests, digest, number, pages_a_call=1, full=0):
    """Read a segment in as many calls as it takes."""
    pages = Pages(ITEMS, 40)
    answers: list[Any] = []
    while not answers or not answers[-1]["done"]:
        answers.append(digests.read(digest, number, pages, Spent(pages_a_call), full))
    return answers


def test_all_items_are_read_and_what_is_later_is_set_aside(digests):
    digest = digests.take(planned(), ITEMS)

    found = whole(digests, digest)
    assert (found["items"], found["later"]) == (500, 1)
    assert found["newest"] == "2026-11-02T01:00:00Z"
    assert len(rows(digests, digest)) == 501


@pytest.mark.parametrize("full", [0, 7, 100])
def test_a_function_that_runs_out_of_time_is_gone_on_with(digests, full):
    once = digests.take(planned("copy"), ITEMS, full=full)
    stepwise = planned()
    answers = [in_steps(digests, stepwise, number, 2, full) for number in (0, 1)]

    assert len(answers[0]) > 2
    assert whole(digests, stepwise)["checksum"] == whole(digests, once)["checksum"]
    assert rows(digests, stepwise) == rows(digests, once)


def test_more_segments_make_the_same_checksum(digests):
    few = digests.take(planned(segments=1), ITEMS)
    many = digests.take(planned("copy", segments=7), ITEMS[::-1])

    assert whole(digests, few)["checksum"] == whole(digests, many)["checksum"]


def test_throttling_loses_nothing_of_what_was_read(digests):
    digest = planned(segments=1)
    pages = Pages(ITEMS, 100, throttled=[4])
    with pytest.raises(Throttled):
        digests.read(digest, 0, pages)

    assert digests.read(digest, 0, pages)["done"]
    assert pages.calls == 7  # 6 pages of which one was refused: none was read twice
    assert whole(digests, digest)["items"] == 500


def test_a_second_delivery_reads_nothing_again(digests):
    digest = digests.take(planned(), ITEMS)
    pages = Pages(ITEMS)

    assert digests.read(digest, 0, pages)["done"]
    assert pages.calls == 0


def test_a_function_that_is_killed_after_writing_rows_counts_them_once(digests):
    digest = planned(segments=1)

    class Killed(Exception):
        pass

    def killed(*_):
        raise Killed

    kept, digests.cursors.save = digests.cursors.save, killed
    with pytest.raises(Killed):
        digests.read(digest, 0, Pages(ITEMS, 100), Spent(2))
    digests.cursors.save = kept
    digests.read(digest, 0, Pages(ITEMS, 100))

    assert whole(digests, digest)["items"] == 500
    assert len(rows(digests, digest)) == 501


def test_where_it_went_on_is_forgotten_at_the_end_and_never_evidence(digests, dynamodb, s3):
    digest = planned(segments=1)
    in_steps(digests, digest, 0)

    assert dynamodb.scan(TableName=digests.cursors.table)["Items"] == []
    for entry in s3.list_objects_v2(Bucket=digests.store.bucket)["Contents"]:
        body = s3.get_object(Bucket=digests.store.bucket, Key=entry["Key"])["Body"].read()
        assert b"item-" not in body
        assert b"customer" not in body


def test_a_key_of_bytes_is_gone_on_from(digests):
    digests.cursors.save("f", 3, {"start": {"bytes": {"B": b"\x00\x01"}}}, 0)

    assert digests.cursors.read("f", 3) == {"start": {"bytes": {"B": b"\x00\x01"}}}


def test_an_unfinished_segment_is_no_digest(digests):
    digest = planned()
    digests.read(digest, 0, Pages(ITEMS))

    with pytest.raises(Exception, match="Segment 1 of 2 of feedback-prod-items was not read"):
        whole(digests, digest)


def test_the_function_answers_by_its_schema(digests, dynamodb):
    dynamodb.create_table(
        TableName="feedback-prod-items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for entry in ITEMS[:3]:
        dynamodb.put_item(TableName="feedback-prod-items", Item=entry)

    class Context:
        def get_remaining_time_in_millis(self):
            return 300_000

    request = {"digest": planned(segments=1), "segment": 0, "now": NOW}
    answer = digest_segment.handler(json.loads(json.dumps(request)), Context())

    assert answer == {"done": True, "state": "3 items read", "items": 3}
