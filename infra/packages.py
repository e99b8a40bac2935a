"""Package what the functions run: their own code, and the layer with their dependencies."""

import hashlib
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from modulefinder import ModuleFinder
from pathlib import Path, PurePosixPath
from typing import Any

from infra.discovery import ROOT

LOCK = ROOT / "requirements.lock"
REFERENCE = re.compile(r'"\$ref": *"/([^#"]+)\.json')
SCHEMA_OF_A_TASK = re.compile(r'"(tasks/\w+/\w+)"')
# What tasks need from elsewhere; boto3 and botocore are in Lambda's runtime. zoneinfo takes the
# zones from tzdata where the system has none.
LAYER_ROOTS = ("aws-xray-sdk", "defusedxml", "jsonschema", "tzdata")
IN_RUNTIME = ("boto3", "botocore")

UNUSED_FOLDERS = {"__pycache__", "tests", "test", "benchmarks"}
UNUSED_SUFFIXES = {".c", ".h", ".pyc", ".pyi"}
PLATFORMS = {"arm64": "aarch64", "x86_64": "x86_64"}
# The first moment that a zip can hold: a file's real age would make each build differ.
EPOCH = (1980, 1, 1, 0, 0, 0)
FILE_MODE = 0o100644 << 16


class PackagingFailed(Exception):
    """The dependencies could not be brought together; the message has pip's last words."""


def functions_zip(target: Path, family: str) -> Path:
    """Package a family's tasks and what they need of tasks/ and schemas/, and nothing else.

    The same sources give the same bytes, so a change that one family does not import leaves
    its functions as they are deployed.
    """
    sources = _sources(family)
    files = sources | _schemas(family, sources)
    return _write(target, ((path.relative_to(ROOT).as_posix(), path) for path in files))


def _sources(family: str) -> set[Path]:
    """Find a family's modules and what they import of this repository, in functions too."""
    finder: Any = ModuleFinder(path=[str(ROOT)])
    for path in sorted((ROOT / "tasks" / family).glob("*.py")):
        finder.import_hook(f"tasks.{family}.{path.stem}".removesuffix(".__init__"))
    return {Path(module.__file__) for module in finder.modules.values() if module.__file__}


def _schemas(family: str, sources: Iterable[Path]) -> set[Path]:
    """Find the shared schemas, the family's, those that its code names, and all by `$ref`."""
    folder = ROOT / "schemas"
    of_tasks = folder / "tasks"
    wanted = [path for path in folder.rglob("*.json") if of_tasks not in path.parents]
    wanted += (of_tasks / family).glob("*.json")
    named = [name for path in sources for name in SCHEMA_OF_A_TASK.findall(path.read_text("utf-8"))]
    wanted += [folder / f"{name}.json" for name in named]
    found: set[Path] = set()
    while wanted:
        path = wanted.pop()
        if path not in found:
            found.add(path)
            named = REFERENCE.findall(path.read_text("utf-8"))
            wanted += [folder / f"{name}.json" for name in named]
    return found


def layer_zip(target: Path, arch: str, runtime: str) -> Path:
    """Package the dependencies that requirements.lock pins, unless `target` has them already.

    `arch` is arm64 or x86_64 for AWS, which needs the package index, or `local` for the
    interpreter that runs this, whose installed packages are taken. Where the runtime's
    interpreter is at hand, its bytecode goes with the sources: Lambda cannot keep any, and
    compiling takes more than a third of a cold start.
    """
    pins = closure(LOCK.read_text())
    compiler = sys.executable if arch == "local" else shutil.which(runtime) or ""
    version = _version(compiler)
    parts = [*pins, arch, runtime, version, Path(__file__).read_text()]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    mark = target.with_suffix(".key")
    if target.is_file() and mark.is_file() and mark.read_text() == key:
        return target
    with tempfile.TemporaryDirectory() as folder:
        libraries = Path(folder, "python")
        if arch == "local":
            _copy_installed(pins, libraries)
        else:
            _install(pins, libraries, arch, runtime)
        if version:
            _compile(libraries, compiler)
        found = [(path.relative_to(folder), path) for path in libraries.rglob("*")]
        _write(target, ((name.as_posix(), path) for name, path in found))
    mark.write_text(key)
    return target


def closure(lock: str) -> list[str]:
    """List the pins of the layer: its roots and what the lock file says they need."""
    pins: dict[str, str] = {}
    needed_by: dict[str, set[str]] = {}
    for line in lock.splitlines():
        if match := re.match(r"([a-z0-9-]+)==([^ ;]+)", line):
            name = match[1]
            pins[name] = f"{name}=={match[2]}"
            needed_by[name] = set()
        elif match := re.match(r" +#(?: via)? +([a-z0-9-]+)$", line):
            needed_by[name].add(match[1])
    wanted = set(LAYER_ROOTS)
    while added := {
        name
        for name, parents in needed_by.items()
        if parents & wanted and name not in wanted and name not in IN_RUNTIME
    }:
        wanted |= added
    return sorted(pins[name] for name in wanted)


def _copy_installed(pins: list[str], libraries: Path) -> None:
    for pin in pins:
        distribution = importlib.metadata.distribution(pin.split("==")[0])
        for file in filter(_is_used, distribution.files or []):
            target = libraries / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), target)


def _install(pins: list[str], libraries: Path, arch: str, runtime: str) -> None:
    machine = PLATFORMS[arch]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-compile", "--only-binary=:all:", "--target", str(libraries)]
    command += ["--implementation", "cp", "--python-version", runtime.removeprefix("python")]
    for platform in (f"manylinux2014_{machine}", f"manylinux_2_28_{machine}"):
        command += ["--platform", platform]
    done = subprocess.run([*command, *pins], capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines()[-3:]
        raise PackagingFailed(
            f"the layer for {arch} and {runtime} could not be built: {' '.join(words)}"
        )
    for path in [path for path in libraries.rglob("*") if path.is_file()]:
        if not _is_used(path.relative_to(libraries)):
            path.unlink()


def _version(interpreter: str) -> str:
    """Tell an interpreter's version; none if it does not run, as a version manager's shim."""
    if not interpreter:
        return ""
    told = subprocess.run([interpreter, "-VV"], capture_output=True, text=True, check=False)
    return told.stdout if told.returncode == 0 else ""


def _compile(libraries: Path, interpreter: str) -> None:
    """Compile for an interpreter; neither hash seed, age nor place of the files leaves a trace."""
    command = [interpreter, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(libraries), "-p", "/opt/python", str(libraries)]
    subprocess.run(command, check=True, env={"PYTHONHASHSEED": "0"})


def _is_used(name: PurePosixPath | Path) -> bool:
    return (
        not UNUSED_FOLDERS & set(name.parts)
        and name.suffix not in UNUSED_SUFFIXES
        and not name.parts[0].endswith((".dist-info", "-stubs"))
        and name.parts[0] not in ("..", "bin")
    )


def _write(target: Path, files: Iterable[tuple[str, Path]]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as draft,
        zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for name, path in sorted(files):
            if path.is_file():
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.external_attr = FILE_MODE
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    return Path(draft.name).replace(target)
