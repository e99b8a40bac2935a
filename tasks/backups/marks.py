"""How a backup is marked as daytwo's: by its name, and by tags where the service has them."""

import re
from collections.abc import Mapping
from typing import Any

MARK = "daytwo:backup"
# Narrows an action to what bears the mark of any backup.
MARKED = {"Null": {f"aws:ResourceTag/{MARK}": "false"}}
COMPONENT = "daytwo:component"
PREFIX = "daytwo-"
IDENTIFIER = r"(\d{8}t\d{6}-[0-9a-f]{8})"

Backup = Mapping[str, Any]
Component = Mapping[str, Any]


def name(backup: Backup, component: Component) -> str:
    """Name a backup or snapshot of a component; the same for each delivery, 95 characters at most.

    It fits DynamoDB's and RDS's rules for names alike.
    """
    return f"{PREFIX}{backup['id']}-{component['name']}".rstrip("-")


def values(backup: Backup, component: Component) -> dict[str, str]:
    """Give the tags of all that is made for a component's backup."""
    return {
        MARK: backup["id"],
        "daytwo:system": backup["system"],
        "daytwo:environment": backup["environment"],
        COMPONENT: component["name"],
    }


def tags(backup: Backup, component: Component) -> list[dict[str, str]]:
    """Give the same as most AWS calls take it."""
    return [
        {"Key": key, "Value": value} for key, value in sorted(values(backup, component).items())
    ]


def folder(backup: Backup) -> str:
    """Where the files of a backup lie in the evidence bucket, with a slash at its end."""
    return f"backups/{backup['system']}/{backup['environment']}/{backup['id']}/"


def key(backup: Backup, component: Component, file: str) -> str:
    """Give the key in the evidence bucket of a file about one component of a backup."""
    return f"{folder(backup)}{component['name']}/{file}"


def of_name(text: str) -> str:
    """Give the id of the backup that a name was made of, or nothing where it is none of ours."""
    found = re.match(f"{PREFIX}{IDENTIFIER}(-|$)", text)
    return found.group(1) if found else ""


def of_key(text: str) -> str:
    """Give the id of the backup that a key of the evidence bucket belongs to, or nothing."""
    found = re.match(f"backups/[^/]+/[^/]+/{IDENTIFIER}/", text)
    return found.group(1) if found else ""
