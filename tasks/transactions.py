"""Write several DynamoDB items or none, and learn which condition stood in the way."""

from typing import Any

from tasks.errors import TaskError, Throttled, Unavailable
from tasks.runtime import raising

ERRORS: dict[str, type[TaskError]] = {}

REFUSED = "ConditionalCheckFailed"
# Amazon DynamoDB API Reference, "TransactWriteItems", cancellation reason codes.
PASSING: dict[str, type[TaskError]] = {
    "TransactionConflict": Unavailable,
    "ProvisionedThroughputExceeded": Throttled,
    "ThrottlingError": Throttled,
}


def write(actions: list[dict[str, Any]], dynamodb: Any, subject: str) -> list[str]:
    """Write all or nothing; gives the reason code of each action, or an empty list when done.

    `actions` are TransactItems. Raises Unavailable or Throttled where another transaction or
    the table's throughput stood in the way, so that the same write may pass later.
    """
    with raising(ERRORS, subject):
        try:
            dynamodb.transact_write_items(TransactItems=actions)
        except dynamodb.exceptions.TransactionCanceledException as cancelled:
            reasons = cancelled.response.get("CancellationReasons", [])
            codes = [reason.get("Code", "None") for reason in reasons]
            if REFUSED not in codes:
                for code in codes:
                    if code in PASSING:
                        raise PASSING[code](f"{subject}: {code}") from cancelled
                raise
            return codes
    return []
