"""Bring back what a restored table has lost of its source's settings, and count it."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import copies, folders, standing
from tasks.drills.folders import Folder
from tasks.errors import AwsCallFailed, NothingToRestore, Unavailable
from tasks.runtime import client, setting, task
from tasks.tables import alarms, places, reapplying, settings
from tasks.tables.settings import Clients, Found

PERMISSIONS = places.merged(
    standing.PERMISSIONS,
    folders.READS,
    folders.WRITES,
    settings.LOOKS,
    reapplying.WRITES,
    places.ASSUME,
)
TIMEOUT = 120

# A setting that DynamoDB has accepted so often and that is not there is lost.
MOST_TRIES = 3
# What a corruption is gone back from, where the source has no recovery itself.
RECOVERY = "35 days"
UNSET = "none"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    folder = Folder(drill, component["name"], setting("EVIDENCE_BUCKET"), client("s3"))
    source, target = drill["source"]["target"], drill["target"]["target"]
    match = Match(component, drill, clients_of(source), clients_of(target), folder)
    return match.go_on()


def clients_of(target: Mapping[str, str]) -> Clients:
    """Make the clients of a place."""
    return Clients(
        client("dynamodb", target),
        client("cloudwatch", target),
        client("application-autoscaling", target),
    )


class Match:
    """The settings of one copy, brought nearer to its source's with each call."""

    def __init__(
        self,
        component: Mapping[str, Any],
        drill: Mapping[str, Any],
        source: Clients,
        target: Clients,
        folder: Folder,
    ) -> None:
        self.component, self.drill = component, drill
        self.source, self.target, self.folder = source, target, folder
        self.name = component["copy"]
        self.file = f"settings-{self.name}.json"

    def go_on(self) -> dict[str, Any]:
        """Ask for what is not there yet; done when each setting is there, left or lost.

        What differed at first is kept in the evidence, as it does not differ any more once
        it is brought back. Raises NothingToRestore where one of both tables is not there.
        """
        copies.check_name(self.name)
        source, copy = self.read(self.component["resource"], self.source), self.read_copy()
        wanted = self.wanted(source)
        known = self.folder.read(self.file)
        if known is None:
            self.mark()
            known = {}
        differing = {
            name: value for name, value in wanted.items() if copy.settings.get(name, UNSET) != value
        }
        for name in differing:
            first = {"expected": wanted[name], "observed": copy.settings.get(name, UNSET)}
            known.setdefault(name, {**first, "tries": 0})
        waiting = [name for name in differing if self.wants_another(name, known[name])]
        for name in waiting:
            self.bring_back(name, source, wanted, known)
        self.folder.write(self.file, known)
        found = [self.difference(name, entry, differing) for name, entry in known.items()]
        state = f"{len(waiting)} of {len(known)} settings are being brought back"
        return {"done": not waiting, "state": state, "differences": found}

    def read(self, name: str, clients: Clients, prefix: str = "") -> Found:
        table = places.find(name, clients.dynamodb)
        if table is None:
            raise NothingToRestore(f"There is no table {name} whose settings could be compared")
        return settings.read(name, table, clients, prefix)

    def read_copy(self) -> Found:
        return self.read(self.name, self.target, alarms.prefix(self.name))

    def wanted(self, source: Found) -> settings.Settings:
        """Give what the copy should have: its source's settings, and a way back from harm."""
        found = dict(source.settings)
        if found[settings.RECOVERY] == settings.OFF and self.component["options"].get(
            "corrupt_items"
        ):
            found[settings.RECOVERY] = RECOVERY
        return {name: value for name, value in found.items() if value != settings.OFF}

    def mark(self) -> None:
        """Tag the copy as this drill's, which a restore cannot do itself."""
        marks = copies.values(copies.tags(self.drill["id"], self.name))
        reapplying.tag(self.name, marks, self.target)

    def elsewhere(self) -> bool:
        here, there = (self.drill[side]["target"]["region"] for side in ("source", "target"))
        return bool(here != there)

    def wants_another(self, name: str, entry: Mapping[str, Any]) -> bool:
        return (
            not reapplying.reason_to_leave(name, self.elsewhere())
            and not reapplying.is_lost(name)
            and entry["tries"] < MOST_TRIES
        )

    def bring_back(
        self, name: str, source: Found, wanted: settings.Settings, known: dict[str, Any]
    ) -> None:
        try:
            reapplying.apply(self.name, name, source, self.target, wanted[name])
        except Unavailable:
            # DynamoDB makes one change of a table at a time: the next call asks again.
            return
        except AwsCallFailed:
            # What was accepted before may be refused when it is asked for again at once.
            if not known[name]["tries"]:
                raise
        known[name]["tries"] += 1

    def difference(
        self, name: str, entry: Mapping[str, Any], differing: Mapping[str, Any]
    ) -> dict[str, str]:
        reason, outcome = "", "reapplied"
        if name in differing:
            reason = reapplying.reason_to_leave(name, self.elsewhere())
            outcome = "left" if reason else "lost"
        if outcome == "lost":
            reason = (
                "it comes with another restore only"
                if reapplying.is_lost(name)
                else f"AWS accepted it {entry['tries']} times, and it is not there"
            )
        if outcome == "reapplied" and name.startswith(settings.ALARM):
            reason = "it calls nobody"
        return {
            "setting": name[:128],
            "expected": settings.told(entry["expected"]),
            "observed": settings.told(entry["observed"]),
            "outcome": outcome,
            "reason": reason,
        }
