"""Check documents against the schemas of this folder, fill in defaults, and say what is wrong."""

import copy
import functools
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
MOST_PROBLEMS = 20


class InvalidDocument(ValueError):
    """A document does not fit its schema; `problems` has one "field: what is wrong" each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@functools.cache
def load(name: str) -> dict[str, Any]:
    """Read one schema by its path below schemas/, without ".json": `tasks/locks/acquire_lock`."""
    path = (FOLDER / f"{name}.json").resolve()
    if FOLDER not in path.parents:
        raise FileNotFoundError(f"{name} is no schema of {FOLDER.name}/")
    return json.loads(path.read_text("utf-8"))


def check(document: Any, name: str, part: str = "") -> Any:
    """Give a copy of the document with the schema's defaults filled in.

    `part` is the entry of the schema's `$defs` that is meant ("input" or "output" of a
    task); the whole schema is meant without it. Raises InvalidDocument with every problem.
    """
    try:
        filled = copy.deepcopy(document)
        errors = sorted(_validator(name, part).iter_errors(filled), key=lambda e: list(e.path))
    except RecursionError:
        raise InvalidDocument(["input: nested too deeply"]) from None
    if errors:
        problems = [_problem(error) for error in errors[:MOST_PROBLEMS]]
        if len(errors) > MOST_PROBLEMS:
            problems.append(f"and {len(errors) - MOST_PROBLEMS} more")
        raise InvalidDocument(problems)
    return filled


@functools.cache
def _validator(name: str, part: str) -> Any:
    from jsonschema import Draft202012Validator, validators
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    def retrieve(uri: str) -> Any:
        # With "$schema" left in, jsonschema goes on with its own validator, which fills nothing.
        contents = load(uri.strip("/").removesuffix(".json")).copy()
        contents.pop("$schema", None)
        return Resource.from_contents(contents, DRAFT202012)

    check_properties = Draft202012Validator.VALIDATORS["properties"]

    def fill_and_check(validator: Any, properties: Any, instance: Any, schema: Any) -> Any:
        if validator.is_type(instance, "object"):
            for key, subschema in properties.items():
                if "default" in subschema and key not in instance:
                    instance[key] = copy.deepcopy(subschema["default"])
        yield from check_properties(validator, properties, instance, schema)

    filling = validators.extend(Draft202012Validator, {"properties": fill_and_check})
    pointer = f"#/$defs/{part}" if part else ""
    registry: Any = Registry(retrieve=retrieve)  # type: ignore[call-arg]
    return filling({"$ref": f"/{name}.json{pointer}"}, registry=registry)


def _problem(error: Any) -> str:
    field = ".".join(str(step) for step in error.absolute_path) or "input"
    message = error.message
    if len(message) > 300:
        message = f"{message[:200]} … {message[-80:]}"
    hint = error.schema.get("description", "") if error.validator != "required" else ""
    return f"{field}: {message}" + (f" ({hint})" if hint and error.absolute_path else "")
