"""Where the reading of a segment goes on when a function's time was up.

The place is the key of an item, which is data: it stays in the state table until the segment
has been read to its end, and never goes into the evidence or an execution's document.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from tasks import store
from tasks.runtime import raising

PERMISSIONS = dict.fromkeys(
    ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"), "${StateTable.Arn}"
)
# Of a drill that was cut off, DynamoDB forgets it after so long.
FORGOTTEN_AFTER_SECONDS = 2 * 86_400

Cursor = dict[str, Any]


class Cursors:
    """The cursors of digests in the state table."""

    def __init__(self, table: str, dynamodb: Any) -> None:
        self.table, self.dynamodb = table, dynamodb

    def read(self, folder: str, segment: int) -> Cursor | None:
        """Give what was saved of a segment, None where nothing was."""
        with raising({}, self.table):
            reply = self.dynamodb.get_item(
                TableName=self.table, Key=_key(folder, segment), ConsistentRead=True
            )
        if "Item" not in reply:
            return None
        return dict(json.loads(store.from_item(reply["Item"])["cursor"], object_hook=_bytes))

    def save(self, folder: str, segment: int, cursor: Mapping[str, Any], now: float) -> None:
        """Save where a segment is; `now` is in seconds since 1970."""
        text = json.dumps(cursor, default=_text)
        more = {"cursor": text, "expires_at": int(now) + FORGOTTEN_AFTER_SECONDS}
        with raising({}, self.table):
            self.dynamodb.put_item(
                TableName=self.table, Item={**_key(folder, segment), **store.to_item(more)}
            )

    def forget(self, folder: str, segment: int) -> None:
        """Remove what was saved of a segment."""
        with raising({}, self.table):
            self.dynamodb.delete_item(TableName=self.table, Key=_key(folder, segment))


def _key(folder: str, segment: int) -> dict[str, Any]:
    return store.to_item(store.digest(folder, segment))


def _text(value: bytes) -> dict[str, str]:
    return {"bytes": base64.b64encode(value).decode()}


def _bytes(value: dict[str, Any]) -> Any:
    # An attribute may be called "bytes" too, and its value is no text.
    encoded = value.get("bytes")
    return base64.b64decode(encoded) if isinstance(encoded, str) else value
