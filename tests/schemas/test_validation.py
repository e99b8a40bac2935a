"""Documents are checked against their schemas, and wrong ones are answered field by field."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from schemas import validation

FOLDER = Path(validation.__file__).parent
FILES = sorted(FOLDER.rglob("*.json"))


def nodes(schema):
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from nodes(value)


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(FOLDER)) for path in FILES])
class TestEachSchema:
    def test_is_a_schema(self, path):
        Draft202012Validator.check_schema(json.loads(path.read_text()))

    def test_refers_to_pieces_that_exist(self, path):
        own = json.loads(path.read_text())
        for node in nodes(own):
            reference = node.get("$ref")
            if isinstance(reference, str):
                file, _, pointer = reference.partition("#")
                target = validation.load(file.strip("/").removesuffix(".json")) if file else own
                for step in [part for part in pointer.split("/") if part]:
                    assert step in target, f"{reference} leads nowhere"
                    target = target[step]

    def test_describes_each_of_its_properties(self, path):
        for node in nodes(json.loads(path.read_text())):
            properties = node.get("properties")
            if not isinstance(properties, dict) or node.get("type") != "object":
                continue
            for name, field in properties.items():
                assert "description" in field or "$ref" in field, f"{name} has no description"

    def test_examples_fit_the_schema(self, path):
        name = str(path.relative_to(FOLDER)).removesuffix(".json")
        for example in json.loads(path.read_text()).get("examples", []):
            assert validation.check(example, name)


def test_the_document_given_is_not_touched():
    document = dict.fromkeys(("system", "environment", "requested_by"), "dev")
    document["release"] = "1.0.0"
    filled = validation.check(document, "workflows/promotion")
    assert filled["reason"] == ""
    assert "reason" not in document


def test_every_problem_is_told_with_its_field():
    with pytest.raises(validation.InvalidDocument) as invalid:
        validation.check({"execution": 3, "more": 1}, "workflows/janitor")
    assert any(problem.startswith("execution: ") for problem in invalid.value.problems)
    assert any("'more' was unexpected" in problem for problem in invalid.value.problems)


def test_a_long_list_of_problems_is_cut_with_its_count():
    document = {f"field-{number}": {} for number in range(3)}
    with pytest.raises(validation.InvalidDocument) as invalid:
        validation.check([document], "workflows/janitor")
    assert len(invalid.value.problems) <= validation.MOST_PROBLEMS + 1


def test_a_huge_value_is_not_repeated_whole():
    with pytest.raises(validation.InvalidDocument) as invalid:
        validation.check({"execution": "x" * 300_000}, "workflows/janitor")
    assert len(str(invalid.value)) < 2_000


@pytest.mark.parametrize("name", ["../pyproject", "/etc/passwd", "workflows/none"])
def test_only_schemas_of_the_folder_are_read(name):
    with pytest.raises(FileNotFoundError):
        validation.load(name)
