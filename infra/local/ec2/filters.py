"""The filters of DescribeInstances and DescribeInstanceStatus.

AWS pages "DescribeInstances", "DescribeInstanceStatus"; each is looked up once in a request, not
once for each instance.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from typing import Any

from moto.ec2.exceptions import EC2ClientError

from infra.local.ec2.describing import profile, tags
from infra.local.ec2.spot import request_id

MOST_VALUES = 200

Values = Callable[[Any], Iterable[Any]]
Test = Callable[[Any], bool]


def _one(read: Callable[[Any], Any]) -> Values:
    return lambda instance: (read(instance),)


VALUES: dict[str, Values] = {
    "architecture": _one(lambda each: each.architecture),
    "availability-zone": _one(lambda each: each.placement.zone),
    "block-device-mapping.volume-id": lambda each: [
        volume.volume_id for _, volume in each.get_block_device_mapping
    ],
    "client-token": _one(lambda each: each.client_token),
    "dns-name": _one(lambda each: each.public_dns_name),
    "host-id": _one(lambda each: each.placement.host_id),
    "iam-instance-profile.arn": lambda each: [(profile(each) or {}).get("Arn")],
    "image-id": _one(lambda each: each.image_id),
    "instance-id": _one(lambda each: each.id),
    "instance-lifecycle": _one(lambda each: each.lifecycle),
    "instance-state-code": _one(lambda each: each._state.code),
    "instance-state-name": _one(lambda each: each._state.name),
    "instance-type": _one(lambda each: each.instance_type),
    "instance.group-id": lambda each: [group.id for group in each.security_groups],
    "instance.group-name": lambda each: [group.name for group in each.security_groups],
    "ip-address": _one(lambda each: each.public_ip),
    "key-name": _one(lambda each: each.key_name),
    "metadata-options.http-tokens": _one(lambda each: each.metadata_options.http_tokens),
    "network-interface.network-interface-id": lambda each: [nic.id for nic in each.nics.values()],
    "owner-id": _one(lambda each: each.owner_id),
    "placement-group-name": _one(lambda each: each.placement.group_name),
    "platform": _one(lambda each: each.platform),
    "private-dns-name": _one(lambda each: each.private_dns_name),
    "private-ip-address": _one(lambda each: each.private_ip),
    "root-device-type": _one(lambda each: each.root_device_type),
    "source-dest-check": _one(lambda each: each.source_dest_check),
    "spot-instance-request-id": _one(request_id),
    "state-reason-code": _one(lambda each: each.state_reason.code),
    "subnet-id": _one(lambda each: each.subnet_id),
    "tag-key": lambda each: tags(each),
    "tag-value": lambda each: tags(each).values(),
    "tenancy": _one(lambda each: each.placement.tenancy),
    "virtualization-type": _one(lambda each: each.virtualization_type),
    "vpc-id": _one(lambda each: each.vpc_id),
}
VALUES["group-id"] = VALUES["instance.group-id"]
VALUES["group-name"] = VALUES["instance.group-name"]


def passing(filters: Mapping[str, list[str]], more: Mapping[str, Values] | None = None) -> Test:
    """Make the test that all filters are; `more` are those that only one operation has.

    Raises EC2's error for a filter that there is not, or for too many values.
    """
    tests = [_test(name, values, {**VALUES, **(more or {})}) for name, values in filters.items()]
    return lambda instance: all(test(instance) for test in tests)


def ids_of(filters: Mapping[str, list[str]]) -> list[str] | None:
    """Give the instance ids that a filter names one by one, None where none does."""
    ids = filters.get("instance-id")
    return None if ids is None or any(_is_pattern(each) for each in ids) else ids


def _test(name: str, wanted: list[str], known: Mapping[str, Values]) -> Test:
    if len(wanted) > MOST_VALUES:
        raise EC2ClientError(
            "FilterLimitExceeded",
            f"The maximum number of filter values specified on a single call is {MOST_VALUES}",
        )
    values = known.get(name)
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        values = lambda instance: [tags(instance).get(key)]  # noqa: E731
    if values is None:
        raise EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")
    exact = frozenset(each for each in wanted if not _is_pattern(each))
    patterns = [re.compile(translate(each)) for each in wanted if _is_pattern(each)]
    read = values

    def test(instance: Any) -> bool:
        return any(
            each in exact or any(pattern.match(each) for pattern in patterns)
            for each in map(_text, read(instance))
            if each is not None
        )

    return test


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _is_pattern(value: str) -> bool:
    return "*" in value or "?" in value
