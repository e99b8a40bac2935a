"""The canonical form of an item and its hashes: the same on any machine, for any order."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from hashlib import blake2b
from typing import Any

ALGORITHM = "blake2b-128 of the item in canonical JSON, summed modulo 2^128"
BYTES = 16
MODULUS = 1 << (8 * BYTES)

# A number of 38 digits and a sign is never rounded by this.
_EXACT = Context(prec=64)
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?").fullmatch
_SCALARS = frozenset(("S", "N", "B", "BOOL", "NULL"))

Value = Mapping[str, Any]
Item = Mapping[str, Value]


def _binary(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is no value of an item")


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_binary).encode


def canonical(item: Item) -> bytes:
    """Write an item in DynamoDB's notation as JSON that is the same for equal items.

    Attributes and sets are sorted, numbers have no exponent and no needless zeros; bytes are
    in base64.
    """
    changed: dict[str, Any] | None = None
    for name, value in item.items():
        for kind in value:
            if kind == "S":
                continue
            plain = _plain(kind, value[kind])
            if plain is not value[kind]:
                if changed is None:
                    changed = dict(item)
                changed[name] = {kind: plain}
    return _encode(item if changed is None else changed).encode()


def item_hash(item: Item) -> bytes:
    """Hash an item with all its attributes."""
    return blake2b(canonical(item), digest_size=BYTES).digest()


def key_hash(item: Item, keys: Sequence[str]) -> bytes:
    """Hash an item's key; `keys` names its attributes, the partition key first."""
    text = ""
    for name in keys:
        ((kind, value),) = item[name].items()
        if kind != "S":
            value = _binary(value) if kind == "B" else number(value)
        text += f"{kind}{len(value)}:{value}"
    return blake2b(text.encode(), digest_size=BYTES).digest()


def number(text: str) -> str:
    """Write a number as DynamoDB itself does: 1E2 and 100.0 are 100."""
    if _PLAIN_NUMBER(text) and text != "-0":
        return text
    plain = format(Decimal(text).normalize(_EXACT), "f")
    return "0" if plain == "-0" else plain


def _plain(kind: str, value: Any) -> Any:
    """Give a value in its canonical form: the very object where it is in it already."""
    if kind == "N":
        return number(value)
    if kind in _SCALARS:
        return value
    if kind == "M":
        return {name: _tagged(entry) for name, entry in value.items()}
    if kind == "L":
        return [_tagged(entry) for entry in value]
    if kind == "NS":
        return sorted(number(entry) for entry in value)
    return sorted(value)


def _tagged(value: Value) -> dict[str, Any]:
    return {kind: _plain(kind, entry) for kind, entry in value.items()}
