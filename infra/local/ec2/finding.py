"""Instances by their id, in one look however many there are."""

import re
from collections.abc import Iterable
from typing import Any

from moto.ec2.exceptions import InvalidNetworkInterfaceIdError
from moto.ec2.models.amis import AmiBackend
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.elastic_network_interfaces import NetworkInterfaceBackend
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from infra.local.account import Account
from infra.local.ec2 import errors
from infra.local.patching import replace

INSTANCE_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")


def install(account: Account) -> None:
    """Let moto find instances by an index; it goes through all of them for each id."""
    replace(account, InstanceBackend, "get_instance", one)
    replace(account, InstanceBackend, "get_instance_by_id", lambda self, instance_id: (
        index(self).get(instance_id)
    ))  # fmt: skip

    def several(backend: Any, instance_ids: list[str], filters: Any = None) -> list[Any]:
        return [each for each in many(backend, instance_ids) if each.applies(filters)]

    replace(account, InstanceBackend, "get_multi_instances_by_id", several)
    replace(account, NetworkInterfaceBackend, "get_network_interface", _interface)
    _look_up_tags_and_images(account)


def _look_up_tags_and_images(account: Account) -> None:
    def images(backend: Any, *args: Any, **kwargs: Any) -> Any:
        wanted = (kwargs.get("filters") or {}).get("image-id")
        if not args and set(kwargs) == {"filters"} and isinstance(wanted, str):
            return [backend.amis[wanted]] if wanted in backend.amis else []
        return plain_images(backend, *args, **kwargs)

    def tags(resource: Any) -> list[dict[str, str]]:
        kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource.id), "")
        found = resource.ec2_backend.tags.get(resource.id, {})
        return [
            {"resource_id": resource.id, "key": key, "value": value, "resource_type": kind}
            for key, value in found.items()
        ]

    # moto goes through all images for each instance, and through all tags for each resource.
    plain_images = replace(account, AmiBackend, "describe_images", images)
    replace(account, TaggedEC2Resource, "get_tags", tags)


def _interface(backend: Any, interface_id: str) -> Any:
    found = backend.enis.get(interface_id)
    if found is None:
        raise InvalidNetworkInterfaceIdError(interface_id)
    return found


def one(backend: Any, instance_id: str) -> Any:
    """Give an instance; raises as EC2 does where there is none."""
    return many(backend, [instance_id])[0]


def many(backend: Any, instance_ids: Iterable[str]) -> list[Any]:
    """Give instances in the order of their ids.

    Raises EC2's InvalidInstanceID.Malformed for the first id that can be none, or else its
    InvalidInstanceID.NotFound, which names all that there are not.
    """
    wanted = list(dict.fromkeys(instance_ids))
    for each in wanted:
        if not INSTANCE_ID.fullmatch(each):
            raise errors.malformed(each)
    found = index(backend)
    missing = [each for each in wanted if each not in found or is_forgotten(found[each])]
    if missing:
        raise errors.not_found(missing)
    return [found[each] for each in wanted]


def index(backend: Any) -> dict[str, Any]:
    """Give all instances by id; each is put in as it is made."""
    kept: dict[str, Any] | None = vars(backend).get("_instances")
    if kept is None:
        kept = vars(backend)["_instances"] = {}
        for reservation in backend.reservations.values():
            for each in reservation.instances:
                vars(each).setdefault("reservation_id", reservation.id)
                kept[each.id] = each
    return kept


def forget(instance: Any) -> None:
    """Let nobody find an instance any more; it keeps its place, which pages count by."""
    vars(instance)["_forgotten"] = True


def is_forgotten(instance: Any) -> bool:
    """Tell whether EC2 tells of an instance no more."""
    return "_forgotten" in vars(instance)
