"""How daytwo's snapshots and images of volumes and instances are marked and found again."""

from collections.abc import Iterable, Mapping
from typing import Any

from tasks.backups import marks
from tasks.runtime import raising
from tasks.servers.points import RESOURCE_TAG, TAKEN_TAG, whole

GIBIBYTE = 1024**3

Backup = Mapping[str, Any]
Component = Mapping[str, Any]
Tags = list[dict[str, str]]


def tags(backup: Backup, component: Component, source: str, now: str, **others: str) -> Tags:
    """Give the tags of what is made of one source; `others` has further ones."""
    own = {RESOURCE_TAG: source, TAKEN_TAG: whole(now), **others}
    return marks.tags(backup, component) + [
        {"Key": key, "Value": value} for key, value in sorted(own.items())
    ]


def filters(backup: Backup, component: Component) -> list[dict[str, Any]]:
    """Give the filters that find what the backup has made of the component."""
    return [
        {"Name": f"tag:{key}", "Values": [value]}
        for key, value in sorted(marks.values(backup, component).items())
    ]


def of_source(entry: Mapping[str, Any], key: str = RESOURCE_TAG) -> str:
    """Read a tag of a described snapshot or image, "" where it has none."""
    return next((tag["Value"] for tag in entry.get("Tags", []) if tag["Key"] == key), "")


def snapshots(backup: Backup, component: Component, ec2: Any) -> dict[str, dict[str, Any]]:
    """Give the backup's snapshots of the component, by source."""
    with raising({}, f"snapshots of {backup['id']}"):
        pages = ec2.get_paginator("describe_snapshots").paginate(
            OwnerIds=["self"], Filters=filters(backup, component)
        )
        return {of_source(one): one for page in pages for one in page["Snapshots"]}


def images(backup: Backup, component: Component, ec2: Any) -> dict[str, dict[str, Any]]:
    """Give the backup's images of the component, by source."""
    with raising({}, f"images of {backup['id']}"):
        pages = ec2.get_paginator("describe_images").paginate(
            Owners=["self"], Filters=filters(backup, component)
        )
        return {of_source(one): one for page in pages for one in page["Images"]}


def state(done: int, wanted: Iterable[str]) -> str:
    """Say how many are done."""
    return f"{done} of {len(list(wanted))} done"
