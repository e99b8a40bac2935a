"""How a simulation is followed: whom it waits for, and how it ended."""

import json
from typing import Any

from tasks import store
from workflows.cli.history import Entry
from workflows.cli.stories import Story


class SimulationStory(Story):
    """A simulation that is followed; each drill of it can be followed by itself."""

    def waiting(self, entry: Entry) -> str:
        """Say which team is waited for, and how it signs."""
        if not entry.asks:
            return super().waiting(entry)
        team = entry.input.get("team", {}).get("name", "") if entry.input else ""
        waits = [
            f"{record['team']}: daytwo approve {record['sk']} --reason ..."
            for record in self.session.state.partition(store.approval("")["pk"])
            if record.get("simulation") == self._simulation()
            and record["status"] == "pending"
            and team in ("", record["team"])
        ]
        return f"waits for {'; '.join(waits)}" if waits else "asks for a sign-off"

    def succeeded(self, described: dict[str, Any]) -> str:
        """Say how the simulation was judged."""
        try:
            words = json.loads(described.get("output") or "{}")["report"]["words"]
        except (ValueError, KeyError):
            return super().succeeded(described)
        return str(words)

    def advice(self, described: dict[str, Any]) -> list[str]:
        """Say what to do next, after each kind of end."""
        name, error = self._simulation(), described.get("error") or described["status"]
        shown = [f"Results, sign-offs and review: daytwo simulation show {name}"]
        return {
            "SUCCEEDED": shown,
            "SimulationFailed": ["What is to be mended: daytwo actions list", *shown],
            "FailedClean": ["Nothing was begun. Mend the cause and start it again."],
        }.get(
            error,
            [
                "It was cut off: the janitor settles the drill that ran, and the next simulation "
                "may start at once."
            ],
        )

    def _simulation(self) -> str:
        return self.execution.rpartition(":")[2]
