"""What conditions may ask about the tags of what a request names: `aws:ResourceTag/<key>`.

AWS pages "AWS global condition context keys" and "Actions, resources, and condition keys" of
Amazon EC2 and Amazon RDS. What is not there, or is yet to be made, has no tags.
"""

from collections.abc import Callable, Mapping
from typing import Any

from infra.local.iam.arns import Place
from infra.local.iam.conditions import RESOURCE_TAG

# The resource types whose tags are known here.
OF_EC2 = ("image", "instance", "snapshot", "volume")
OF_RDS = ("cluster", "cluster-snapshot", "db", "snapshot")


def tags_of(arn: str, place: Place) -> dict[str, str | list[str]]:
    """Give a resource's tags as condition keys; nothing where its tags are not known here."""
    parts = arn.split(":", 5)
    read = READERS.get(parts[2]) if len(parts) == 6 else None
    found = read(parts, place) if read else None
    if found is None:
        return {}
    return {RESOURCE_TAG: "", **{f"{RESOURCE_TAG}{key.lower()}": found[key] for key in found}}


def _of_ec2(parts: list[str], place: Place) -> Mapping[str, str] | None:
    from moto.ec2.models import ec2_backends

    kind, _, name = parts[5].partition("/")
    if kind not in OF_EC2:
        return None
    backend: Any = ec2_backends[place.account][parts[3]]
    tags: Mapping[str, str] = backend.tags.get(name, {})
    return tags


def _of_rds(parts: list[str], place: Place) -> Mapping[str, str] | None:
    from moto.rds.exceptions import RDSClientError
    from moto.rds.models import rds_backends

    if parts[5].partition(":")[0] not in OF_RDS:
        return None
    backend: Any = rds_backends[place.account][parts[3]]
    try:
        tags = backend.list_tags_for_resource(":".join(parts))
    except RDSClientError:
        return {}
    return {tag["Key"]: tag["Value"] for tag in tags}


READERS: dict[str, Callable[[list[str], Place], Mapping[str, str] | None]] = {
    "ec2": _of_ec2,
    "rds": _of_rds,
}
