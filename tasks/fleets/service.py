"""Where instances serve, target groups and Auto Scaling groups, and bringing them out and in."""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.errors import AwsCallFailed, TaskError
from tasks.fleets.fleet import Failure
from tasks.fleets.instances import Outcome, act_on, told
from tasks.runtime import raising

ERRORS: dict[str, type[TaskError]] = {}
TARGET_GROUP_ARN = (
    "arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:targetgroup/*"
)
AUTO_SCALING_GROUP_ARN = (
    "arn:${AWS::Partition}:autoscaling:${AWS::Region}:${AWS::AccountId}"
    ":autoScalingGroup:*:autoScalingGroupName/*"
)
GONE = "TargetGroupNotFound"
# Amazon EC2 Auto Scaling API Reference, "EnterStandby" and "DescribeAutoScalingInstances".
IDS_PER_STANDBY = 20
IDS_PER_LOOK = 50

Target = tuple[str, int]
# What DescribeTargetHealth says, by target group, then by instance id and port.
Health = dict[str, dict[Target, dict[str, str]]]


@dataclass(frozen=True)
class Place:
    """Where one instance serves: target groups with ports, and its Auto Scaling group."""

    target_groups: tuple[Target, ...] = ()
    group: str = ""

    def __bool__(self) -> bool:
        return bool(self.target_groups or self.group)


@dataclass
class Result:
    """What became of several calls for the same instances: the worst counts for each."""

    refused: dict[str, Failure] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)

    def add(self, outcome: Outcome) -> None:
        """Add what one more call has brought."""
        self.refused = {**outcome.refused, **self.refused}
        self.left |= set(outcome.left)

    def accepted(self, ids: Iterable[str]) -> list[str]:
        """Give those of these ids for whom every call was accepted."""
        return [one for one in ids if one not in self.refused and one not in self.left]


def place(planned: Mapping[str, Any], operation: Mapping[str, Any]) -> Place:
    """Say where an instance served that an operation takes out of service, and puts back.

    Who is isolated leaves its group and its load balancers whatever the options say. Who did
    not run when the operation was planned served nowhere, though it may be registered.
    """
    options, action = operation["options"], operation["action"]
    isolating = action in ("isolate", "release_isolation")
    if planned["state"] != "running" and not (isolating or action == "start"):
        return Place()
    targets = [(one["arn"], one["port"]) for one in planned["target_groups"]]
    return Place(
        tuple(targets) if options["drain"] or isolating or action == "start" else (),
        planned["auto_scaling_group"] if options["standby"] or isolating else "",
    )


def health(places: Iterable[Place], elbv2: Any) -> Health:
    """Give the health of everything in the target groups of these places.

    One call for each group; one that was deleted is left out. No target is named, as ELB
    refuses the whole call for one that EC2 does not know.
    """
    found: Health = {}
    for arn in dict.fromkeys(arn for one in places for arn, _ in one.target_groups):
        try:
            with raising(ERRORS, arn):
                reply = elbv2.describe_target_health(TargetGroupArn=arn)
        except AwsCallFailed as error:
            if _code(error) != GONE:
                raise
            continue
        found[arn] = {
            (one["Target"]["Id"], int(one["Target"]["Port"])): one["TargetHealth"]
            for one in reply["TargetHealthDescriptions"]
            if one["TargetHealth"].get("Reason") != "Target.NotRegistered"
        }
    return found


def lifecycles(places: Mapping[str, Place], autoscaling: Any) -> dict[str, str]:
    """Give the lifecycle state, such as InService, of those in an Auto Scaling group."""
    members = [one for one, place in places.items() if place.group]
    found: dict[str, str] = {}
    for some in _chunks(members, IDS_PER_LOOK):
        with raising(ERRORS, "members of Auto Scaling groups"):
            reply = autoscaling.describe_auto_scaling_instances(InstanceIds=some)
        found.update(
            (one["InstanceId"], one["LifecycleState"]) for one in reply["AutoScalingInstances"]
        )
    return found


def with_targets(
    places: Mapping[str, Place], call: Callable[[str, list[dict[str, Any]]], Any]
) -> Result:
    """Call once for each target group, with all of the instances that have a place in it.

    A group that was deleted asks for nothing.
    """
    result = Result()
    for arn in dict.fromkeys(arn for one in places.values() for arn, _ in one.target_groups):
        ports = {
            one: [port for group, port in place.target_groups if group == arn]
            for one, place in places.items()
        }

        def call_for(ids: list[str], arn: str = arn, ports: dict[str, Any] = ports) -> None:
            call(arn, [{"Id": one, "Port": port} for one in ids for port in ports[one]])

        outcome = act_on([one for one in places if ports[one]], call_for)
        gone = {one for one, failure in outcome.refused.items() if failure[0] == GONE}
        outcome.refused = {one: why for one, why in outcome.refused.items() if one not in gone}
        result.add(outcome)
    return result


def with_members(
    places: Mapping[str, Place], ids: Iterable[str], call: Callable[[str, list[str]], Any]
) -> Result:
    """Call for these members of Auto Scaling groups, at most 20 at a time."""
    result = Result()
    members = list(ids)
    for group in dict.fromkeys(places[one].group for one in members):
        own = [one for one in members if places[one].group == group]
        for some in _chunks(own, IDS_PER_STANDBY):
            result.add(act_on(some, functools.partial(call, group)))
    return result


def _chunks(ids: list[str], size: int) -> list[list[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _code(error: TaskError) -> str:
    refusal = told(error)
    return refusal[0] if refusal else ""
