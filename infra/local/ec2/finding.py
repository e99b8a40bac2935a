"""Instances by their id, in one look however many there are."""

import re
from collections.abc import Iterable
from typing import Any

from moto.ec2.models.instances import InstanceBackend

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
    missing = [each for each in wanted if each not in found]
    if missing:
        raise errors.not_found(missing)
    return [found[each] for each in wanted]


def index(backend: Any) -> dict[str, Any]:
    """Give all instances by id; each is put in as it is made."""
    kept: dict[str, Any] | None = vars(backend).get("_instances")
    if kept is None:
        reservations = list(backend.reservations.values())
        kept = {each.id: each for reservation in reservations for each in reservation.instances}
        vars(backend)["_instances"] = kept
    return kept
