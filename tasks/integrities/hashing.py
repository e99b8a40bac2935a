"""The canonical form of an item and its hashes: the same on any machine, for any order."""

import base64
import re
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from functools import lru_cache
from hashlib import blake2b
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

ALGORITHM = "blake2b-128 of the item in canonical JSON, summed modulo 2^128"
BYTES = 16
MODULUS = 1 << (8 * BYTES)

# A number of 38 digits and a sign is never rounded by this.
_EXACT = Context(prec=64)
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?").fullmatch

Value = Mapping[str, Any]
Item = Mapping[str, Value]

# The same few names come in each item.
_named = lru_cache(4096)(lambda name: f"{quoted(name)}:")


def canonical(item: Item) -> bytes:
    """Write an item in DynamoDB's notation as JSON that is the same for equal items.

    It is what json.dumps gives with sorted keys and no spaces. Sets are sorted too, numbers
    have no exponent and no needless zeros, and bytes are in base64.
    """
    return _map(item).encode()


def item_hash(item: Item) -> bytes:
    """Hash an item with all its attributes."""
    return blake2b(canonical(item), digest_size=BYTES).digest()


def key_hash(item: Item, keys: Sequence[str]) -> bytes:
    """Hash an item's key; `keys` names its attributes, the partition key first."""
    text = ""
    for name in keys:
        ((kind, value),) = item[name].items()
        if kind != "S":
            value = _base64(value) if kind == "B" else number(value)
        text += f"{kind}{len(value)}:{value}"
    return blake2b(text.encode(), digest_size=BYTES).digest()


def number(text: str) -> str:
    """Write a number as DynamoDB itself does: 1E2 and 100.0 are 100."""
    if text.isdecimal() and text[0] != "0":
        return text
    if _PLAIN_NUMBER(text) and text != "-0":
        return text
    plain = format(Decimal(text).normalize(_EXACT), "f")
    return "0" if plain == "-0" else plain


def _map(values: Mapping[str, Value]) -> str:
    written = []
    # Most of the time of a check goes by here, so that texts and numbers are written at once.
    for name in sorted(values):
        ((kind, content),) = values[name].items()
        if kind == "S":
            written.append(f'{_named(name)}{{"S":{quoted(content)}}}')
        elif kind == "N":
            written.append(f'{_named(name)}{{"N":"{number(content)}"}}')
        else:
            written.append(f'{_named(name)}{{"{kind}":{_other(kind, content)}}}')
    return f"{{{','.join(written)}}}"


def _value(value: Value) -> str:
    ((kind, content),) = value.items()
    return f'{{"{kind}":{_other(kind, content)}}}'


def _other(kind: str, content: Any) -> str:
    if kind == "S":
        return quoted(content)
    if kind == "N":
        return f'"{number(content)}"'
    if kind == "M":
        return _map(content)
    if kind == "L":
        return f"[{','.join([_value(entry) for entry in content])}]"
    if kind in ("BOOL", "NULL"):
        return "true" if content else "false"
    if kind == "B":
        return f'"{_base64(content)}"'
    if kind == "SS":
        entries = [quoted(entry) for entry in sorted(content)]
    elif kind == "NS":
        entries = [f'"{entry}"' for entry in sorted(map(number, content))]
    elif kind == "BS":
        entries = [f'"{_base64(entry)}"' for entry in sorted(content)]
    else:
        raise TypeError(f"{kind} is no type of DynamoDB's")
    return f"[{','.join(entries)}]"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
