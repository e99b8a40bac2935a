"""The folders that a function's process reads: its code, its layers, the runtime."""

import re
import shutil
import tempfile
import threading
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path
from typing import Any

# What AWS's Python runtimes bring; anything else has to be in the function or a layer.
RUNTIME_DISTRIBUTIONS = ("awslambdaric", "boto3")


class CodeStore:
    """Zips unpacked once each, by their SHA-256, under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self.discard()  # an account that was killed may have left links to another installation
        folder.mkdir(parents=True)

    def unpacked(self, archive: bytes, digest: str) -> Path:
        """Give the folder with the content of a zip; `digest` is its SHA-256 in hex."""
        folder = self._folder / digest
        with self._lock:
            if not folder.exists():
                unpacking = Path(tempfile.mkdtemp(dir=self._folder))
                with zipfile.ZipFile(BytesIO(archive)) as content:
                    content.extractall(unpacking)
                unpacking.rename(folder)
        return folder

    def runtime(self) -> Path:
        """Give the folder with links to the runtime's own packages, and nothing else."""
        folder = self._folder / "runtime"
        with self._lock:
            if not folder.exists():
                linking = Path(tempfile.mkdtemp(dir=self._folder))
                for part in _runtime_parts():
                    (linking / part.name).symlink_to(part)
                linking.rename(folder)
        return folder

    def search_path(self, function: Any, layers: list[Any]) -> list[Path]:
        """List the folders on a function's PYTHONPATH, in Lambda's order."""
        folders = [self.unpacked(function.code_bytes, function.code_digest)]
        folders += [
            self.unpacked(layer.code_bytes, layer.code_digest) / "python" for layer in layers
        ]
        return [*folders, self.runtime()]

    def discard(self) -> None:
        """Delete everything that was unpacked."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _runtime_parts() -> list[Path]:
    """List the top-level packages and modules of the runtime's distributions."""
    parts: set[Path] = set()
    for found in _closure(RUNTIME_DISTRIBUTIONS).values():
        site = Path(str(found.locate_file("")))
        names = {file.parts[0] for file in found.files or []}
        parts |= {site / name for name in names - {"..", "__pycache__"}}
    return sorted(part.resolve() for part in parts if part.exists())


def _closure(names: tuple[str, ...]) -> dict[str, Distribution]:
    """Find distributions and what they require, without extras."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            if name in names:
                raise
            continue  # required under a marker that does not hold here
        waiting += [
            match[0]
            for requirement in found[name].requires or []
            if "extra ==" not in requirement
            and (match := re.match(r"[A-Za-z0-9._-]+", requirement))
        ]
    return found
