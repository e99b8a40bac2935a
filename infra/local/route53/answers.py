"""What Route 53 answers to a DNS query, by routing policy and health.

Route 53 Developer Guide, "How Amazon Route 53 chooses records when health checking is
configured". An alias answers with the name of what it stands for, which has no address here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MOST_VALUES = 8  # of multivalue answers

Healthy = Callable[[str], bool]
TargetHealthy = Callable[[str], bool]


@dataclass(frozen=True)
class Answer:
    """DNS's response code and the values."""

    code: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resolver:
    """Answers from a zone; `healthy` judges health checks, `reachable` targets of aliases."""

    zone: Any
    healthy: Healthy
    reachable: TargetHealthy

    def answer(self, name: str, kind: str) -> Answer:
        """Answer a query of a record name and type, as NOERROR or NXDOMAIN."""
        asked = _dotted(name)
        there = [one for one in self.zone.rrsets if _dotted(one.name) == asked]
        if not there:
            wild = "*." + asked.partition(".")[2]
            there = [one for one in self.zone.rrsets if _unescaped(_dotted(one.name)) == wild]
        if not there:
            return Answer("NXDOMAIN")
        records = [one for one in there if one.type == kind]
        records = records or [one for one in there if one.type == "CNAME"]
        return Answer("NOERROR", self._values(records, kind)) if records else Answer("NOERROR")

    def _values(self, records: Sequence[Any], kind: str) -> tuple[str, ...]:
        usable = [one for one in records if self._usable(one, kind)]
        if records[0].multi_value_answer:
            several = (usable or records)[:MOST_VALUES]
            return tuple(value for one in several for value in one.records)
        chosen = self._choose(records, usable)
        alias = chosen.alias_target
        if not alias:
            return tuple(chosen.records)
        own = self._own(alias, kind)
        return self._values(own, kind) if own else (alias["DNSName"].rstrip("."),)

    def _choose(self, records: Sequence[Any], usable: Sequence[Any]) -> Any:
        if records[0].failover:
            # Where both are unhealthy, the primary answers.
            ranked = sorted(usable or records, key=lambda one: one.failover != "PRIMARY")
            return ranked[0]
        if records[0].weight is not None:
            return self._weighed(usable or records)
        return (usable or records)[0]

    def _weighed(self, records: Sequence[Any]) -> Any:
        """Take each record as often as its weight says, one after the other."""
        turns: dict[str, int] = vars(self.zone).setdefault("_turns", {})
        name = records[0].name
        turns[name] = turns.get(name, -1) + 1
        total = sum(int(one.weight) for one in records)
        place = turns[name] % total if total else 0
        for record in records:
            place -= int(record.weight)
            if place < 0:
                return record
        return records[0]

    def _usable(self, record: Any, kind: str) -> bool:
        if record.health_check_id and not self.healthy(record.health_check_id):
            return False
        alias = record.alias_target
        if not alias or str(alias.get("EvaluateTargetHealth")).lower() != "true":
            return True
        own = self._own(alias, kind)
        if own:
            return any(self._usable(one, kind) for one in own)
        return self.reachable(alias["DNSName"].rstrip("."))

    def _own(self, alias: dict[str, Any], kind: str) -> list[Any]:
        """Give the records of this zone that an alias stands for, if they are of this zone."""
        if alias["HostedZoneId"] != self.zone.resource_id:
            return []
        name = _dotted(alias["DNSName"])
        return [one for one in self.zone.rrsets if _dotted(one.name) == name and one.type == kind]


def _dotted(name: str) -> str:
    return name.lower().rstrip(".") + "."


def _unescaped(name: str) -> str:
    return name.replace("\\052", "*")
