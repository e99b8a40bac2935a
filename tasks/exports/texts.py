"""Which texts the properties of a template can become, as far as its parameters decide it.

CloudFormation User Guide, "Intrinsic function reference". What only a resource that is yet to
be made decides, such as Fn::GetAtt, becomes nothing here.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

REFERENCE = re.compile(r"\$\{(!?)([^}]*)\}")

Texts = set[str]


class Resolver:
    """The parameters and mappings of a template, with the values that a stack would have."""

    def __init__(self, template: Mapping[str, Any], values: Mapping[str, str]) -> None:
        self.mappings = template.get("Mappings", {})
        self.values = values

    def walk(self, value: Any) -> Iterator[str]:
        """Give each text that stands anywhere in a value, once its intrinsic functions are done."""
        found = self.texts(value)
        if found:
            yield from found
        elif isinstance(value, dict):
            for entry in value.values():
                yield from self.walk(entry)
        elif isinstance(value, list):
            for entry in value:
                yield from self.walk(entry)

    def texts(self, value: Any) -> Texts:
        """Give what a value can become; nothing where it is no text, or nobody knows yet."""
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return {str(value)}
        if not isinstance(value, dict) or len(value) != 1:
            return set()
        ((function, argument),) = value.items()
        known = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::FindInMap": self._find,
            "Fn::If": self._if,
        }
        return known[function](argument) if function in known else set()

    def _ref(self, name: Any) -> Texts:
        return {self.values[name]} if name in self.values else set()

    def _sub(self, argument: Any) -> Texts:
        text, own = argument if isinstance(argument, list) else (argument, {})
        names = [name for literal, name in REFERENCE.findall(text) if not literal]
        choices = [self.texts(own[name]) if name in own else self._ref(name) for name in names]

        def replaced(chosen: tuple[str, ...]) -> str:
            words = iter(chosen)
            return REFERENCE.sub(
                lambda one: f"${{{one[2]}}}" if one[1] else next(words),
                text,
            )

        return {replaced(chosen) for chosen in itertools.product(*choices)}

    def _join(self, argument: Any) -> Texts:
        delimiter, parts = argument
        if not isinstance(parts, list):
            return set()
        return {delimiter.join(chosen) for chosen in itertools.product(*map(self.texts, parts))}

    def _find(self, argument: Any) -> Texts:
        name, first, second = (self.texts(part) for part in argument[:3])
        found: Texts = set()
        for one, top, low in itertools.product(name, first, second):
            found |= self.texts(self.mappings.get(one, {}).get(top, {}).get(low))
        return found

    def _if(self, argument: Any) -> Texts:
        return self.texts(argument[1]) | self.texts(argument[2])
