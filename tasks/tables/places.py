"""Tables of a system and copies of them: where they are, and how AWS describes them."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.errors import TaskError, Unavailable
from tasks.runtime import raising

_ARN = "arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/"
# The environment's own, read only; and the copies of drills, which may lie in another Region.
SOURCES = f"{_ARN}${{System}}-*"
COPIES = f"{_ARN}drill-*"
BOTH = [SOURCES, COPIES]
ASSUME = {"sts:AssumeRole": stacks.TARGET_ROLES}

# Something else is under way with the table, and will have ended.
ERRORS: dict[str, type[TaskError]] = {
    "ResourceInUseException": Unavailable,
    "TableInUseException": Unavailable,
    "ContinuousBackupsUnavailableException": Unavailable,
}

Table = dict[str, Any]


def find(name: str, dynamodb: Any) -> Table | None:
    """Describe a table; None where there is none."""
    with raising(ERRORS, f"table {name}"):
        try:
            return dict(dynamodb.describe_table(TableName=name)["Table"])
        except dynamodb.exceptions.ResourceNotFoundException:
            return None


def origin(component: Mapping[str, Any]) -> dict[str, str]:
    """Say in the ledger what a copy is restored from: a restore gives it no tags to know it by."""
    return {"source": component["resource"]}


def restored_from(source: str, table: Table) -> bool:
    """Tell whether a table was restored from the table or a backup of the table of that name."""
    arn: str = table.get("RestoreSummary", {}).get("SourceTableArn", "")
    return arn.endswith(f":table/{source}")


def keys(table: Mapping[str, Any]) -> list[str]:
    """Name the attributes of a table's or an index's key, the partition key first."""
    entries = sorted(table["KeySchema"], key=lambda entry: entry["KeyType"])
    return [str(entry["AttributeName"]) for entry in entries]


def merged(*permissions: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
    """Join what several modules need, where they name the same actions on other resources."""
    found: dict[str, list[str]] = {}
    for one in permissions:
        for action, resources in one.items():
            listed = [resources] if isinstance(resources, str) else resources
            known = found.setdefault(action, [])
            known += [entry for entry in listed if entry not in known]
    return {action: one[0] if len(one) == 1 else one for action, one in found.items()}
