"""Each schema is one that a person can read and a task answers to."""

import importlib
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from schemas import validation

ROOT = validation.FOLDER.parent
NAMES = sorted(
    path.relative_to(validation.FOLDER).with_suffix("").as_posix()
    for path in validation.FOLDER.rglob("*.json")
)
OF_TASKS = [name for name in NAMES if name.startswith("tasks/")]


def retrieve(uri):
    found = validation.load(uri.strip("/").removesuffix(".json"))
    return Resource.from_contents(found, DRAFT202012)


REGISTRY = Registry(retrieve=retrieve)


def nodes(node, path=()):
    """Give each object of a schema with the way to it."""
    if isinstance(node, dict):
        yield path, node
    entries = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in entries:
        if isinstance(value, dict | list) and key not in ("examples", "default", "enum"):
            yield from nodes(value, (*path, key))


def properties(schema):
    """Give each property that a schema declares, with the way to it."""
    for path, node in nodes(schema):
        if path and path[-1] == "properties" and "if" not in path:
            for name, described in node.items():
                yield "/".join(map(str, (*path, name))), described


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_json_schema(name):
    schema = validation.load(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]


@pytest.mark.parametrize("name", NAMES)
def test_each_reference_leads_somewhere(name):
    resolver = REGISTRY.resolver(f"/{name}.json")
    for _, node in nodes(validation.load(name)):
        if isinstance(node.get("$ref"), str):
            assert resolver.lookup(node["$ref"]).contents


@pytest.mark.parametrize("name", NAMES)
def test_each_property_is_described(name):
    bare = [
        path
        for path, described in properties(validation.load(name))
        if "description" not in described and "$ref" not in described
    ]
    assert bare == []


@pytest.mark.parametrize("name", NAMES)
def test_each_example_of_a_property_fits_it(name):
    for path, described in properties(validation.load(name)):
        place = {"$ref": f"/{name}.json#/{path}"}
        validator = Draft202012Validator(place, registry=REGISTRY)
        for example in described.get("examples", []):
            assert list(validator.iter_errors(example)) == [], path


@pytest.mark.parametrize("name", OF_TASKS)
def test_a_task_takes_and_gives_nothing_unexpected(name):
    schema = validation.load(name)
    module = importlib.import_module(name.replace("/", "."))
    # What a function URL delivers is AWS's to extend.
    closed = ("output",) if hasattr(module, "FUNCTION_URL") else ("input", "output")
    assert {"input", "output"} <= schema["$defs"].keys()
    for part in closed:
        described = schema["$defs"][part]
        if "$ref" not in described:
            assert described["type"] == "object", part
            assert described["additionalProperties"] is False, part


def test_each_task_has_a_schema_and_each_schema_a_task():
    modules = {
        path.relative_to(ROOT).with_suffix("").as_posix()
        for path in (ROOT / "tasks").glob("*/*.py")
        if "\n@task\n" in path.read_text("utf-8")
    }
    assert set(OF_TASKS) == modules


@pytest.mark.parametrize("path", sorted((ROOT / "examples/inputs").glob("*.json")), ids=str)
def test_each_example_input_fits_its_workflow(path: Path):
    document = json.loads(path.read_text("utf-8"))
    assert validation.check(document, f"workflows/{path.stem}").items() >= document.items()


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("workflows/")])
def test_each_workflow_has_an_example_that_fits(name):
    schema = validation.load(name)
    assert (ROOT / "examples/inputs" / f"{Path(name).name}.json").is_file()
    for example in schema["examples"]:
        validation.check(example, name)
