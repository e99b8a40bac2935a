"""The settings of databases that a restore loses; nothing here calls AWS.

RDS User Guide, "Restoring a DB instance to a specified time" and "Restoring to a DB instance":
the copy has the default security group, parameter group and option group and is single-AZ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.databases.kinds import CLUSTER, Entry, Kind, tags_of

OURS = ("aws:", "daytwo:")
LONGEST = 300
LOST = "RDS took the change and the copy still has it otherwise"
ELSEWHERE = "it is in another Region or account, which has none of that name"
TAGS = "tags"
LOGS = "log exports"
GROUPS = "security groups"

Values = dict[str, Any]
Change = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Setting:
    """A setting: how it is read, and either how it is changed or why a copy must not have it.

    One that is `local` names something of its own Region.
    """

    name: str
    read: Callable[[Entry], Any]
    change: Change | None = None
    left: str = ""
    local: bool = False


def _field(name: str, fallback: Any = False) -> Callable[[Entry], Any]:
    return lambda entry: entry.get(name, fallback)


def _argument(name: str) -> Change:
    return lambda value: {name: value}


def _logs(value: list[str]) -> dict[str, Any]:
    return {"CloudwatchLogsExportConfiguration": {"EnableLogTypes": value}}


def _first(entries: str, name: str) -> Callable[[Entry], Any]:
    def read(entry: Entry) -> str:
        found = entry.get(entries) or [{}]
        return str(found[0].get(name, ""))

    return read


def groups_of(entry: Entry) -> list[str]:
    """Give the ids of a described database's security groups."""
    return sorted(one["VpcSecurityGroupId"] for one in entry.get("VpcSecurityGroups", []))


def own_tags(entry: Entry) -> dict[str, str]:
    """Give the tags that are neither AWS's nor daytwo's."""
    return {key: value for key, value in tags_of(entry).items() if not key.startswith(OURS)}


_REMOVABLE = "a copy has to be removable"
_PRIVATE = "a copy is never reachable from the internet"
_COMMON = [
    Setting(GROUPS, groups_of, _argument("VpcSecurityGroupIds"), local=True),
    Setting(
        "backup retention",
        _field("BackupRetentionPeriod", 0),
        _argument("BackupRetentionPeriod"),
    ),
    Setting(
        "IAM authentication",
        _field("IAMDatabaseAuthenticationEnabled"),
        _argument("EnableIAMDatabaseAuthentication"),
    ),
    Setting(
        LOGS,
        lambda entry: sorted(entry.get("EnabledCloudwatchLogsExports", [])),
        _logs,
    ),
    Setting("tags to snapshots", _field("CopyTagsToSnapshot"), _argument("CopyTagsToSnapshot")),
    Setting("deletion protection", _field("DeletionProtection"), left=_REMOVABLE),
    Setting(TAGS, own_tags, lambda value: {}),
]
OF_INSTANCES = [
    *_COMMON,
    Setting(
        "parameter group",
        _first("DBParameterGroups", "DBParameterGroupName"),
        _argument("DBParameterGroupName"),
        local=True,
    ),
    Setting(
        "option group",
        _first("OptionGroupMemberships", "OptionGroupName"),
        _argument("OptionGroupName"),
        local=True,
    ),
    Setting("Multi-AZ", _field("MultiAZ"), _argument("MultiAZ")),
    Setting(
        "performance insights",
        _field("PerformanceInsightsEnabled"),
        _argument("EnablePerformanceInsights"),
    ),
    Setting(
        "storage autoscaling",
        _field("MaxAllocatedStorage", 0),
        _argument("MaxAllocatedStorage"),
    ),
    Setting(
        "minor upgrades",
        _field("AutoMinorVersionUpgrade"),
        _argument("AutoMinorVersionUpgrade"),
    ),
    Setting(
        "enhanced monitoring",
        _field("MonitoringInterval", 0),
        left="it takes a role, which a drill does not hand on",
    ),
    Setting("public access", _field("PubliclyAccessible"), left=_PRIVATE),
]
OF_CLUSTERS = [
    *_COMMON,
    Setting(
        "parameter group",
        _field("DBClusterParameterGroup", ""),
        _argument("DBClusterParameterGroupName"),
        local=True,
    ),
    Setting("data API", _field("HttpEndpointEnabled"), _argument("EnableHttpEndpoint")),
    Setting(
        "instances",
        lambda entry: len(entry.get("DBClusterMembers", [])),
        left="the copy has its writer alone; readers hold no data of their own",
    ),
]


def of(kind: Kind) -> list[Setting]:
    """Give the settings of a kind of database."""
    return OF_CLUSTERS if kind is CLUSTER else OF_INSTANCES


def read(kind: Kind, entry: Entry) -> Values:
    """Read all settings of a described database, by name."""
    return {setting.name: setting.read(entry) for setting in of(kind)}


def differs(name: str, wanted: Any, observed: Any) -> bool:
    """Tell whether a copy lacks what is wanted; tags or logs that only it has are no matter."""
    if name == LOGS:
        return not set(wanted) <= set(observed)
    if name == TAGS:
        return any(observed.get(key) != value for key, value in wanted.items())
    return bool(wanted != observed)


def compare(kind: Kind, wanted: Values, observed: Values, near: bool) -> list[dict[str, str]]:
    """List what of the copy is otherwise, as `difference`s that will be `reapplied` or are `left`.

    `near` says that the copy is where the source is, so that it can have what is `local`.
    A setting that `wanted` does not have is not compared.
    """
    found = []
    for setting in of(kind):
        if setting.name not in wanted:
            continue
        expected, seen = wanted[setting.name], observed[setting.name]
        if not differs(setting.name, expected, seen):
            continue
        reason = setting.left or ("" if near or not setting.local else ELSEWHERE)
        found.append(
            {
                "setting": setting.name,
                "expected": told(expected),
                "observed": told(seen),
                "outcome": "left" if reason else "reapplied",
                "reason": reason,
            }
        )
    return found


def changes(kind: Kind, names: list[str], wanted: Values) -> dict[str, Any]:
    """Give the arguments of the one call that brings these settings back; tags take their own."""
    arguments: dict[str, Any] = {}
    for setting in of(kind):
        if setting.name in names and setting.change:
            arguments |= setting.change(wanted[setting.name])
    return arguments


def told(value: Any) -> str:
    """Say a value in words; of tags the keys alone, as values may be anything."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Mapping):
        value = sorted(value)
    if isinstance(value, list):
        value = ", ".join(value)
    return str(value)[:LONGEST] or "none"
