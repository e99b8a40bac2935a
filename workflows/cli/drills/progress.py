"""How a drill is followed: component by component, and how it ended."""

import json
from datetime import datetime
from typing import Any

from tasks import store
from workflows.cli.children import Children
from workflows.cli.history import ABORTED, FAILED, RUNNING, SUCCEEDED, Entry
from workflows.cli.session import Session
from workflows.cli.stories import Story

MAP = "Play it through"
HOW = {"PASS": SUCCEEDED, "FAIL": FAILED, "ERROR": ABORTED}


class DrillStory(Story):
    """A drill that is followed; its components stand below the state that plays them through."""

    def __init__(self, execution: str, session: Session) -> None:
        super().__init__(execution, session)
        self.drill = execution.rpartition(":")[2]
        self._components: dict[str, Entry] = {}
        self._children = Children(execution, session, _name)

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
        if playing is None or (playing.ended and self._all_ended()):
            return
        if playing.outcome == RUNNING:
            self._children.look()
            for name, state in self._children.states.items():
                entry = self._entry(name, playing)
                entry.detail = entry.detail if entry.ended else state
        for record in self.session.state.partition(store.outcome(self.drill, "")["pk"]):
            self._end(self._entry(record["sk"], playing), record)

    def succeeded(self, described: dict[str, Any]) -> str:
        """Say how the drill was judged."""
        try:
            words = json.loads(described.get("output") or "{}")["closed"]["words"]
        except (ValueError, KeyError):
            return super().succeeded(described)
        return str(words)

    def advice(self, described: dict[str, Any]) -> list[str]:
        """Say what to do next, after each kind of end."""
        error = described.get("error") or described["status"]
        lines = {
            "SUCCEEDED": [],
            "FailedClean": ["Nothing was made or changed. Mend the cause and start it again."],
            "DrillFailed": [
                "All that it made is gone. What is to be mended: daytwo actions list "
                f"{self._record().get('system', '')}".rstrip()
            ],
            "FailedDirty": [
                "Something is left (docs/at-night.md); the janitor tries again each hour."
            ],
        }.get(error, ["The janitor now removes and undoes what was begun."])
        if self._record():
            lines = [*lines, f"Each check, and the report: daytwo drill show {self.drill}"]
        return lines

    def _record(self) -> dict[str, Any]:
        return self.session.state.get(store.drill(self.drill)) or {}

    def _all_ended(self) -> bool:
        return all(entry.ended for entry in self._components.values())

    def _entry(self, name: str, playing: Entry) -> Entry:
        if name not in self._components:
            self._components[name] = Entry(name, "Component", playing.started, playing, None)
        return self._components[name]

    def _end(self, entry: Entry, record: dict[str, Any]) -> None:
        if entry.ended:
            return
        entry.detail = record["verdict"]
        ended = max(datetime.fromisoformat(record["recorded_at"]), entry.started)
        entry.end(ended, HOW[record["verdict"]])


def _name(document: dict[str, Any]) -> str:
    return str(document["component"]["name"])
