"""Find the tasks and the workflows that a deployment consists of."""

import importlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from workflows import asl
from workflows.triggers import Event, Schedule

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "daytwo"

DEFAULT_MEMORY = 256

Permissions = Mapping[str, str | list[str]]
# Action -> operator -> condition key -> value, as in a policy statement.
Conditions = Mapping[str, Mapping[str, Mapping[str, str | list[str]]]]


class DefinitionError(Exception):
    """A task or workflow module says something that cannot be deployed."""


@dataclass(frozen=True)
class Task:
    """A task module with a handler; timeout in seconds, memory in MB."""

    family: str
    verb: str
    description: str
    permissions: Permissions
    timeout: int
    memory: int
    url_auth: str
    conditions: Conditions = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name that workflows and schemas use, such as `promotion.shift_alias`."""
        return f"{self.family}.{self.verb}"

    @property
    def function(self) -> str:
        """The physical name of the function."""
        return f"{PREFIX}-{kebab(self.family)}-{kebab(self.verb)}"

    @property
    def logical_id(self) -> str:
        """The id in the template, such as `PromotionShiftAlias`."""
        return asl.logical_id(self.name)

    @property
    def handler(self) -> str:
        """What Lambda calls."""
        return f"tasks.{self.name}.handler"


@dataclass(frozen=True)
class Workflow:
    """A workflow module: its states-language document, what it may do, and what starts it.

    `by_manifest` tells that schedules of systems' manifests may start it.
    """

    name: str
    description: str
    definition: dict[str, Any]
    permissions: Permissions
    events: list[Event]
    schedules: list[Schedule]
    by_manifest: bool = False

    @property
    def machine(self) -> str:
        """The physical name of the state machine."""
        return f"{PREFIX}-{kebab(self.name)}"

    @property
    def logical_id(self) -> str:
        """The id in the template, such as `PromotionStateMachine`."""
        return f"{pascal(self.name)}StateMachine"

    @property
    def text(self) -> str:
        """The definition as one line of JSON, with `${LogicalId}` where an ARN belongs."""
        return json.dumps(self.definition, separators=(",", ":"), ensure_ascii=False)

    @property
    def distributes(self) -> bool:
        """Whether a Map of the definition starts an execution of its own for each item."""
        return '"Mode":"DISTRIBUTED"' in self.text

    def named_ids(self) -> set[str]:
        """List the logical ids that the definition names."""
        return logical_ids([self.text])


def pascal(name: str) -> str:
    """Turn `nightly_check` into `NightlyCheck`, and leave `NightlyCheck` as it is."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_-]", name))


def kebab(name: str) -> str:
    """Turn `nightly_check` and `NightlyCheck` into `nightly-check`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


def logical_ids(texts: list[str]) -> set[str]:
    """List the logical ids in texts of Fn::Sub form; pseudo parameters are none."""
    found = {match for text in texts for match in re.findall(r"\$\{(\w+)(?:\.\w+)?\}", text)}
    return found - {"System"}


def tasks(root: Path = ROOT) -> list[Task]:
    """List every module `tasks/<family>/<module>.py` that has a `handler`, sorted by name."""
    files = sorted((root / "tasks").glob("*/*.py"))
    modules = [
        (path, importlib.import_module(f"tasks.{path.parent.name}.{path.stem}"))
        for path in files
        if path.stem != "__init__"
    ]
    return [_task(path, module) for path, module in modules if hasattr(module, "handler")]


def workflows(root: Path = ROOT) -> list[Workflow]:
    """List every module `workflows/<module>.py` with a `definition()` and an `INPUT`, sorted."""
    files = sorted(path.stem for path in (root / "workflows").glob("*.py"))
    modules = [
        (stem, importlib.import_module(f"workflows.{stem}"))
        for stem in files
        if not stem.startswith("__")
    ]
    return [
        _workflow(stem, module)
        for stem, module in modules
        if callable(getattr(module, "definition", None)) and hasattr(module, "INPUT")
    ]


def _task(path: Path, module: ModuleType) -> Task:
    task = Task(
        family=path.parent.name,
        verb=path.stem,
        description=_first_sentence(module),
        permissions=getattr(module, "PERMISSIONS", {}),
        timeout=asl.timeout_seconds(f"{path.parent.name}.{path.stem}"),
        memory=getattr(module, "MEMORY", DEFAULT_MEMORY),
        url_auth=getattr(module, "FUNCTION_URL", ""),
        conditions=getattr(module, "CONDITIONS", {}),
    )
    if unknown := sorted(set(task.conditions) - set(task.permissions)):
        raise DefinitionError(
            f"{module.__name__}: CONDITIONS narrow {', '.join(unknown)}, which PERMISSIONS do not "
            "allow: check the spelling of the action"
        )
    if len(task.function) > 64:
        raise DefinitionError(
            f"{module.__name__}: function name {task.function} has {len(task.function)} "
            "characters and Lambda takes 64: shorten the module's name"
        )
    if task.url_auth not in ("", "AWS_IAM"):
        raise DefinitionError(
            f"{module.__name__}: FUNCTION_URL is {task.url_auth!r}; only 'AWS_IAM' is deployed"
        )
    return task


def _workflow(stem: str, module: ModuleType) -> Workflow:
    return Workflow(
        name=stem,
        description=_first_sentence(module),
        definition=module.definition(),
        permissions=getattr(module, "PERMISSIONS", {}),
        events=list(getattr(module, "EVENTS", [])),
        schedules=list(getattr(module, "SCHEDULES", [])),
        by_manifest=getattr(module, "BY_MANIFEST", False),
    )


def _first_sentence(module: ModuleType) -> str:
    paragraph = (module.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(paragraph.split())[:256]
