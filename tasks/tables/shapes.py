"""The shape of a table: its key and its indexes, as AWS tells them or as a manifest keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.tables import places, settings


@dataclass(frozen=True)
class Shape:
    """The key in words, and each index in words by its name."""

    keys: str
    indexes: Mapping[str, str]


def of_table(table: Mapping[str, Any]) -> Shape:
    """Give the shape of a described table."""
    indexes = {
        index["IndexName"]: words(kind, places.keys(index), projection(index))
        for kind, field in (
            ("global", "GlobalSecondaryIndexes"),
            ("local", "LocalSecondaryIndexes"),
        )
        for index in table.get(field, [])
    }
    return Shape(settings.key_schema(table), indexes)


def of_manifest(schema: Mapping[str, Any]) -> Shape:
    """Give the shape that a table had when its backup was made."""
    keys = ", ".join(f"{name} {schema['attributes'][name]}" for name in schema["keys"])
    indexes = {
        index["name"]: words(index["kind"], index["keys"], index["projection"])
        for index in schema["indexes"]
    }
    return Shape(keys, indexes)


def projection(index: Mapping[str, Any]) -> str:
    return str(index["Projection"].get("ProjectionType", ""))


def words(kind: str, keys: list[str], projected: str) -> str:
    """Write an index as a person reads it."""
    return f"{kind} by {', '.join(keys)} with {projected}"


def inactive(table: Mapping[str, Any]) -> list[str]:
    """Name the indexes that cannot be read, with their status."""
    return [
        f"{index['IndexName']} is {index['IndexStatus']}"
        for index in table.get("GlobalSecondaryIndexes", [])
        if index.get("IndexStatus", "ACTIVE") != "ACTIVE"
    ]


def told(indexes: Mapping[str, str]) -> str:
    """Write all indexes."""
    return "; ".join(f"{name} {said}" for name, said in sorted(indexes.items())) or "none"
