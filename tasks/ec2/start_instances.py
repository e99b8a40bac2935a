"""Start the instances of a batch, as another type where there is no capacity for their own."""

from collections.abc import Callable
from typing import Any

from tasks import stacks
from tasks.errors import Throttled, Unavailable
from tasks.fleets import fleet, instances, transitions
from tasks.fleets.each import act_on_each
from tasks.fleets.fleet import Failure
from tasks.fleets.instances import INSTANCE_ARN, SHORTAGES, Outcome
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:StartInstances": INSTANCE_ARN,
    "ec2:ModifyInstanceAttribute": INSTANCE_ARN,
    "ec2:DescribeInstances": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 300


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    # EC2 answers with status 500 where capacity is short; to ask at once again is of no use.
    ec2 = client("ec2", operation["target"], attempts=1)
    work = start(request["instances"], request["work"], operation, request["retry_count"], ec2)
    return {"work": work}


def start(
    batch: list[dict[str, Any]],
    work: dict[str, Any],
    operation: dict[str, Any],
    retry_count: int,
    ec2: Any,
) -> dict[str, Any]:
    """Start whoever is pending.

    Where capacity for an instance's type is short, as many start as fit, and the others as
    the first of the fallback types that there is capacity for. Who does not start at all has
    its own type back. A resize starts nobody who was stopped before. Raises Throttled or
    Unavailable.
    """
    if operation["action"] == "resize":
        work = fleet.reach(work, [one["instance_id"] for one in batch if one["state"] == "stopped"])
    starting = Starting(batch, operation, ec2)
    again = transitions.again(work, retry_count)
    if operation["options"]["fallback_types"]:
        return starting.with_fallbacks(work, again)
    return transitions.act(work, transitions.START, starting.call, ec2, again, starting.changed)


class Starting:
    """One attempt to start instances, which knows the type of each."""

    def __init__(self, batch: list[dict[str, Any]], operation: dict[str, Any], ec2: Any) -> None:
        self.ec2 = ec2
        self.before = {one["instance_id"]: one["type"] for one in batch}
        # Any other action than start has stopped them itself, and puts them back itself.
        self.changed = operation["action"] != "start"
        options = operation["options"]
        self.now = {one: options.get("instance_type", kind) for one, kind in self.before.items()}
        self.types = list(dict.fromkeys([*self.now.values(), *options["fallback_types"]]))

    def call(self, ids: list[str]) -> None:
        """Ask EC2 to start instances."""
        self.ec2.start_instances(InstanceIds=ids)

    def with_fallbacks(self, work: dict[str, Any], again: bool) -> dict[str, Any]:
        """Start type by type: whoever does not fit is tried as the next one."""
        seen = self.look(work["pending"]) if again else Outcome()
        done = transitions.settle(work, seen, self.changed)
        for at, kind in enumerate(self.types):
            waiting = transitions.without(done["pending"], seen.left)
            ready = [one for one in waiting if self.now[one] == kind]
            try:
                done = self.one_type(done, ready, self.types[at + 1 :])
            except (Throttled, Unavailable):
                # What is lost here is found again by the look with which the next try begins.
                if done == work:
                    raise
                break
        return done

    def look(self, ids: list[str]) -> Outcome:
        """See who needs no call, and which type each was given by an earlier try."""
        found = instances.describe(ids, self.ec2)
        for one, entry in found.items():
            if entry["InstanceType"] in self.types:
                self.now[one] = entry["InstanceType"]
        states = {one: transitions.state_of(found.get(one)) for one in ids}
        return transitions.sorted_by_state(states, transitions.START)

    def one_type(
        self, work: dict[str, Any], ready: list[str], next_types: list[str]
    ) -> dict[str, Any]:
        """Start instances of one type, and make those that do not fit the next one."""
        outcome = instances.act_on(ready, self.call, self.look, transitions.hopeless(work))
        short = [one for one, (error, _) in outcome.refused.items() if error in SHORTAGES]
        for kind in next_types:
            changing = act_on_each(short, self.becoming(kind))
            self.now.update(dict.fromkeys(changing.accepted, kind))
            short = list(changing.refused)
            for one in (*changing.accepted, *changing.left):
                del outcome.refused[one]
        return self.give_up(fleet.accept(work, outcome.accepted), outcome.refused)

    def give_up(self, work: dict[str, Any], refused: dict[str, Failure]) -> dict[str, Any]:
        """Fail who could not be started, once each has its own type back."""
        outcome = Outcome(refused=dict(refused))
        if self.changed:
            return transitions.settle(work, outcome, changed=True)
        other = [one for one in refused if self.now[one] != self.before[one]]
        restored = act_on_each(other, lambda one: self.become(one, self.before[one]))
        for one in restored.left:
            del outcome.refused[one]
        for one, (_, why) in restored.refused.items():
            error, reason = refused[one]
            said = f"{reason} It is {self.now[one]} now and was {self.before[one]}: {why}"
            work = fleet.fail(work, {one: (error, said)}, changed=True)
        return transitions.settle(work, outcome, changed=False)

    def becoming(self, kind: str) -> Callable[[str], None]:
        """Give the call that makes an instance another type."""
        return lambda one: self.become(one, kind)

    def become(self, one: str, kind: str) -> None:
        """Ask EC2 to make a stopped instance another type."""
        self.ec2.modify_instance_attribute(InstanceId=one, InstanceType={"Value": kind})
