"""Let a bad version of a function take a share of its traffic, as a release gone wrong would."""

import base64
from collections.abc import Mapping
from typing import Any

from tasks import alarms, aliases
from tasks.drills import bad_versions, health, ledger, standing
from tasks.errors import DrillRefused
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    **bad_versions.READS,
    **dict.fromkeys(
        (
            "lambda:UpdateFunctionConfiguration",
            "lambda:PublishVersion",
            "lambda:UpdateAlias",
        ),
        aliases.FUNCTION_ARN,
    ),
}
ERRORS = aliases.ERRORS


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    target = drill["target"]["target"]
    lambda_ = client("lambda", target)
    function = opened(component)
    watched = health.of_component(health.of(drill, context), component["name"])
    check_watched(function, watched)
    row = ledger.plan(
        drill["id"],
        "broken_version",
        function,
        component=component["name"],
        target=target,
        now=request["now"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
        detail=before(function, component["target_config"]["alias"], drill, lambda_),
    )
    if row["planned_at"] == request["now"]:
        check_green(watched, client("cloudwatch", target))
    return break_(component, drill, row["detail"], watched, lambda_)


def opened(component: Mapping[str, Any]) -> str:
    """Give the function that the manifest opens; raises DrillRefused for any other."""
    function = component["resource"]
    if function != component["target_config"]["function"]:
        raise DrillRefused(
            f"{function} is not the target environment's function of {component['name']}, which "
            f"is {component['target_config']['function']}: it was left as it is"
        )
    return str(function)


def before(function: str, alias: str, drill: Mapping[str, Any], lambda_: Any) -> dict[str, Any]:
    """Read what a function is before it is disturbed."""
    found = aliases.read(function, alias, lambda_)
    latest = bad_versions.latest(function, lambda_)
    return {
        "alias": alias,
        "version": found.routing.version,
        "weights": found.routing.weights,
        "revision_id": found.revision_id,
        "handler": latest.get("Handler", ""),
        "runtime": latest.get("Runtime", ""),
        "broken_handler": bad_versions.handler_of(drill["prefix"]),
    }


def check_watched(function: str, watched: health.Health) -> None:
    """Raise DrillRefused where nothing would notice that the function is bad."""
    if not watched["alarms"] and not watched["checks"]:
        raise DrillRefused(
            f"The target environment has no alarm, and no health check of {function}: nobody "
            "would notice a bad version. Add one of them to the system's manifest."
        )


def check_green(watched: health.Health, cloudwatch: Any) -> None:
    """Raise DrillRefused where an alarm is red before anything is broken."""
    found = alarms.read((entry["name"] for entry in watched["alarms"]), cloudwatch)
    red = [str(alarm) for alarm in found.values() if alarm.state == "ALARM"]
    if red:
        raise DrillRefused(
            f"Red before anything was broken: {'; '.join(red)}. Nobody could tell whether the bad "
            "version is noticed. Clear it, and start the drill again."
        )


def break_(
    component: Mapping[str, Any],
    drill: Mapping[str, Any],
    was: Mapping[str, Any],
    watched: health.Health,
    lambda_: Any,
) -> dict[str, Any]:
    """Take the next step to a bad version with traffic; done when it has its share.

    $LATEST gets a handler that does not exist, is published, and gets its own one back at
    once: the code stays the same, and only the new version is bad. `was` is what the ledger
    holds from before. Raises DrillRefused before anything is changed, AliasMoved where
    somebody else moves the alias.
    """
    check_breakable(component["resource"], was)
    function = component["resource"]
    latest = bad_versions.latest(function, lambda_)
    if not bad_versions.settled(latest):
        return told(False, "Lambda works on the function")
    made = bad_versions.find(function, was["broken_handler"], lambda_)
    if not made:
        if latest["Handler"] != was["broken_handler"]:
            bad_versions.set_handler(latest, was["broken_handler"], lambda_)
            return told(False, "the handler is taken away")
        with raising(ERRORS, function):
            made = [
                lambda_.publish_version(
                    FunctionName=function,
                    CodeSha256=latest["CodeSha256"],
                    Description=f"broken on purpose by drill {drill['id']}",
                )
            ]
    if latest["Handler"] == was["broken_handler"]:
        bad_versions.set_handler(latest, was["handler"], lambda_)
        return told(False, f"version {made[0]['Version']} is bad, and $LATEST is as it was")
    if not bad_versions.settled(made[0]):
        return told(False, f"Lambda works on version {made[0]['Version']}")
    shift(function, was, made[0]["Version"], component["options"]["canary_percent"], lambda_)
    share = f"{component['options']['canary_percent']} % of the traffic"
    state = f"version {made[0]['Version']} is bad and has {share}"
    return {**told(True, state), **handed_on(component, was, watched, made[0])}


def check_breakable(function: str, was: Mapping[str, Any]) -> None:
    """Raise DrillRefused where a bad version could not be made, or not be taken back."""
    if was["weights"] or was["version"] == "$LATEST":
        now = aliases.Routing(was["version"], was["weights"])
        raise DrillRefused(
            f"Alias {was['alias']} of {function} is at {now}, which is no single published "
            "version to go back to: a deployment is under way. Start the drill when it has ended."
        )
    if not was["handler"] or was["runtime"].startswith("provided"):
        raise DrillRefused(
            f"{function} is an image or has a runtime of its own, which asks for no handler: the "
            "drill could not break it. Leave it out of the scenario's components."
        )


def shift(function: str, was: Mapping[str, Any], bad: str, percent: float, lambda_: Any) -> None:
    """Give the bad version its share, from where the alias was before."""
    found = aliases.read(function, was["alias"], lambda_)
    wanted = aliases.split(was["version"], bad, percent)
    if found.routing not in (wanted, aliases.Routing(was["version"], {})):
        raise aliases.moved(function, was["alias"], f"version {was['version']}", found)
    aliases.move(function, was["alias"], found, wanted, lambda_)


def handed_on(
    component: Mapping[str, Any],
    was: Mapping[str, Any],
    watched: health.Health,
    bad: Mapping[str, Any],
) -> dict[str, Any]:
    """Say what a promotion that fails knows of itself: what was there, and what it released."""
    function, alias = component["resource"], was["alias"]
    return {
        "health": watched,
        "published": [{"function": function, "version": bad["Version"]}],
        "captured": {
            "function": function,
            "alias": alias,
            "version": was["version"],
            "weights": {},
            "revision_id": was["revision_id"],
        },
        "released": [
            {
                "component": component["name"],
                "function": function,
                "alias": alias,
                "key": "",
                "sha256": base64.b64decode(bad["CodeSha256"]).hex(),
            }
        ],
    }


def told(done: bool, state: str) -> dict[str, Any]:
    """Answer how far it is."""
    nothing: health.Health = {"alarms": [], "checks": []}
    empty: dict[str, Any] = {"health": nothing, "published": [], "captured": {}, "released": []}
    return {"done": done, "state": state, **empty}
