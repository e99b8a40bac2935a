"""The functions' zips: one for each family of tasks, with what it needs and no more."""

import json
import shutil
import subprocess
import sys
import zipfile

import pytest

from infra import discovery, packages

FAMILIES = sorted({task.family for task in discovery.tasks()})

# Run where the zip and the layer are alone. Each import statement is executed as it stands,
# those inside functions too; Lambda's runtime brings botocore, the layer the rest.
USE_ALL = """
import ast, functools, json, pathlib, re, sys
code, family = pathlib.Path(sys.argv[1]), sys.argv[2]
from schemas.validation import InvalidDocument, check, load

for path in sorted(code.rglob("*.py")):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            try:
                exec(ast.unparse(node), {})
            except ImportError as error:
                if error.name != "botocore":
                    sys.exit(f"{path.relative_to(code)}: {ast.unparse(node)}: {error}")

for path in sorted((code / "schemas").rglob("*.json")):
    for name, pointer in re.findall(r'"\\$ref": *"/([^#"]+)[.]json#?([^"]*)"', path.read_text()):
        steps = pointer.strip("/").split("/") if pointer else []
        functools.reduce(dict.__getitem__, steps, load(name))

handlers = []
for path in sorted((code / "tasks" / family).glob("*.py")):
    name = f"tasks.{family}.{path.stem}"
    module = __import__(name, fromlist=["handler"])
    if hasattr(module, "handler"):
        handlers.append(name)
        for part in ("input", "output"):
            try:
                check({}, name.replace(".", "/"), part)
            except InvalidDocument:
                pass
print(json.dumps([handlers, sys.modules["tasks"].__file__]))
"""


def names(path):
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    place = tmp_path_factory.mktemp("layer")
    with zipfile.ZipFile(packages.layer_zip(place / "it.zip", "local", "python3.13")) as archive:
        archive.extractall(place)
    return place / "python"


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture
def package(tmp_path, family):
    return packages.functions_zip(tmp_path / "functions.zip", family)


def test_every_task_imports_and_validates_from_the_zip_of_its_family(
    package, family, layer, tmp_path
):
    code = tmp_path / "code"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(code)
    ran = subprocess.run(
        [sys.executable, "-S", "-c", USE_ALL, code, family],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": f"{code}:{layer}", "PYTHONTZPATH": ""},
    )
    assert (ran.stderr, ran.returncode) == ("", 0)
    handlers, place = json.loads(ran.stdout)
    assert place == str(code / "tasks" / "__init__.py")
    assert handlers == [f"tasks.{task.name}" for task in discovery.tasks() if task.family == family]


def test_a_zip_holds_own_code_alone_and_is_small(package, family):
    found = names(package)
    assert {"tasks/runtime.py", "schemas/validation.py", "schemas/common.json"} <= set(found)
    assert {name.split("/")[0] for name in found} == {"tasks", "schemas"}
    assert {name.rsplit(".", 1)[1] for name in found} == {"py", "json"}
    size = package.stat().st_size / 1024
    assert size < 200, f"the zip of tasks/{family}/ has {size:.1f} KiB: part the family"


def test_the_same_sources_give_the_same_bytes(package, family, tmp_path):
    again = packages.functions_zip(tmp_path / "again.zip", family)
    assert again.read_bytes() == package.read_bytes()


def test_files_are_readable_by_everybody_and_have_no_age(package):
    with zipfile.ZipFile(package) as archive:
        assert {(entry.external_attr >> 16) & 0o777 for entry in archive.infolist()} == {0o644}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A repository with two families, written by a test."""
    monkeypatch.setattr(packages, "ROOT", tmp_path / "repository")

    def write(files):
        for name, text in files.items():
            path = tmp_path / "repository" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    write(dict.fromkeys(("tasks/__init__.py", "tasks/one/__init__.py", "schemas/__init__.py"), ""))
    write({"tasks/two/__init__.py": "", "tasks/two/other.py": "import tasks.one.it"})
    return write


@pytest.mark.parametrize(
    "statement",
    [
        "from tasks import shared",
        "import tasks.shared",
        "from tasks.shared import thing",
        "from tasks.between import thing",
        "def handler():\n    from tasks import json, shared",
        "try:\n    import json\nfinally:\n    from tasks.between import *",
        "from .. import shared",
    ],
)
def test_what_a_module_imports_is_in_the_zip_however_it_is_written(tree, tmp_path, statement):
    tree({"tasks/one/it.py": statement, "tasks/shared.py": "thing = 1", "tasks/unused.py": ""})
    tree({"tasks/between.py": "import os\nfrom tasks.shared import thing"})
    found = set(names(packages.functions_zip(tmp_path / "it.zip", "one")))
    assert {"tasks/__init__.py", "tasks/one/it.py", "tasks/shared.py"} <= found
    assert not {"tasks/unused.py", "tasks/two/other.py"} & found


def test_the_schemas_of_other_families_come_only_where_they_are_referred_to_or_named(
    tree, tmp_path
):
    other = "schemas/tasks/two"
    tree(
        {
            "tasks/one/it.py": 'check({}, "tasks/two/named")',
            "schemas/tasks/one/it.json": '{"$ref": "/tasks/two/referred.json#/$defs/input"}',
            f"{other}/referred.json": '{"$ref": "/tasks/two/referred_again.json"}',
            f"{other}/referred_again.json": '{"$ref": "/tasks/two/referred.json"}',
            f"{other}/named.json": '{"$ref": "#/$defs/input"}',
            f"{other}/unused.json": "{}",
            "schemas/workflows/shared.json": "{}",
        }
    )
    found = names(packages.functions_zip(tmp_path / "it.zip", "one"))
    assert [name for name in found if name.endswith(".json")] == [
        "schemas/tasks/one/it.json",
        "schemas/tasks/two/named.json",
        "schemas/tasks/two/referred.json",
        "schemas/tasks/two/referred_again.json",
        "schemas/workflows/shared.json",
    ]


def test_a_change_to_one_family_leaves_the_zips_of_the_others_as_they_were(tmp_path, monkeypatch):
    copy = tmp_path / "copy"
    for folder in ("tasks", "schemas"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(packages.ROOT / folder, copy / folder, ignore=ignored)
    monkeypatch.setattr(packages, "ROOT", copy)

    def content():
        target = tmp_path / "it.zip"
        return {name: packages.functions_zip(target, name).read_bytes() for name in FAMILIES}

    before = content()
    with (copy / "tasks" / "gates" / "check_tests.py").open("a") as file:
        file.write("# changed\n")
    after = content()
    assert [name for name in FAMILIES if before[name] != after[name]] == ["gates"]
