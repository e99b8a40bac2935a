"""Which options belong to which action; nothing here calls AWS."""

from collections.abc import Mapping
from typing import Any

from schemas.validation import check
from tasks.errors import InvalidInput

SERVICE = frozenset({"drain", "drain_seconds", "standby"})
COMING_BACK = SERVICE | {"status_checks", "emergency"}
# Those that every action takes are not named.
USED: dict[str, frozenset[str]] = {
    "start": SERVICE | {"status_checks", "fallback_types"},
    "stop": SERVICE | {"force", "accept_data_loss", "emergency"},
    "hibernate": SERVICE | {"accept_data_loss", "emergency"},
    "reboot": COMING_BACK,
    "resize": COMING_BACK | {"instance_type", "fallback_types", "accept_data_loss"},
    "replace": COMING_BACK
    | {"fallback_types", "fallback_subnets", "image_id", "launch_template", "accept_data_loss"},
    "snapshot": frozenset({"exclude_root_volume"}),
    "patch": COMING_BACK | {"patch_operation", "patch_seconds"},
    "terminate": frozenset({"drain", "drain_seconds", "emergency"}),
    "enforce_imdsv2": frozenset({"hop_limit"}),
    "isolate": frozenset({"drain_seconds", "quarantine_security_group", "emergency"}),
    "release_isolation": frozenset({"drain_seconds"}),
}
BY_EVERY_ACTION = frozenset({"verify_seconds"})


def refuse_wrong(request: Mapping[str, Any]) -> None:
    """Raise InvalidInput where a request's options and targets do not fit its action."""
    action, options = request["action"], request["options"]
    defaults = check({}, "ec2", "options")
    unused = sorted(
        name
        for name, value in options.items()
        if value != defaults.get(name) and name not in USED[action] | BY_EVERY_ACTION
    )
    if unused:
        takers = {name: sorted(one for one in USED if name in USED[one]) for name in unused}
        raise InvalidInput(
            f"{action} takes no "
            + ", no ".join(
                f"options.{name}, which is for {', '.join(takers[name])}" for name in unused
            )
            + ". Remove it, or correct the action."
        )
    if action == "resize" and "instance_type" not in options:
        raise InvalidInput("resize needs options.instance_type, the type to change to.")
    if options["emergency"] and not request["reason"].strip():
        raise InvalidInput("options.emergency needs a reason: say in `reason` what cannot wait.")
    if action == "terminate" and "instance_ids" not in request["targets"]:
        raise InvalidInput(
            "terminate takes targets.instance_ids only, so that those who approve it see the very "
            "ids. `daytwo ec2 plan stop` with the same targets lists them."
        )
