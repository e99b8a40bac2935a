"""Which instances an operation may act on, by what they show themselves; no AWS."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from tasks.fleets.selection import ALIVE, PROTECTED_TAG, Row

ACT, ALREADY, REFUSED = "act", "already", "refused"


class Verdict(NamedTuple):
    """What is done with an instance, and why not where it is not acted on."""

    verdict: str
    reason: str = ""


GO = Verdict(ACT)

# The states that each action can begin from.
BEGINS: dict[str, tuple[str, ...]] = {
    "start": ("stopping", "stopped"),
    "stop": ("pending", "running"),
    "hibernate": ("running",),
    "reboot": ("running",),
    "resize": ("running", "stopped"),
    "replace": ("running",),
    "snapshot": ("running", "stopping", "stopped"),
    "patch": ("running",),
    "terminate": ALIVE,
    "enforce_imdsv2": ALIVE,
    "isolate": ALIVE,
    "release_isolation": ALIVE,
}
# The states that are an action's goal, or the way to it.
THERE: dict[str, tuple[str, ...]] = {
    "start": ("pending", "running"),
    "stop": ("stopping", "stopped"),
    "hibernate": ("stopping", "stopped"),
    "terminate": ("shutting-down", "terminated"),
}
# Actions that members of an Auto Scaling group bear where they serve; isolation puts them on
# standby by itself.
IN_THE_GROUP = frozenset({"snapshot", "enforce_imdsv2", "isolate", "release_isolation"})
# What is done to an isolated instance without touching the evidence or the quarantine.
IN_QUARANTINE = frozenset({"snapshot", "isolate", "release_isolation"})
STOPPING = frozenset({"stop", "hibernate", "resize"})

Options = Mapping[str, Any]


def judge(
    row: Row,
    action: str,
    options: Options,
    *,
    isolated: Collection[str] = (),
    whole_group: bool = False,
    was: str = "",
) -> Verdict:
    """Give the verdict on one instance; the first guard that objects is the one that is told.

    `isolated` are the ids of instances in quarantine; `whole_group` says that an Auto Scaling
    group is replaced by its own instance refresh; `was` is the state that an instance had when
    the operation was first planned, where it is resumed.
    """
    if there(row, action, options, was):
        return Verdict(ALREADY, f"it is {told_state(row, action)}")
    objection = (
        _state(row, action)
        or _protected(row, action)
        or _quarantine(row, action, isolated)
        or ("" if whole_group else _group(row, action, options))
        or _root(row, action)
        or _spot(row, action)
        or _host(row, action)
        or _hibernation(row, action)
    )
    return Verdict(REFUSED, objection) if objection else GO


def there(row: Row, action: str, options: Options, was: str = "") -> bool:
    """Tell whether an instance is already where the action would bring it.

    One whose resizing was cut off is so only when it also runs again, if it `was` running.
    """
    if action == "resize":
        return row.type == options["instance_type"] and row.state in ((was,) if was else ALIVE)
    if action == "enforce_imdsv2":
        return row.tokens == "required" and row.hop_limit == options["hop_limit"]
    return row.state in THERE.get(action, ())


def told_state(row: Row, action: str) -> str:
    """Say what makes an instance one that is already there."""
    if action == "resize":
        return f"{row.type} already"
    if action == "enforce_imdsv2":
        return f"asking for tokens already, with a hop limit of {row.hop_limit}"
    return f"{row.state} already"


def _state(row: Row, action: str) -> str:
    if not row.state:
        return f"there is no instance {row.instance_id} in this account and Region"
    if row.state in BEGINS[action]:
        return ""
    if row.state not in ALIVE:
        return f"it is {row.state}"
    wanted = " or ".join(BEGINS[action])
    return f"it is {row.state}, and {action} begins with {wanted} instances"


def _protected(row: Row, action: str) -> str:
    if not row.protected or action == "snapshot":
        return ""
    return f"it has the tag {PROTECTED_TAG}; remove the tag to operate it"


def _quarantine(row: Row, action: str, isolated: Collection[str]) -> str:
    if action == "release_isolation":
        return "" if row.instance_id in isolated else "it is not isolated"
    if row.instance_id not in isolated or action in IN_QUARANTINE:
        return ""
    return "it is isolated, and its evidence would be lost; release it first"


def _group(row: Row, action: str, options: Options) -> str:
    if not row.group or action in IN_THE_GROUP:
        return ""
    member = f"it is a member of the Auto Scaling group {row.group}"
    if action == "replace":
        return f"{member}; replace the whole group by instance refresh (--asg {row.group})"
    if action == "terminate":
        return f"{member}, which would launch another; lower the group's capacity or detach it"
    if options["standby"]:
        return ""
    return f"{member}; options.standby (--standby) puts it on standby meanwhile"


def _root(row: Row, action: str) -> str:
    if row.root_kind == "ebs":
        return ""
    if action in {"start", *STOPPING}:
        return "its root volume is an instance store, which cannot be stopped and started"
    if action in {"snapshot", "patch"}:
        return "its root volume is an instance store, of which there are no snapshots"
    return ""


def _spot(row: Row, action: str) -> str:
    if not row.spot or action not in {"hibernate", "resize", "replace"}:
        return ""
    return f"it is a spot instance, and EC2 takes no {action} of those by users"


def _host(row: Row, action: str) -> str:
    if row.tenancy != "host" or action not in {"resize", "replace"}:
        return ""
    return f"it runs on a dedicated host, where another may have no place; {action} it by hand"


def _hibernation(row: Row, action: str) -> str:
    if action != "hibernate" or row.hibernates:
        return ""
    return "it was launched without hibernation, which cannot be added later"
