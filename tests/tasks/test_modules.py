"""What every task module keeps to."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.errors import TaskError

ROOT = Path(__file__).parents[2]
NAMES = [
    f"tasks.{path.parent.name}.{path.stem}"
    for path in sorted((ROOT / "tasks").glob("*/*.py"))
    if path.stem != "__init__"
]
TASKS = [name for name in NAMES if hasattr(importlib.import_module(name), "handler")]

# The standard library may read its own settings, as zoneinfo does.
IMPORT_ALL = """
import importlib, os, sys, zoneinfo

class Watched(dict):
    def __getitem__(self, key):
        raise AssertionError(f"{name} reads {key} when it is imported")
    get = __getitem__

for name in sys.argv[1:]:
    real, os.environ = os.environ, Watched()
    try:
        importlib.import_module(name)
    finally:
        os.environ = real
heavy = {"boto3", "botocore", "jsonschema", "aws_xray_sdk"} & set(sys.modules)
assert not heavy, f"{sorted(heavy)} is imported before it is needed"
"""


def test_importing_a_task_reads_no_environment_and_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *TASKS], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", TASKS)
def test_a_task_says_what_it_does_what_it_may_and_what_errors_become(name):
    module = importlib.import_module(name)
    assert module.__doc__.split("\n")[0].endswith(".")
    assert all(":" in action for action in module.PERMISSIONS)
    assert "*" not in module.PERMISSIONS
    assert set(getattr(module, "CONDITIONS", {})) <= set(module.PERMISSIONS)
    assert all(issubclass(kind, TaskError) for kind in getattr(module, "ERRORS", {}).values())


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_a_schema_and_tests(name):
    path = name.replace(".", "/")
    family, task = path.split("/")[1:]
    assert (ROOT / "schemas" / f"{path}.json").exists()
    found = list((ROOT / "tests" / "tasks" / family).glob("test_*.py"))
    assert any(task in test.read_text() for test in found), f"no test speaks of {task}"
