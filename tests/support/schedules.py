"""Groups of instances under a schedule, for the tests of what a look leads to."""

from datetime import UTC, datetime
from typing import Any

from schemas.validation import check
from tasks.schedules.groups import Group, Instance, Place

OFFICE = {
    "timezone": "UTC",
    "periods": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "stop": "18:00"}],
}


def at(text: str) -> datetime:
    """Read a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def instance_id(number: int) -> str:
    """Give the id of the instance of a number."""
    return f"i-{number:017x}"


def instance(number: int, on: bool = True, tier: int = 0, **fields: Any) -> Instance:
    """Describe an instance of the group shop/dev."""
    given = {"name": "", "schedule": "shop/office-hours", **fields}
    return Instance(instance_id=instance_id(number), on=on, tier=tier, **given)


def schedule(**fields: Any) -> dict[str, Any]:
    """Give office hours with the schema's defaults and what a test changes."""
    filled: dict[str, Any] = check({**OFFICE, **fields}, "instances", "schedule")
    return filled


def group(*instances: Instance, tiers: int = 0, **fields: Any) -> Group:
    """Give the group of shop/dev that follows the office hours."""
    place = Place(
        system="shop",
        environment="dev",
        target={"region": "", "role_arn": ""},
        tags={"System": ["shop"]},
        default="shop/office-hours",
        tiers=tuple({"name": f"tier-{number}", "tags": {}} for number in range(tiers)),
    )
    given = {"schedule": schedule(), **fields}
    return Group(place=place, name="shop/office-hours", instances=tuple(instances), **given)


def manifest(**fields: Any) -> dict[str, Any]:
    """Give a manifest of the system shop whose environment dev follows the office hours."""
    described = {
        "name": "shop",
        "schedules": {"office-hours": OFFICE},
        "environments": [
            {
                "name": "dev",
                "stack": "shop-dev",
                "instances": {"tags": {"System": ["shop"]}, "schedule": "office-hours"},
            }
        ],
        **fields,
    }
    filled: dict[str, Any] = check(described, "system")
    return filled
