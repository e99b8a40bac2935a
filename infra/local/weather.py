"""Weather of the embedded account: what a test or a person switches on for a while.

Each part that has weather keeps one object of this class in `account.weather`, under its own
name: a few settings, and faults that befall what they describe until they are used up.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Setting = float | bool
Strings = tuple[str, ...]
LISTS = ("ids", "types", "zones", "actions")
COUNTS = ("spares", "times")
TEXTS = ("code", "message")
WANTED = {
    **dict.fromkeys(LISTS, "one string or several"),
    **dict.fromkeys(COUNTS, "a number from 0"),
    **dict.fromkeys(TEXTS, "a string"),
}


class BadWeather(ValueError):
    """A setting, a fault or one of its fields that a part does not have; the message says which."""


@dataclass
class Fault:
    """Something that goes wrong, and whom it befalls: an empty condition is met by anything."""

    kind: str
    ids: Strings = ()
    types: Strings = ()
    zones: Strings = ()
    actions: Strings = ()
    # How many it spares before it begins, and how many it befalls then; None is all of them.
    spares: int = 0
    times: int | None = None
    code: str = ""
    message: str = ""

    def befalls(self, **facts: str | Sequence[str]) -> bool:
        """Tell whether it befalls what has this id, type, zone or action; counts it if so.

        Of several ids one is enough.
        """
        if self.times == 0 or not self.describes(**facts):
            return False
        if self.spares:
            self.spares -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def describes(self, **facts: str | Sequence[str]) -> bool:
        """Tell whether all conditions that name such facts are met, and count nothing."""
        return all(
            not wanted or not set(wanted).isdisjoint(_strings(facts[name]))
            for name, wanted in (
                ("id", self.ids),
                ("type", self.types),
                ("zone", self.zones),
                ("action", self.actions),
            )
            if name in facts
        )


@dataclass
class Weather:
    """The weather of one part: settings by name, the kinds of faults it knows, the faults."""

    settings: dict[str, Setting]
    kinds: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._calm = dict(self.settings)
        self._lock = threading.RLock()

    def __getitem__(self, name: str) -> Setting:
        return self.settings[name]

    def set(self, **settings: Setting) -> None:
        """Change settings: seconds of the account's clock, or whether something is on.

        Raises BadWeather for one that this part does not have, and then changes none.
        """
        for name, value in settings.items():
            self._check(name, value)
        self.settings.update(settings)

    def add(self, kind: str, /, **conditions: Any) -> Fault:
        """Add a fault; ids, types, zones and actions are one string or several.

        Raises BadWeather for a kind that this part does not have, for a condition that none has,
        and for a value that it cannot have.
        """
        if kind not in self.kinds:
            raise BadWeather(f"there is no fault {kind!r}; there are {', '.join(self.kinds)}")
        fault = Fault(kind, **{name: _condition(name, each) for name, each in conditions.items()})
        with self._lock:
            self.faults.append(fault)
        return fault

    def fault(self, kind: str, **facts: str | Sequence[str]) -> Fault | None:
        """Give the first fault of a kind that befalls this now, and count it."""
        if not self.faults:
            return None
        with self._lock:
            for fault in self.faults:
                if fault.kind == kind and fault.befalls(**facts):
                    return fault
        return None

    def calm(self) -> None:
        """End all faults, and set everything as it was in the beginning."""
        with self._lock:
            self.faults.clear()
            self.settings.update(self._calm)

    def show(self) -> dict[str, Any]:
        """Give settings and faults as JSON can hold them."""
        with self._lock:
            return {
                "settings": dict(self.settings),
                "faults": [asdict(each) for each in self.faults],
            }

    def _check(self, name: str, value: Setting) -> None:
        if name not in self._calm:
            raise BadWeather(f"there is no setting {name!r}; there are {', '.join(self._calm)}")
        if isinstance(self._calm[name], bool) is not isinstance(value, bool):
            wanted = "true or false" if isinstance(self._calm[name], bool) else "a number"
            raise BadWeather(f"{name} is {value!r}; it must be {wanted}")
        if not isinstance(value, bool) and not 0 <= value < float("inf"):
            raise BadWeather(f"{name} is {value!r}; it must be 0 or more")


def _condition(name: str, value: Any) -> Any:
    """Give a condition's value as a fault keeps it."""
    if name in LISTS:
        several = _strings(value) if isinstance(value, str | list | tuple | set) else (value,)
        if all(isinstance(each, str) for each in several):
            return several
    elif name in COUNTS:
        counted = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if counted or (name == "times" and value is None):
            return value
    elif name not in TEXTS:
        raise BadWeather(f"a fault has no {name}")
    elif isinstance(value, str):
        return value
    raise BadWeather(f"{name} is {value!r}; it must be {WANTED[name]}")


def _strings(value: str | Iterable[str]) -> Strings:
    return (value,) if isinstance(value, str) else tuple(value)
