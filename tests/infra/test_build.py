"""Building everything that is deployed, from the command line."""

import json
import platform

import pytest

from infra import build, discovery, packages
from infra.discovery import DefinitionError


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setattr(build.build, "__defaults__", ("dev", "", tmp_path))
    return tmp_path


def test_template_machines_code_and_layer_are_built(out, capsys):
    assert build.main(["--arch", "local"]) == 0
    assert json.loads((out / "template.json").read_text())["Resources"]
    definition = json.loads((out / "workflows" / "promotion.json").read_text())
    assert definition["StartAt"] in definition["States"]
    families = sorted({task.family for task in discovery.tasks()})
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in printed] == [
        "template.json",
        *(f"functions-{family}.zip" for family in families),
        "layer-local.zip",
        *(f"workflows/{workflow.name}.json" for workflow in discovery.workflows()),
    ]
    assert all(line.split()[1] == "KiB" for line in printed)


def test_quiet_says_nothing(out, capsys):
    assert build.main(["--arch", "local", "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_the_same_sources_give_the_same_template(out, tmp_path):
    one = build.build("prod", "local", tmp_path / "one").template.read_bytes()
    assert build.build("prod", "local", tmp_path / "two").template.read_bytes() == one


@pytest.mark.parametrize(
    ("arch", "architecture"),
    [("", "arm64"), ("x86_64", "x86_64"), ("local", build.ARCHITECTURES[platform.machine()])],
)
def test_the_processor_is_the_configured_one_unless_another_is_asked_for(
    tmp_path, monkeypatch, arch, architecture
):
    monkeypatch.setattr(packages, "layer_zip", lambda target, *_: target)
    built = build.build("dev", arch, tmp_path)
    layer = json.loads(built.template.read_text())["Resources"]["DependencyLayer"]
    assert layer["Properties"]["CompatibleArchitectures"] == [architecture]
    assert built.layer.name == f"layer-{arch or 'arm64'}.zip"


def test_a_module_that_cannot_be_deployed_fails_the_build_with_its_reason(out, capsys, monkeypatch):
    def refuse(*_):
        raise DefinitionError("tasks/a/b.py: no")

    monkeypatch.setattr(build, "render", refuse)
    assert build.main([]) == 1
    assert capsys.readouterr().err == "tasks/a/b.py: no\n"
