"""A versioned bucket with a past, and the steps that restore it, for tests in memory."""

from datetime import UTC, datetime, timedelta
from unittest import mock

from drill_documents import component, drill

from tasks.drills.folders import Folder
from tasks.integrity import check_objects, compare_objects
from tasks.objects import batches, copying
from tasks.restore import create_bucket, list_versions, restore_objects

SOURCE, COPY = "feedback-prod-files", "drill-1f0c2a9b-files"
START = datetime(2026, 11, 2, 2, tzinfo=UTC)


def moment(minutes):
    """Give a moment of the bucket's past, ISO 8601 UTC."""
    return (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Bucket:
    """A bucket whose objects are written at moments that the test names, and its restore."""

    def __init__(self, s3, evidence_bucket):
        self.s3, self.evidence = s3, evidence_bucket
        self.folder = Folder(drill(), "files", evidence_bucket, s3)
        s3.create_bucket(Bucket=SOURCE)
        s3.put_bucket_versioning(Bucket=SOURCE, VersioningConfiguration={"Status": "Enabled"})

    def at(self, minutes):
        """Let S3's clock stand at a moment of the past; to be used with `with`."""
        return mock.patch(
            "moto.s3.models.utcnow",
            lambda: (START + timedelta(minutes=minutes)).replace(tzinfo=None),
        )

    def put(self, minutes, key, content="1", **more):
        with self.at(minutes):
            return self.s3.put_object(Bucket=SOURCE, Key=key, Body=content.encode(), **more)

    def delete(self, minutes, key):
        with self.at(minutes):
            self.s3.delete_object(Bucket=SOURCE, Key=key)

    def component(self, minutes=59, **config):
        """Plan the bucket as of a moment."""
        point = {"kind": "versions", "id": "", "at": moment(minutes), "manifest_key": ""}
        return component(
            "files",
            type="s3_bucket",
            chain="bucket",
            recovery_point=point,
            config={"bucket": SOURCE, "prefix": "", "keys_a_batch": 2, **config},
        )

    @property
    def way(self):
        return copying.Way(SOURCE, COPY, self.s3, self.s3)

    def list(self, planned, pages=100):
        return list_versions.list_on(planned, self.folder, self.s3, pages)

    def restore(self, planned):
        """Take all steps up to the restored objects."""
        create_bucket.create(planned, drill(), self.s3, self.s3)
        self.list(planned)
        for name in self.batches():
            restore_objects.restore(name, planned["config"]["prefix"], self.folder, self.way)

    def check(self, planned):
        """Compare each batch; gives the checks by their names."""
        for name in self.batches():
            compare_objects.compare(name, planned["config"]["prefix"], self.folder, self.way)
        return self.checks(planned)

    def checks(self, planned):
        count = len(self.batches())
        answer = check_objects.check(planned, count, self.folder, self.s3)
        return {check["name"]: check for check in answer["checks"]}

    def batches(self):
        return [entry["batch"] for entry in self.folder.read(batches.BATCHES)]

    def contents(self):
        """Read all that the copy has."""
        found = self.s3.list_objects_v2(Bucket=COPY).get("Contents", [])
        return {
            item["Key"]: self.s3.get_object(Bucket=COPY, Key=item["Key"])["Body"].read().decode()
            for item in found
        }


def red(checks):
    """Name the checks that are not green, with their verdicts."""
    return {name: one["verdict"] for name, one in checks.items() if one["verdict"] != "PASS"}
