"""OpsItems: findings where those look who work with Systems Manager's OpsCenter."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tasks.errors import TaskError
from tasks.runtime import raising

PERMISSIONS = {"ssm:CreateOpsItem": "*"}
ERRORS: dict[str, type[TaskError]] = {}
LONGEST_TITLE = 1024
SEVERITIES = {"cleanup": "2", "slower": "4"}
USUAL_SEVERITY = "3"


def open_item(action: Mapping[str, Any], ssm: Any) -> str:
    """Open an OpsItem for an action and give its id; again, it is the same one.

    Systems Manager User Guide, "Reducing duplicate OpsItems": the deduplication string.
    """
    dedup = json.dumps({"dedupString": f"daytwo-action-{action['sk']}"})
    drill = action["drill"]
    with raising(ERRORS, f"OpsItem of action {action['sk']}"):
        try:
            reply = ssm.create_ops_item(
                Title=f"Restore drill {action['scenario']} of {action['system']}: "
                f"{action['kind'].replace('_', ' ')}"[:LONGEST_TITLE],
                Description=(
                    f"{action['text']}\n\nOwner: {action['owner']}\nDue: {action['due_at']}\n"
                    f"Drill: {drill}\nTest it again with: {action['retest']}"
                )[:LONGEST_TITLE],
                Source="daytwo",
                Category="Recovery",
                Severity=SEVERITIES.get(action["kind"], USUAL_SEVERITY),
                OperationalData={"/aws/dedup": {"Value": dedup, "Type": "SearchableString"}},
            )
        except ssm.exceptions.OpsItemAlreadyExistsException as there:
            return _named(there.response)
    return str(reply["OpsItemId"])


def _named(response: Mapping[str, Any]) -> str:
    """Give the OpsItem that is there already, by its field or else by the message."""
    message = response.get("Error", {}).get("Message", "")
    told = re.search("oi-[0-9a-f]+", message)
    return str(response.get("OpsItemId") or (told.group() if told else ""))
