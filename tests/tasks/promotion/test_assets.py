"""Static files go under a prefix, entries point to them, and go back."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.errors import ArtifactChanged, ArtifactMissing, Throttled
from tasks.promotion import (
    capture_rollback_plan,
    publish_assets,
    restore_assets,
    switch_assets,
)

BUCKET = "feedback-dev-site-123456789012"
NOTHING = {
    "present": False,
    "bucket": "",
    "component": "",
    "source_prefix": "",
    "prefix": "",
    "entry": [],
    "files": [],
    "distribution": "",
}


@pytest.fixture
def bucket(s3):
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return BUCKET


@pytest.fixture
def release(s3, artifacts_bucket):
    """Upload a release's site; gives the plan's part about it."""

    def upload(version, **contents):
        files = []
        for name, content in {"index": version, **contents}.items():
            path = f"{name}.html"
            key = f"releases/feedback/{version}/site/{path}"
            s3.put_object(Bucket=artifacts_bucket, Key=key, Body=content.encode())
            digest = hashlib.sha256(content.encode()).hexdigest()
            files.append({"key": key, "path": path, "sha256": digest, "content_type": "text/html"})
        return {
            "present": True,
            "bucket": BUCKET,
            "component": "site",
            "source_prefix": f"releases/feedback/{version}/site/",
            "prefix": f"releases/{version}/",
            "entry": ["index.html"],
            "files": files,
            "distribution": "",
        }

    return upload


@pytest.fixture
def publish(s3, bucket, artifacts_bucket):
    return lambda site: publish_assets.publish(site, artifacts_bucket, s3, s3)


def read(s3, key="index.html"):
    return s3.get_object(Bucket=BUCKET, Key=key)


def versions(s3):
    return len(s3.list_object_versions(Bucket=BUCKET).get("Versions", []))


class TestPublish:
    def test_files_lie_under_the_prefix_with_their_type_and_for_ever(self, s3, publish, release):
        assert publish(release("1.1.0", about="us")) == {"published": 2}

        found = read(s3, "releases/1.1.0/about.html")
        assert found["Body"].read() == b"us"
        assert found["ContentType"] == "text/html"
        assert "immutable" in found["CacheControl"]

    def test_visitors_see_nothing_of_it(self, s3, publish, release):
        publish(release("1.1.0"))

        with pytest.raises(s3.exceptions.NoSuchKey):
            read(s3)

    def test_a_second_delivery_changes_nothing(self, s3, publish, release):
        site = release("1.1.0", about="us")
        publish(site)
        before = versions(s3)

        assert publish(site) == {"published": 2}
        assert versions(s3) == before

    def test_a_file_that_somebody_changed_under_the_prefix_is_mended(self, s3, publish, release):
        site = release("1.1.0")
        publish(site)
        s3.put_object(Bucket=BUCKET, Key="releases/1.1.0/index.html", Body=b"defaced")

        publish(site)

        assert read(s3, "releases/1.1.0/index.html")["Body"].read() == b"1.1.0"

    def test_another_file_than_the_published_one_is_refused(
        self, s3, publish, release, artifacts_bucket
    ):
        site = release("1.1.0")
        s3.put_object(Bucket=artifacts_bucket, Key=site["files"][0]["key"], Body=b"other")

        with pytest.raises(ArtifactChanged):
            publish(site)

    def test_a_file_that_is_gone_is_told(self, s3, publish, release, artifacts_bucket):
        site = release("1.1.0")
        s3.delete_object(Bucket=artifacts_bucket, Key=site["files"][0]["key"])

        with pytest.raises(ArtifactMissing):
            publish(site)

    def test_a_release_without_a_site_publishes_nothing(self, publish):
        assert publish(NOTHING) == {"published": 0}

    @pytest.mark.parametrize("operation", ["HeadObject", "GetObject", "PutObject"])
    def test_throttling_of_each_call_is_tried_again(self, s3, publish, release, refused, operation):
        site = release("1.1.0")
        refused(s3, operation, "SlowDown")

        with pytest.raises(Throttled):
            publish(site)

    def test_the_function_answers_by_its_schema(self, bucket, release):
        request = {"site": release("1.1.0"), "target": {}}

        assert publish_assets.handler(request, None) == {"published": 1}


class TestSwitch:
    def test_visitors_get_the_release_and_ask_again_each_time(self, s3, publish, release):
        site = release("1.1.0")
        publish(site)

        assert switch_assets.switch(site, "1.1.0", s3) == {"switched": 1}

        found = read(s3)
        assert found["Body"].read() == b"1.1.0"
        assert found["CacheControl"] == "no-cache"
        assert found["ContentType"] == "text/html"
        assert found["Metadata"]["release"] == "1.1.0"

    def test_a_second_delivery_changes_nothing(self, s3, publish, release):
        site = release("1.1.0")
        publish(site)
        switch_assets.switch(site, "1.1.0", s3)
        before = versions(s3)

        switch_assets.switch(site, "1.1.0", s3)

        assert versions(s3) == before

    def test_an_entry_that_is_not_among_the_files_is_told(self, s3, publish, release):
        site = {**release("1.1.0"), "entry": ["start.html"]}
        publish(site)

        with pytest.raises(ArtifactMissing, match=r"start\.html"):
            switch_assets.switch(site, "1.1.0", s3)

    def test_an_entry_that_was_overwritten_under_the_prefix_is_refused(self, s3, publish, release):
        site = release("1.1.0")
        publish(site)
        s3.put_object(Bucket=BUCKET, Key="releases/1.1.0/index.html", Body=b"defaced")

        with pytest.raises(ArtifactChanged, match="somebody overwrote it"):
            switch_assets.switch(site, "1.1.0", s3)

    @pytest.mark.parametrize("operation", ["HeadObject", "CopyObject"])
    def test_throttling_of_each_call_is_tried_again(self, s3, publish, release, refused, operation):
        site = release("1.1.0")
        publish(site)
        refused(s3, operation, "SlowDown")

        with pytest.raises(Throttled):
            switch_assets.switch(site, "1.1.0", s3)

    def test_the_function_answers_by_its_schema(self, publish, release):
        site = release("1.1.0")
        publish(site)

        request = {"site": site, "target": {}, "release": "1.1.0"}

        assert switch_assets.handler(request, None) == {"switched": 1}


class TestRestore:
    def test_visitors_get_back_what_they_had(self, s3, publish, release):
        for version in ("1.0.0", "1.1.0"):
            site = release(version)
            publish(site)
            captured = capture_rollback_plan.site_before(site, s3)
            switch_assets.switch(site, version, s3)

        assert restore_assets.restore(captured, s3) == {"restored": 1}

        found = read(s3)
        assert found["Body"].read() == b"1.0.0"
        assert found["Metadata"]["release"] == "1.0.0"
        assert found["CacheControl"] == "no-cache"

    def test_an_entry_that_was_not_there_goes(self, s3, publish, release):
        site = release("1.1.0")
        publish(site)
        captured = capture_rollback_plan.site_before(site, s3)
        switch_assets.switch(site, "1.1.0", s3)

        assert restore_assets.restore(captured, s3) == {"restored": 1}
        with pytest.raises(s3.exceptions.NoSuchKey):
            read(s3)

    @pytest.mark.parametrize("there", [True, False])
    def test_a_second_delivery_changes_nothing(self, s3, publish, release, there):
        site = release("1.1.0")
        publish(site)
        if there:
            s3.put_object(Bucket=BUCKET, Key="index.html", Body=b"by hand")
        captured = capture_rollback_plan.site_before(site, s3)
        switch_assets.switch(site, "1.1.0", s3)
        restore_assets.restore(captured, s3)
        before = versions(s3)

        assert restore_assets.restore(captured, s3) == {"restored": 0}
        assert versions(s3) == before

    def test_a_version_that_was_deleted_is_told(self, s3, publish, release):
        s3.put_object(Bucket=BUCKET, Key="index.html", Body=b"old")
        site = release("1.1.0")
        captured = capture_rollback_plan.site_before(site, s3)
        version_id = captured["entry"][0]["version_id"]
        s3.delete_object(Bucket=BUCKET, Key="index.html", VersionId=version_id)

        with pytest.raises(ArtifactMissing, match="cannot be put back"):
            restore_assets.restore(captured, s3)

    @pytest.mark.parametrize("operation", ["HeadObject", "CopyObject"])
    def test_throttling_of_each_call_is_tried_again(self, s3, publish, release, refused, operation):
        s3.put_object(Bucket=BUCKET, Key="index.html", Body=b"old")
        site = release("1.1.0")
        publish(site)
        captured = capture_rollback_plan.site_before(site, s3)
        switch_assets.switch(site, "1.1.0", s3)
        refused(s3, operation, "SlowDown")

        with pytest.raises(Throttled):
            restore_assets.restore(captured, s3)

    def test_a_release_without_a_site_restores_nothing(self, s3):
        captured = capture_rollback_plan.site_before(NOTHING, s3)

        assert restore_assets.restore(captured, s3) == {"restored": 0}

    def test_the_function_answers_by_its_schema(self, s3, publish, release):
        captured = capture_rollback_plan.site_before(release("1.1.0"), s3)

        assert restore_assets.handler({"site": captured, "target": {}}, None) == {"restored": 0}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    names=st.lists(st.sampled_from("abcde"), min_size=1, unique=True),
    there=st.sets(st.sampled_from("abcde")),
    switched=st.integers(0, 5),
)
def test_from_any_entry_the_site_comes_back_to_what_was_captured(
    s3, publish, release, names, there, switched
):
    for name in "abcde":
        s3.delete_object(Bucket=BUCKET, Key=f"{name}.html")
    for name in there:
        s3.put_object(Bucket=BUCKET, Key=f"{name}.html", Body=f"old {name}".encode())
    site = release("1.1.0", **{name: f"new {name}" for name in names})
    site["entry"] = [f"{name}.html" for name in names]
    publish(site)
    captured = capture_rollback_plan.site_before(site, s3)
    switch_assets.switch({**site, "entry": site["entry"][:switched]}, "1.1.0", s3)

    restore_assets.restore(captured, s3)

    listed = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/").get("Contents", [])
    found = {entry["Key"]: read(s3, entry["Key"])["Body"].read() for entry in listed}
    assert found == {f"{name}.html": f"old {name}".encode() for name in there}
