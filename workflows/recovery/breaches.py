"""Chains of a security breach: sessions are revoked, instances are cut off."""

from workflows.asl import State
from workflows.recovery.failures import operate
from workflows.recovery.frame import Component


def sessions(component: Component, record: State) -> State:
    """Refuse every session that a role has given out, and let IAM say that they are refused."""
    contained = component.mark("Older sessions are refused", record, "t4", "t5", "t6")
    check = component.check(
        "Check the sessions",
        "scenario.check_sessions",
        component.applications(contained),
        told={"revoked_before.$": "$.revoked.revoked_before"},
    )
    revoke = component.act(
        "Revoke the sessions",
        "are the sessions revoked",
        "scenario.revoke_sessions",
        check,
        "$.revoked",
        every_seconds=5,
    )
    return component.mark("The breach is found", revoke, "t0", "t1", "t2", "t3")


def isolation(component: Component, record: State) -> State:
    """Cut instances off from everything, by the operation that does so in earnest."""
    contained = component.mark("The instances are cut off", record, "t4", "t5", "t6")
    check = component.check(
        "Check the isolation",
        "scenario.check_instances",
        component.applications(contained),
        told={"instance_ids.$": "$.instances.instance_ids", "expect": "isolated"},
    )
    isolate = operate(component, "Isolate the instances", check)
    choose = component.once(
        "Choose the instances",
        "scenario.plan_instances",
        isolate,
        "$.instances",
        told={"action": "isolate"},
    )
    return component.mark("The breach is found", choose, "t0", "t1", "t2", "t3")
