"""What starts an execution: its input, given directly or inside an EventBridge event."""

import json
from typing import Any

from schemas.validation import InvalidDocument, check, load
from tasks.errors import InvalidInput

# Step Functions User Guide, "Step Functions service quotas": input of an execution.
LARGEST_INPUT = 256 * 1024


def opened(document: Any) -> tuple[Any, str]:
    """Give the request and the event's id: an EventBridge envelope carries it as `detail`.

    The id is empty where the request was given directly. Source: EventBridge User Guide,
    "AWS service event metadata".
    """
    if not isinstance(document, dict) or not {"detail-type", "detail"} <= document.keys():
        return document, ""
    event_id = document.get("id")
    if not isinstance(event_id, str) or not event_id:
        raise InvalidInput("The event has no id, so that a second delivery could not be told.")
    return document["detail"], event_id


def checked(document: Any, workflow: str) -> Any:
    """Fill in the defaults; raises InvalidInput with every wrong field and what to do."""
    size = len(json.dumps(document, ensure_ascii=False).encode())
    if size > LARGEST_INPUT:
        raise InvalidInput(
            f"The input has {size // 1024} KiB, at most {LARGEST_INPUT // 1024} are taken: put "
            "large documents into S3 and name their keys."
        )
    schema = f"workflows/{workflow}"
    try:
        load(schema)
    except FileNotFoundError:
        raise InvalidInput(f"There is no workflow {workflow}.") from None
    try:
        return check(document, schema)
    except InvalidDocument as invalid:
        raise InvalidInput(
            f"The input of {workflow} is wrong. {invalid}. Correct it and start again: "
            f"schemas/{schema}.json describes each field and has an example."
        ) from None
