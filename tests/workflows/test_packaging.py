"""What becomes of a release directory, and which directories are no release."""

import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.packaging import ReleaseRefused, media_type, read_release, sha256, zipped

SOURCE = {
    "system": "shop",
    "version": "1.1.0",
    "description": "A basket",
    "created_at": "2026-11-02T09:00:00Z",
    "source": {"revision": "abc", "repository": "https://github.com/example/shop"},
    "template": "../template.json",
    "parameters": {"Memory": "512"},
    "functions": {"basket": {"index.py": "basket.py", "lib/tax.py": "../tax.py"}},
    "site": {"component": "site", "files": {"index.html": "index.html", "app.js": "../app.js"}},
    "evidence": {"tests": ["evidence/junit.xml"], "dependencies": ["evidence/sbom.cdx.json"]},
}
FILES = {
    "template.json": "{}",
    "tax.py": "TAX = 20",
    "app.js": "start()",
    "1.1.0/basket.py": "def handler(): ...",
    "1.1.0/index.html": "<!doctype html>",
    "1.1.0/evidence/junit.xml": "<testsuite/>",
    "1.1.0/evidence/sbom.cdx.json": "{}",
}


@pytest.fixture
def directory(tmp_path):
    """A release that can be published."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    describe(tmp_path / "1.1.0")
    return tmp_path / "1.1.0"


def describe(directory, **changed):
    document = {name: value for name, value in (SOURCE | changed).items() if value is not None}
    (directory / "release.json").write_text(json.dumps(document))


def problems(directory):
    with pytest.raises(ReleaseRefused) as refused:
        read_release(directory)
    return refused.value.problems


def test_each_object_is_named_with_its_digest(directory):
    release = read_release(directory)
    manifest = release.manifest
    named = [manifest["template"], *manifest["functions"], *manifest["site"]["files"]]
    named += [entry for entries in manifest["evidence"].values() for entry in entries]
    assert {entry["path"]: entry["sha256"] for entry in named} == {
        path: sha256(content) for path, content in release.objects.items()
    }
    assert set(release.objects) == {
        "template.json",
        "functions/basket.zip",
        "site/index.html",
        "site/app.js",
        "evidence/junit.xml",
        "evidence/sbom.cdx.json",
    }


def test_the_manifest_has_what_a_promotion_needs(directory):
    manifest = read_release(directory).manifest
    assert (manifest["system"], manifest["version"]) == ("shop", "1.1.0")
    assert manifest["parameters"] == {"Memory": "512"}
    assert manifest["functions"][0]["component"] == "basket"
    assert manifest["functions"][0]["bytes"] > 0
    assert manifest["site"]["prefix"] == "site/"
    assert [entry["content_type"] for entry in manifest["site"]["files"]] == [
        "text/javascript",
        "text/html",
    ]
    assert manifest["evidence"]["coverage"] == []


def test_the_digest_is_that_of_the_manifest_and_the_same_each_time(directory):
    first, second = read_release(directory), read_release(directory)
    assert first.digest == second.digest == sha256(first.body)
    assert json.loads(first.body) == first.manifest


def test_the_digest_is_the_same_on_another_day_in_another_place(directory, tmp_path):
    before = read_release(directory).digest
    for path in directory.parent.rglob("*"):
        os.utime(path, (0, 0))
        path.chmod(0o755)
    (tmp_path / "elsewhere").mkdir()
    moved = directory.parent.rename(tmp_path.with_name(f"{tmp_path.name}-moved")) / "1.1.0"
    assert read_release(moved).digest == before


@pytest.mark.parametrize("name", sorted(FILES))
def test_any_changed_file_changes_the_digest(directory, name):
    before = read_release(directory).digest
    (directory.parent / name).write_text("other")
    assert read_release(directory).digest != before


def test_the_zip_holds_the_files_under_the_names_asked_for(directory):
    archive = io.BytesIO(read_release(directory).objects["functions/basket.zip"])
    with zipfile.ZipFile(archive) as code:
        assert code.namelist() == ["index.py", "lib/tax.py"]
        assert code.read("lib/tax.py") == b"TAX = 20"
        assert code.infolist()[0].external_attr >> 16 & 0o777 == 0o644


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}\.py", fullmatch=True), st.binary(max_size=50)))
def test_a_zip_has_the_same_bytes_in_whatever_order_its_files_come(contents):
    backwards = dict(reversed(contents.items()))
    assert zipped(contents) == zipped(backwards)
    with zipfile.ZipFile(io.BytesIO(zipped(contents))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == contents


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("template.json", "template: ../template.json"),
        ("tax.py", "functions.basket: ../tax.py"),
        ("app.js", "site: ../app.js"),
        ("1.1.0/evidence/junit.xml", "evidence.tests: evidence/junit.xml"),
    ],
)
def test_a_missing_file_is_named_with_the_field_that_asks_for_it(directory, name, field):
    (directory.parent / name).unlink()
    (problem,) = problems(directory)
    assert problem.startswith(field)


def test_a_file_that_nothing_names_is_refused(directory):
    (directory / "evidence" / "notes.txt").write_text("?")
    (problem,) = problems(directory)
    assert problem.startswith("evidence/notes.txt: lies in the release")


def test_what_python_leaves_behind_is_no_part_of_a_release(directory):
    (directory / "__pycache__").mkdir()
    (directory / "__pycache__" / "basket.pyc").write_bytes(b"\0")
    assert read_release(directory).version == "1.1.0"


def test_every_problem_is_told_at_once(directory):
    (directory / "basket.py").unlink()
    (directory / "stray").write_text("?")
    assert len(problems(directory)) == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"system": None}, "'system' is a required property"),
        ({"version": "latest"}, "version: "),
        ({"created_at": "yesterday"}, "created_at: "),
        ({"colour": "red"}, "colour"),
        ({"functions": {"basket": {}}}, "functions.basket: "),
        ({"functions": {"basket": {"../index.py": "basket.py"}}}, "functions.basket: "),
        ({"functions": {"basket": {"/index.py": "basket.py"}}}, "functions.basket: "),
        ({"functions": {"Basket!": {"index.py": "basket.py"}}}, "functions: "),
        ({"template": "/etc/passwd"}, "template: "),
        ({"parameters": {"Memory": 512}}, "parameters.Memory: "),
        ({"evidence": {"weather": ["x"]}}, "weather"),
    ],
)
def test_a_description_that_is_wrong_is_told_by_field(directory, changed, field):
    describe(directory, **changed)
    assert any(field in problem for problem in problems(directory))


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "\ud800"])
def test_a_description_that_is_no_json_object_is_told(directory, text):
    (directory / "release.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert "release.json" in problems(directory)[0]


def test_a_directory_without_a_description_is_told(tmp_path):
    assert "cannot be read" in problems(tmp_path)[0]


def test_a_file_that_cannot_be_read_is_told(directory, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "cannot be read (Permission denied)" in problems(directory)[0]


def test_two_files_of_one_name_are_refused(directory):
    (directory / "junit.xml").write_text("<other/>")
    describe(
        directory, evidence={**SOURCE["evidence"], "tests": ["evidence/junit.xml", "junit.xml"]}
    )
    assert "two different files" in problems(directory)[0]


def test_a_release_may_be_a_template_alone(directory):
    for name in ("basket.py", "index.html", "evidence/junit.xml", "evidence/sbom.cdx.json"):
        (directory / name).unlink()
    describe(directory, functions=None, site=None, evidence=None, parameters=None)
    release = read_release(directory)
    assert set(release.objects) == {"template.json"}
    assert "site" not in release.manifest


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.html", "text/html"),
        ("a.CSS", "text/css"),
        ("a.sarif", "application/sarif+json"),
        ("a.zip", "application/zip"),
        ("a.unknown", "application/octet-stream"),
    ],
)
def test_a_media_type_is_told_by_the_name(name, expected):
    assert media_type(name) == expected
