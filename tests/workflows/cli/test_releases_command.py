"""`daytwo releases`."""

import json
import shutil
from pathlib import Path

import boto3
import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "feedback"


@pytest.fixture
def account(daytwo):
    boto3.client("s3").create_bucket(Bucket="artifacts")
    daytwo.deploy(ArtifactsBucketName="artifacts")
    return daytwo


@pytest.fixture
def example(tmp_path):
    """A copy of the feedback system to change."""
    shutil.copytree(EXAMPLE, tmp_path / "feedback")
    return tmp_path / "feedback"


def path(version, root=EXAMPLE):
    return str(root / "releases" / version)


def test_a_release_is_published_then_found_unchanged(run, account):
    first = run("releases", "publish", path("1.1.0"))
    assert first.stdout.startswith("Published feedback 1.1.0: 15 objects, digest ")
    again = run("releases", "publish", path("1.1.0"))
    assert again.exit_code == 0
    assert again.stdout.endswith("with this very content: nothing to do.\n")


def test_json_tells_the_outcome(run, account):
    outcome = json.loads(run("releases", "publish", path("1.0.0"), "--json").stdout)
    assert (outcome["version"], outcome["status"]) == ("1.0.0", "published")
    (row,) = json.loads(run("releases", "list", "feedback", "--json").stdout)
    assert row["digest"] == outcome["digest"]
    assert row["published_by"].startswith("arn:aws:")


def test_an_existing_release_with_other_content_is_refused(run, account, example):
    run("releases", "publish", path("1.1.0", example))
    with (example / "functions" / "service.py").open("a") as source:
        source.write("# changed\n")
    result = run("releases", "publish", path("1.1.0", example))
    assert result.exit_code == 1
    assert "never changes" in result.stderr
    assert "functions/create-feedback.zip differs" in result.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: (folder / "evidence" / "junit.xml").unlink(), "evidence.tests: "),
        (lambda folder: (folder / "notes.txt").write_text("?"), "notes.txt: lies in the release"),
        (lambda folder: (folder / "release.json").write_text("{"), "is not JSON"),
    ],
)
def test_a_directory_that_is_no_release_uploads_nothing(run, account, example, change, told):
    change(example / "releases" / "1.1.0")
    result = run("releases", "publish", path("1.1.0", example))
    assert result.exit_code == 2
    assert told in result.stderr
    assert "nothing was uploaded" in result.stderr
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket="artifacts")


def test_a_directory_that_is_not_there_is_wrong_input(run, account, tmp_path):
    result = run("releases", "publish", str(tmp_path / "none"))
    assert result.exit_code == 2
    assert "does not exist" in result.stderr


def test_the_list_names_version_time_digest_and_publisher(run, account):
    assert run("releases", "list").stdout == "This account has no published release.\n"
    assert "feedback has no" in run("releases", "list", "feedback").stdout
    for version in ("1.1.0", "1.0.0"):
        run("releases", "publish", path(version))
    lines = run("releases", "list").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["feedback", "1.0.0"], ["feedback", "1.1.0"]]
    assert "arn:aws:" in lines[0]
