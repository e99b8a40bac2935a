"""Bring back the settings that the restore of a database loses, and say which those were."""

from typing import Any

from tasks.databases import kinds, settings
from tasks.databases.kinds import AVAILABLE, CLUSTER, Entry, Kind
from tasks.databases.openness import CLOSED_LOOK, open_groups
from tasks.drills import copies, notes, papers, standing
from tasks.drills.clocks import seconds
from tasks.errors import RestoreFailed
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **kinds.LOOKS,
    **CLOSED_LOOK,
    **notes.PERMISSIONS,
    "s3:GetObject": ["${EvidenceBucket.Arn}/drills/*", "${EvidenceBucket.Arn}/backups/*"],
    "rds:ModifyDBInstance": [*kinds.COPIES, *kinds.FURNITURE],
    "rds:ModifyDBCluster": [*kinds.COPIES, *kinds.FURNITURE],
    "rds:RebootDBInstance": kinds.COPIES,
    "rds:AddTagsToResource": kinds.COPIES,
}
TIMEOUT = 120
# How long RDS may take from accepting a change to showing it, in seconds.
SHOWN_WITHIN = 900
OPEN = "security groups open to the internet"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    target = drill["target"]["target"]
    match = Match(
        request["component"],
        drill,
        client("rds", drill["source"]["target"]),
        client("rds", target),
    )
    return match.go_on(
        request["now"],
        ec2=client("ec2", target),
        s3=client("s3"),
        bucket=setting("EVIDENCE_BUCKET"),
    )


class Match:
    """The settings of one copy, compared once and then brought back with each call."""

    def __init__(
        self, component: dict[str, Any], drill: dict[str, Any], source_rds: Any, rds: Any
    ) -> None:
        self.component, self.drill = component, drill
        self.source_rds, self.rds = source_rds, rds
        self.kind: Kind = kinds.of(component)
        self.name = component["copy"]

    def go_on(self, now: str, ec2: Any, s3: Any, bucket: str) -> dict[str, Any]:
        """Bring back what differs; done when the copy shows it, or has not for a quarter hour.

        What differed at the first look is kept beside the drill's evidence, so that the answer
        says it however often the step is delivered.
        """
        found = self.kind.find(self.name, self.rds)
        if found is None:
            raise RestoreFailed(f"The copy {self.name} is gone before its settings were matched")
        copies.check(self.name, kinds.tags_of(found), self.drill["id"])
        first = notes.first(
            papers.key(self.drill["id"], self.component["name"], "settings.json"),
            {"began_at": now, **self.compared(found, ec2, s3, bucket)},
            bucket,
            s3,
        )
        observed, wanted = settings.read(self.kind, found), first["wanted"]
        pending = [
            one["setting"]
            for one in first["differences"]
            if one["outcome"] == "reapplied"
            and settings.differs(one["setting"], wanted[one["setting"]], observed[one["setting"]])
        ]
        if self.busy(found):
            return answer(False, self.kind.status_of(found), first["differences"])
        if restart := self.to_restart(found):
            with raising({}, restart):
                self.rds.reboot_db_instance(DBInstanceIdentifier=restart)
            return answer(False, "restarting with its parameters", first["differences"])
        if pending and seconds(first["began_at"], now) < SHOWN_WITHIN:
            self.apply(found, pending, wanted)
            return answer(False, f"{len(pending)} settings to bring back", first["differences"])
        return answer(True, AVAILABLE, [lost(one, pending) for one in first["differences"]])

    def compared(self, found: Entry, ec2: Any, s3: Any, bucket: str) -> dict[str, Any]:
        """Give what the copy should have and what of that it has otherwise."""
        wanted = self.wanted(s3, bucket)
        near = not copies.elsewhere(self.drill)
        observed = settings.read(self.kind, found)
        extra = []
        groups = wanted.get(settings.GROUPS, [])
        if near and (open_ones := open_groups(groups, ec2)):
            extra.append(left_open(open_ones))
            wanted[settings.GROUPS] = [one for one in groups if one not in open_ones]
            if not wanted[settings.GROUPS]:
                del wanted[settings.GROUPS]
        return {
            "wanted": wanted,
            "differences": settings.compare(self.kind, wanted, observed, near) + extra,
        }

    def wanted(self, s3: Any, bucket: str) -> settings.Values:
        """Read the source's settings, or those that its backup's manifest has kept."""
        source = self.kind.find(self.component["resource"], self.source_rds)
        if source is not None:
            return settings.read(self.kind, source)
        key = self.component["recovery_point"]["manifest_key"]
        if not key:
            raise RestoreFailed(
                f"{self.component['resource']} is gone and no manifest says what its settings "
                "were: restore from a backup that daytwo made"
            )
        return dict(papers.get(key, bucket, s3)["detail"]["settings"])

    def busy(self, found: Entry) -> bool:
        """Tell whether RDS is still at an earlier change."""
        return bool(self.kind.status_of(found) != AVAILABLE or found.get("PendingModifiedValues"))

    def to_restart(self, found: Entry) -> str:
        """Name the instance that has to restart for its parameters to count, "" for none.

        RDS User Guide, "DB parameter groups": static parameters wait for a reboot.
        """
        if self.kind is CLUSTER:
            waiting = (
                one["DBInstanceIdentifier"]
                for one in found.get("DBClusterMembers", [])
                if one.get("DBClusterParameterGroupStatus") == "pending-reboot"
            )
            return next(waiting, "")
        groups = found.get("DBParameterGroups", [])
        waits = any(one.get("ParameterApplyStatus") == "pending-reboot" for one in groups)
        return self.name if waits else ""

    def apply(self, found: Entry, names: list[str], wanted: settings.Values) -> None:
        arguments = settings.changes(self.kind, names, wanted)
        with raising({}, f"{self.kind.words} {self.name}"):
            if settings.TAGS in names:
                tags = [{"Key": key, "Value": value} for key, value in wanted["tags"].items()]
                self.rds.add_tags_to_resource(ResourceName=self.kind.arn_of(found), Tags=tags)
            if arguments:
                getattr(self.rds, self.kind.modify)(
                    **{self.kind.identifier: self.name}, ApplyImmediately=True, **arguments
                )


def left_open(groups: list[str]) -> dict[str, str]:
    """Say that the copy does not get security groups which let the internet in."""
    return {
        "setting": OPEN,
        "expected": settings.told(groups),
        "observed": "none",
        "outcome": "left",
        "reason": "a copy is never reachable from the internet",
    }


def lost(difference: dict[str, str], pending: list[str]) -> dict[str, str]:
    """Say of a difference that is still there that it could not be brought back."""
    if difference["outcome"] != "reapplied" or difference["setting"] not in pending:
        return difference
    return {**difference, "outcome": "lost", "reason": settings.LOST}


def answer(done: bool, state: str, differences: list[dict[str, str]]) -> dict[str, Any]:
    """Give the step's answer."""
    return {"done": done, "state": state, "differences": differences}
