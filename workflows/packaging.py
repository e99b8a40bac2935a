"""Make a release of a directory: its manifest and the objects that the manifest names."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from schemas.validation import InvalidDocument, check

SOURCE = "release.json"
# Python's own table differs between its versions, and so would a release's digest.
MEDIA_TYPES = {
    ".css": "text/css",
    ".gif": "image/gif",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".sarif": "application/sarif+json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".zip": "application/zip",
}


class ReleaseRefused(ValueError):
    """A directory is no release that can be published; `problems` says why, one by one."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Release:
    """A release in memory: the manifest, and the content of each object by its path."""

    manifest: dict[str, Any]
    objects: dict[str, bytes]

    @cached_property
    def body(self) -> bytes:
        """The manifest's bytes, the same for the same content."""
        text = json.dumps(self.manifest, indent=2, sort_keys=True, ensure_ascii=False)
        return (text + "\n").encode()

    @property
    def digest(self) -> str:
        """What names the release's whole content: SHA-256 of the manifest, in hex."""
        return sha256(self.body)

    @property
    def system(self) -> str:
        """The system's name."""
        return self.manifest["system"]

    @property
    def version(self) -> str:
        """The release's version."""
        return self.manifest["version"]


def sha256(content: bytes) -> str:
    """Give the SHA-256 in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def media_type(path: str) -> str:
    """Give a file's media type by its name."""
    return MEDIA_TYPES.get(PurePosixPath(path).suffix.lower(), "application/octet-stream")


def read_release(directory: Path) -> Release:
    """Read the release whose `release.json` lies in the directory.

    Raises ReleaseRefused when `release.json` does not fit its schema, when a file that it
    names is missing, or when a file lies in the directory that it does not name.
    """
    source = _source(directory)
    problems = _missing(directory, source) + _unknown(directory, source)
    if problems:
        raise ReleaseRefused(problems)
    try:
        manifest, objects = _packed(directory, source)
        return Release(check(manifest, "release", "manifest"), objects)
    except OSError as error:
        raise ReleaseRefused([f"{error.filename}: cannot be read ({error.strerror})"]) from None
    except InvalidDocument as invalid:
        raise ReleaseRefused(invalid.problems) from None


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """Pack files into a zip that has the same bytes for the same files.

    Stored, not compressed: what zlib makes of the same input differs between its versions.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as zip_file:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            # Lambda runs as another user: everyone may read (Lambda: "Troubleshoot deployment").
            entry.external_attr = 0o100644 << 16
            zip_file.writestr(entry, contents[name])
    return archive.getvalue()


def _source(directory: Path) -> dict[str, Any]:
    path = directory / SOURCE
    try:
        return check(json.loads(path.read_text("utf-8")), "release", "source")
    except OSError as error:
        raise ReleaseRefused([f"{path}: cannot be read ({error.strerror})"]) from None
    except (ValueError, RecursionError) as error:
        problems = getattr(error, "problems", None) or [f"is not JSON: {error}"]
        raise ReleaseRefused([f"{path}: {problem}" for problem in problems]) from None


def _named(source: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each file that release.json names, with the field that names it."""
    yield "template", source["template"]
    for component, files in source["functions"].items():
        yield from ((f"functions.{component}", name) for name in files.values())
    yield from (("site", name) for name in source.get("site", {}).get("files", {}).values())
    for kind, names in source["evidence"].items():
        yield from ((f"evidence.{kind}", name) for name in names)


def _missing(directory: Path, source: dict[str, Any]) -> list[str]:
    return [
        f"{field}: {name} is not a file in {directory}"
        for field, name in _named(source)
        if not (directory / name).is_file()
    ]


def _unknown(directory: Path, source: dict[str, Any]) -> list[str]:
    named = {(directory / name).resolve() for _, name in _named(source)}
    named.add((directory / SOURCE).resolve())
    return [
        f"{path.relative_to(directory)}: lies in the release but {SOURCE} does not name it"
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.resolve() not in named and path.parent.name != "__pycache__"
    ]


def _packed(directory: Path, source: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    objects: dict[str, bytes] = {}

    def add(path: str, content: bytes) -> dict[str, Any]:
        if objects.setdefault(path, content) != content:
            raise ReleaseRefused([f"{path}: two different files have this name in the release"])
        return {"path": path, "sha256": sha256(content)}

    def add_sized(path: str, content: bytes, **more: str) -> dict[str, Any]:
        return {**add(path, content), "bytes": len(content), **more}

    def content(name: str) -> bytes:
        return (directory / name).read_bytes()

    kept = ("system", "version", "description", "created_at", "source", "parameters")
    manifest = {key: source[key] for key in kept if key in source}
    manifest["template"] = add(PurePosixPath(source["template"]).name, content(source["template"]))
    manifest["functions"] = []
    for component, files in source["functions"].items():
        code = zipped({name: content(file) for name, file in files.items()})
        entry = add_sized(f"functions/{component}.zip", code, component=component)
        manifest["functions"].append(entry)
    if "site" in source:
        manifest["site"] = {"component": source["site"]["component"], "prefix": "site/"}
        manifest["site"]["files"] = [
            add_sized(f"site/{path}", content(file), content_type=media_type(path))
            for path, file in sorted(source["site"]["files"].items())
        ]
    manifest["evidence"] = {
        kind: [add(f"evidence/{PurePosixPath(name).name}", content(name)) for name in names]
        for kind, names in source["evidence"].items()
    }
    return manifest, objects
