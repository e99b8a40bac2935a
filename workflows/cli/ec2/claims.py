"""Which operations hold instances."""

from typing import Any

from tasks import store
from workflows.cli.session import Session


def held(session: Session) -> dict[str, dict[str, Any]]:
    """Give the claims by their operations."""
    return {
        record["sk"]: record
        for record in session.state.partition(store.instance_claim("")["pk"])
        if "instances" in record  # the number of the last claim is beside them
    }
