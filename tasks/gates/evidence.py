"""Read a release's evidence, and put into words what speaks against the release.

Whatever cannot be read as evidence is a finding: a gate passes on evidence alone, never on
the lack of it.
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from tasks import artifacts
from tasks.errors import ArtifactMissing

PERMISSIONS = artifacts.PERMISSIONS
# Parsed, a report takes many times its size: this much fits into the gates' memory.
LARGEST_BYTES = 16 * 1024 * 1024
MEMORY = 1024
MOST_FINDINGS = 20
LONGEST_FINDING = 240

Reference = dict[str, str]


class Unusable(Exception):
    """A file is no evidence; the sentence goes on after the file's name."""


class Findings:
    """What speaks against a release, in plain words; the first twenty are kept in full."""

    def __init__(self, gate: str) -> None:
        self.gate = gate
        self._kept: list[str] = []
        self._count = 0

    def add(self, sentence: str) -> None:
        """Take in a finding; what a tool wrote in it cannot carry control characters."""
        self._count += 1
        if self._count <= MOST_FINDINGS:
            self._kept.append(plain(sentence, LONGEST_FINDING))

    def verdict(self, **measured: float) -> dict[str, Any]:
        """Give the gate's answer: passed when there is no finding."""
        more = self._count - len(self._kept)
        return {
            "gate": self.gate,
            "passed": self._count == 0,
            "findings": [*self._kept, f"and {more} more"] if more else self._kept,
            "measured": measured,
        }


def examine(
    references: Sequence[Reference],
    parse: Callable[[bytes], Any],
    look: Callable[[str, Any], None],
    findings: Findings,
    bucket: str,
    s3: Any,
) -> None:
    """Parse each file and look at it; a file that is no evidence becomes a finding.

    `parse` and `look` raise Unusable for such a file. Raises Throttled, Unavailable and
    AccessRefused, which say nothing about the release.
    """
    if not references:
        findings.add(f"the release has no evidence for the gate {findings.gate}: publish it with")
    for reference in references:
        name = short_name(reference["key"])
        try:
            look(name, parse(_content(reference, bucket, s3)))
        except Unusable as unusable:
            findings.add(f"{name}: {unusable}")


def short_name(key: str) -> str:
    """Give the path within the release: `evidence/junit.xml`."""
    parts = key.split("/", 3)
    return parts[3] if parts[0] == "releases" and len(parts) == 4 else key


def plain(text: object, longest: int) -> str:
    """Give the text in one line without control characters, cut to a length."""
    printable = "".join(
        " " if unicodedata.category(character).startswith(("C", "Z")) else character
        for character in str(text)[: longest * 4]
    )
    line = " ".join(printable.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _content(reference: Reference, bucket: str, s3: Any) -> bytes:
    pieces, size = [], 0
    try:
        for piece in artifacts.chunks(reference["key"], bucket, s3):
            size += len(piece)
            if size > LARGEST_BYTES:
                raise Unusable(f"is larger than the {LARGEST_BYTES // 1024**2} MiB that are read")
            pieces.append(piece)
    except ArtifactMissing:
        raise Unusable("is missing from the artifacts bucket") from None
    content = b"".join(pieces)
    digest = hashlib.sha256(content).hexdigest()
    if digest != reference["sha256"]:
        raise Unusable(
            f"was changed after publishing: its SHA-256 is {artifacts.short(digest)}…, published "
            f"was {artifacts.short(reference['sha256'])}…"
        )
    if not content.strip():
        raise Unusable("is empty")
    return content


def parse_xml(content: bytes) -> Any:
    """Give the root element; entities are refused before they are expanded."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        return fromstring(content)
    except DefusedXmlException:
        raise Unusable("declares XML entities, which no test report needs: refused") from None
    except (ParseError, ValueError, LookupError) as error:
        raise Unusable(f"does not parse as XML ({plain(error, 80)})") from None


def parse_json(content: bytes) -> Any:
    """Give the JSON object; NaN and Infinity are none of JSON's."""
    try:
        document = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unusable(f"does not parse as JSON ({plain(error, 80)})") from None
    if not isinstance(document, dict):
        raise Unusable("is no JSON object")
    return document


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


KINDS = {dict: "object", list: "list", str: "text", int: "whole number"}


def take(node: dict[str, Any], name: str, kind: type) -> Any:
    """Give a field of a JSON object, an empty one of its kind where it is absent or null.

    Raises Unusable where the field is of another kind.
    """
    value = node.get(name)
    if value is None:
        return kind()
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Unusable(f"`{name}` is no {KINDS[kind]}")
    return value


def objects(node: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Give a field that is a list of JSON objects; raises Unusable where it is not."""
    entries = take(node, name, list)
    if not all(isinstance(entry, dict) for entry in entries):
        raise Unusable(f"`{name}` holds something that is no object")
    return entries


def whole_number(element: Any, name: str) -> int | None:
    """Give an XML attribute as a whole number, None where it is absent; raises Unusable."""
    text = element.get(name)
    if text is None:
        return None
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Unusable(f"{name} is {plain(text, 40)!r}, which is no count")
    return int(text)
