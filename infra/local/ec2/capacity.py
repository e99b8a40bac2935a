"""Room for instances: what a type has left in a zone while capacity is short."""

from collections.abc import Sequence

from infra.local.ec2.weather import NO_CAPACITY
from infra.local.weather import Fault, Weather


def take_room(weather: Weather, wanted: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Take room for so many types in zones; where there is too little, take none and say of what.

    A fault's `spares` is how many still fit.
    """
    short = [(fault, _count(fault, wanted)) for fault in weather.faults if _holds(fault)]
    for fault, count in short:
        if count > fault.spares:
            if fault.times is not None:
                fault.times -= 1
            return next(each for each in wanted if _meets(fault, each))
    for fault, count in short:
        fault.spares -= count
    return None


def room_for(weather: Weather, instance_type: str, zone: str, most: int) -> int:
    """Tell how many of a type fit into a zone, at most so many."""
    short = [fault for fault in weather.faults if _holds(fault)]
    left = [fault.spares for fault in short if _meets(fault, (instance_type, zone))]
    return min([most, *left])


def _holds(fault: Fault) -> bool:
    return fault.kind == NO_CAPACITY and fault.times != 0


def _meets(fault: Fault, wanted: tuple[str, str]) -> bool:
    return fault.describes(type=wanted[0], zone=wanted[1])


def _count(fault: Fault, wanted: Sequence[tuple[str, str]]) -> int:
    return sum(_meets(fault, each) for each in wanted)
