"""Walk a definition of the states language; shared by the tests of all workflows."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import workflows


def modules() -> list[Any]:
    """Import every workflow: a module of workflows/ with a definition and an INPUT."""
    names = [entry.name for entry in pkgutil.iter_modules(workflows.__path__) if not entry.ispkg]
    found = [
        importlib.import_module(f"workflows.{name}") for name in names if not name.startswith("__")
    ]
    return [
        module for module in found if hasattr(module, "definition") and hasattr(module, "INPUT")
    ]


def machines(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the machine itself and each one nested in a Map or Parallel."""
    yield definition
    for state in definition["States"].values():
        nested = [state["ItemProcessor"]] if state["Type"] == "Map" else state.get("Branches", [])
        for machine in nested:
            yield from machines(machine)


def states(definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every state with its name, nested ones included."""
    for machine in machines(definition):
        yield from machine["States"].items()


def successors(state: dict[str, Any]) -> Iterator[str]:
    """Give the name of every state that this one can go on to."""
    for key in ("Next", "Default"):
        if key in state:
            yield state[key]
    for branch in (*state.get("Choices", []), *state.get("Catch", [])):
        yield branch["Next"]
