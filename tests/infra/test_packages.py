"""The layer with the dependencies."""

import subprocess
import sys
import zipfile

import pytest

from infra import packages

LOCK = """
attrs==26.1.0
    # via
    #   jsonschema
    #   referencing
boto3==1.44.5
    # via aws-xray-sdk
aws-xray-sdk==2.15.0
    # via moto
defusedxml==0.7.1
jsonschema==4.26.0
    # via daytwo (pyproject.toml)
moto==5.2.5
referencing==0.37.0
    # via jsonschema
s3transfer==0.19.3
    # via boto3
tzdata==2026.6
    # via daytwo (pyproject.toml)
"""


def names(path):
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_the_layer_holds_the_roots_and_what_they_need_but_not_the_sdk():
    assert packages.closure(LOCK) == [
        "attrs==26.1.0",
        "aws-xray-sdk==2.15.0",
        "defusedxml==0.7.1",
        "jsonschema==4.26.0",
        "referencing==0.37.0",
        "tzdata==2026.6",
    ]


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    return packages.layer_zip(tmp_path_factory.mktemp("layer") / "it.zip", "local", "python3.13")


def test_the_layer_alone_can_import_everything(layer, tmp_path):
    with zipfile.ZipFile(layer) as archive:
        archive.extractall(tmp_path / "opt")
    code = (
        "import jsonschema, defusedxml.ElementTree, wrapt\n"
        "jsonschema.Draft202012Validator({'type': 'object'}).validate({})\n"
        "import datetime, zoneinfo\n"
        "datetime.datetime.now(zoneinfo.ZoneInfo('Europe/Vienna'))\n"
        "print(jsonschema.__file__)\n"
    )
    command = [sys.executable, "-S", "-c", code]
    # An empty PYTHONTZPATH hides the zones of this machine.
    environment = {"PYTHONPATH": str(tmp_path / "opt" / "python"), "PYTHONTZPATH": ""}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ran.stderr == ""
    assert ran.stdout.startswith(str(tmp_path))


def test_the_layer_has_neither_metadata_nor_tests(layer):
    found = names(layer)
    assert "python/jsonschema/validators.py" in found
    assert not [name for name in found if ".dist-info" in name or "/tests/" in name]


def test_the_layer_brings_bytecode_that_is_never_checked_and_always_the_same(layer, tmp_path):
    again = packages.layer_zip(tmp_path / "again.zip", "local", "python3.13")
    assert layer.read_bytes() == again.read_bytes()
    compiled = f"python/jsonschema/__pycache__/validators.{sys.implementation.cache_tag}.pyc"
    with zipfile.ZipFile(layer) as archive:
        flags = int.from_bytes(archive.read(compiled)[4:8], "little")
    # PEP 552: bit 0 is "by hash", bit 1 "check the source".
    assert flags == 0b01


@pytest.mark.parametrize("interpreter", [None, "/bin/false"])
def test_without_the_interpreter_of_the_runtime_the_layer_has_sources_alone(
    tmp_path, monkeypatch, interpreter
):
    def install(pins, libraries, *_):
        (libraries / "attr").mkdir(parents=True)
        (libraries / "attr" / "__init__.py").write_text("")

    monkeypatch.setattr(packages, "_install", install)
    monkeypatch.setattr(packages.shutil, "which", lambda _: interpreter)
    layer = packages.layer_zip(tmp_path / "layer.zip", "arm64", "python3.13")
    assert names(layer) == ["python/attr/__init__.py"]


def test_a_layer_is_built_again_only_if_its_pins_change(tmp_path, monkeypatch):
    target = tmp_path / "layer.zip"
    packages.layer_zip(target, "local", "python3.13")
    target.write_bytes(b"kept")
    packages.layer_zip(target, "local", "python3.13")
    assert target.read_bytes() == b"kept"
    monkeypatch.setattr(packages, "LAYER_ROOTS", ("defusedxml",))
    packages.layer_zip(target, "local", "python3.13")
    assert target.read_bytes() != b"kept"


def test_the_installer_is_asked_for_wheels_of_the_processor_and_runtime(tmp_path, monkeypatch):
    asked = []

    def run(command, **_):
        asked.extend(command if "pip" in command else [])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(packages.subprocess, "run", run)
    packages.layer_zip(tmp_path / "layer.zip", "arm64", "python3.12")
    assert asked[asked.index("--python-version") + 1] == "3.12"
    assert "manylinux2014_aarch64" in asked
    assert {"--no-deps", "--only-binary=:all:"} <= set(asked)
    assert [pin for pin in asked if pin.startswith("jsonschema==")]


def test_a_failed_installation_is_told_in_the_words_of_pip(tmp_path, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "ERROR: no wheel\n")
    monkeypatch.setattr(packages.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(packages.PackagingFailed, match=r"for arm64 .*: ERROR: no wheel"):
        packages.layer_zip(tmp_path / "layer.zip", "arm64", "python3.13")
    assert not (tmp_path / "layer.zip").exists()
