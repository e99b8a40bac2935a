"""How a drill is followed: component by component, and how it ended."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tasks import store
from tasks.drills.outcomes import cut
from tasks.drills.verdicts import PASS
from workflows.cli.children import Children
from workflows.cli.drills import evidence as papers
from workflows.cli.drills.show import to_do
from workflows.cli.errors import CommandError
from workflows.cli.history import ABORTED, FAILED, RUNNING, SUCCEEDED, Entry
from workflows.cli.session import Session
from workflows.cli.stories import Outcome, Story
from workflows.cli.text import duration

MAP = "Play it through"
# What a loop of looks is made of: all of them are the one thing that is looked for.
LOOKS = re.compile(r"(: (start|wait|count|give up)|\?)$")
TITLE = re.compile(r"^[A-Z][^:]*: ")
LONGEST_REASON = 160


@dataclass(frozen=True)
class DrillOutcome(Outcome):
    """How a drill ended, with its verdict; `verdict` is empty where it never began."""

    drill: str
    verdict: str
    evidence: str


class DrillStory(Story):
    """A drill that is followed; its components stand below the state that plays them through."""

    def __init__(self, execution: str, session: Session) -> None:
        super().__init__(execution, session)
        self.drill = papers.name_of(execution)
        self._components: dict[str, Entry] = {}
        self._children = Children(execution, session, _name)
        self._played = False
        self._record: dict[str, Any] = {}

    @property
    def entries(self) -> list[Entry]:
        """The states, and below the one that plays the components through each of them."""
        entries = []
        for entry in self.history.entries:
            entries.append(entry)
            if entry.kind == "Map" and entry.state == MAP:
                entries += self._components.values()
        return entries

    def poll(self) -> None:
        """Read what has happened, and what became of the components."""
        super().poll()
        playing = next((one for one in self.history.entries if one.state == MAP), None)
        if playing is None or self._played:
            return
        if playing.outcome == RUNNING:
            self._children.look()
            for name, state in self._children.states.items():
                entry = self._entry(name, playing)
                if not entry.ended:
                    entry.detail = stage(state)
        for record in self.session.state.partition(store.outcome(self.drill, "")["pk"]):
            self._end(self._entry(record["sk"], playing), record, playing)
        if playing.ended:
            self._sum_up(playing)

    def outcome(self, described: dict[str, Any]) -> DrillOutcome:
        """Say how the drill ended, each reason by itself, and where its evidence is."""
        self._record = papers.found(self.drill, self.session)
        told = super().outcome(described).__dict__
        if evidence := evidence_in(self._record, self.session):
            failed = "" if described["status"] == "SUCCEEDED" else f"{told['status']}: "
            told["words"] = f"{failed}{evidence['words']} ({duration(told['seconds'])})"
            why = [*evidence["reasons"], f"{evidence['trend']['words']}."]
            told["next"] = [*why, *told["next"]]
            if evidence["findings"]:
                told["next"].append(f"To be mended: daytwo actions list {evidence['system']}")
        return DrillOutcome(
            **told,
            drill=self.drill,
            verdict=self._record.get("verdict", ""),
            evidence=self._record.get("evidence_key", ""),
        )

    def succeeded(self, described: dict[str, Any]) -> str:
        """Say how the drill was judged."""
        try:
            words = json.loads(described.get("output") or "{}")["closed"]["words"]
        except (ValueError, KeyError):
            return super().succeeded(described)
        return str(words)

    def advice(self, described: dict[str, Any]) -> list[str]:
        """Say what to do next, after each kind of end."""
        error, record = described.get("error") or described["status"], self._record
        lines = {
            "SUCCEEDED": [],
            "FailedClean": ["Nothing was made or changed. Mend the cause and start it again."],
            "DrillFailed": ["What was changed is undone."],
            "FailedDirty": ["The janitor tries again each hour (docs/at-night.md)."],
        }.get(error, ["The janitor now removes and undoes what was begun."])
        if record.get("evidence_key"):
            lines = [*lines, *to_do(record)]
            lines.append(f"Each check, and the report: daytwo drill show {self.drill}")
        return lines

    def _entry(self, name: str, playing: Entry) -> Entry:
        if name not in self._components:
            self._components[name] = Entry(name, "Component", playing.started, playing, None)
        return self._components[name]

    def _end(self, entry: Entry, record: dict[str, Any], playing: Entry) -> None:
        if entry.ended:
            return
        entry.detail, entry.ending = verdict_of(record), "judged"
        ended = self._by_the_wall(datetime.fromisoformat(record["recorded_at"]), playing)
        how = SUCCEEDED if record["verdict"] == PASS else FAILED
        entry.end(max(ended, entry.started), how)

    def _by_the_wall(self, recorded: datetime, playing: Entry) -> datetime:
        """Tell when a component was recorded; an account whose clock runs faster cannot say."""
        if self.session.clock == 1:
            return recorded
        return playing.ended or datetime.now(UTC)

    def _sum_up(self, playing: Entry) -> None:
        """End what nobody had recorded when all were played through, and count the green ones."""
        self._played = True
        for entry in self._components.values():
            if not entry.ended and playing.ended:
                entry.end(playing.ended, ABORTED)
        told = [entry.outcome for entry in self._components.values()]
        playing.detail = playing.detail or f"{told.count(SUCCEEDED)} of {len(told)} green"


def stage(state: str) -> str:
    """Name what a component is at, without what its chain and its loops are made of."""
    return TITLE.sub("", LOOKS.sub("", state))


def verdict_of(record: dict[str, Any]) -> str:
    """Say how a component was judged, and its first reason where it is not green."""
    reasons = json.loads(record["outcome"])["reasons"]
    return ": ".join([record["verdict"], *(cut(one, LONGEST_REASON) for one in reasons[:1])])


def evidence_in(record: dict[str, Any], session: Session) -> dict[str, Any]:
    """Read a drill's evidence, {} where there is none or it cannot be read."""
    from botocore.exceptions import ClientError

    try:
        return papers.evidence_of(record, session) if record.get("evidence_key") else {}
    except (CommandError, ClientError):
        return {}


def _name(document: dict[str, Any]) -> str:
    return str(document["component"]["name"])
