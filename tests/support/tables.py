"""Tables whose pages are in memory, and digests of them, for tests and the bench."""

from drill_documents import component

from tasks.drills.verdicts import FAIL
from tasks.integrities import hashing, moments
from tasks.integrities.cursors import Cursors
from tasks.integrities.documents import Store
from tasks.integrity import digest_segment

SOURCE, COPY = "feedback-prod-items", "drill-1f0c2a9b-items"
CUT_OFF = "2026-11-02T02:55:00Z"
BEFORE, AFTER = "2026-11-02T01:00:00Z", "2026-11-02T03:05:00Z"
NOW = "2026-11-02T04:00:00Z"
CONFIG = {
    "changed_attribute": "changed_at",
    "changed_format": "iso",
    "deletes": False,
    "segments": 2,
    "samples": 5,
    "freshest_seconds": 0,
    "sentinel": {},
}


def items_component(**config):
    """Give the component of the feedback system's items."""
    return component(config={**CONFIG, **config}, target_config={**CONFIG, **config})


def item(number, at=BEFORE, **more):
    """Give an item that was changed at a moment."""
    return {
        "id": {"S": f"item-{number}"},
        "changed_at": {"S": at},
        "text": {"S": f"what the {number}th customer said"},
        "stars": {"N": str(number % 5)},
        **more,
    }


def key(number):
    """Give the hash of an item's key, as a difference names it."""
    return hashing.key_hash(item(number), ["id"]).hex()


class Pages:
    """DynamoDB's Scan over items in memory, in pages; `throttled` says at which calls."""

    def __init__(self, items, page=100, throttled=()):
        self.items, self.page, self.throttled = items, page, set(throttled)
        self.calls = 0

    def scan(self, TableName, Segment, TotalSegments, ConsistentRead, ExclusiveStartKey=None):
        self.calls += 1
        if self.calls in self.throttled:
            raise error("ProvisionedThroughputExceededException")
        mine = self.items[Segment::TotalSegments]
        start = int(ExclusiveStartKey["at"]["N"]) if ExclusiveStartKey else 0
        end = start + self.page
        more = {"LastEvaluatedKey": {"at": {"N": str(end)}}} if end < len(mine) else {}
        return {"Items": mine[start:end], **more}


def error(code, operation="Scan"):
    """Make an error as AWS gives it."""
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


def planned(name="reference", table=SOURCE, cut_off=CUT_OFF, **changes):
    """Give a digest as it is planned."""
    return {
        "name": name,
        "folder": f"drills/monthly-1/items/{name}",
        "table": table,
        "target": {"region": "", "role_arn": ""},
        "keys": ["id"],
        "segments": 2,
        "cut_off": cut_off,
        "slack_seconds": 60,
        "changed_attribute": "changed_at",
        "changed_format": "iso",
        "ttl_attribute": "",
        "consistent": False,
        "exact": True,
        **changes,
    }


class Digests:
    """Takes digests of items into the evidence bucket, as the steps do."""

    def __init__(self, bucket, s3, state_table, dynamodb):
        self.store = Store(bucket, s3)
        self.cursors = Cursors(state_table, dynamodb)

    def take(self, digest, items, full=0, page=1000):
        for number in range(digest["segments"]):
            self.read(digest, number, Pages(items, page), full=full)
        return digest

    def read(self, digest, number, pages, has_time=lambda: True, full=0):
        """Read a segment as one call of its function does."""
        segment = digest_segment.Segment(digest, number, self.store, self.cursors, full)
        return segment.read(pages, moments.epoch(NOW), has_time)

    def of_both(self, source, copy, **changes):
        """Take both digests; gives them as compare_digests is told of them."""
        reference = self.take(planned(**changes), source)
        other = self.take(planned("copy", COPY, **{"cut_off": "", **changes}), copy)
        return reference, other


def verdicts(answer):
    """Give the verdict of each check by its name."""
    return {check["name"]: check["verdict"] for check in answer["checks"]}


def failed(answer):
    """Name the checks that failed."""
    return {check["name"] for check in answer["checks"] if check["verdict"] == FAIL}
