"""Find the instances that follow a schedule, place by place."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tasks.errors import TaskError, Throttled, Unavailable
from tasks.fleets import selection
from tasks.schedules.groups import SCHEDULE_TAG, Instance, Place, instance

Client = Callable[[str, Mapping[str, str]], Any]
Found = list[tuple[Place, list[Instance]]]


def find(places: Iterable[Place], client: Client) -> tuple[Found, list[str]]:
    """Give each place with its instances, and a line for each that could not be looked at.

    `client` makes a service's client for a target. A place that refuses stops no other;
    what may pass (Throttled, Unavailable) is raised.
    """
    found: Found = []
    lines: list[str] = []
    for place in places:
        try:
            found.append((place, list(_instances(place, client))))
        except (Throttled, Unavailable):
            raise
        except TaskError as error:
            lines.append(
                f"{place.system} {place.environment} could not be looked at, and its instances "
                f"stay as they are: {error}"
            )
    return found, lines


def _instances(place: Place, client: Client) -> Iterable[Instance]:
    if place.system and not place.tags:
        return
    filters = {f"tag:{key}": list(values) for key, values in place.tags.items()}
    if not place.default:
        filters["tag-key"] = [SCHEDULE_TAG]
    filters["instance-state-name"] = list(selection.ALIVE)
    for described in selection.described(filters, client("ec2", place.target)):
        seen = instance(described, place)
        if seen is not None:
            yield seen
