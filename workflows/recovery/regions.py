"""The chain of a Region that fails: health turns, DNS answers with the other Region, and back."""

from workflows.asl import Pass, State, Wait, chain
from workflows.recovery.frame import Component


def region_failover(component: Component, record: State) -> State:
    """Turn the primary's health, wait for the secondary to serve, and fail back."""
    home = component.act(
        "Look where traffic returns to",
        "does the primary answer again",
        "scenario.check_routing",
        record,
        "$.checked.failing_back",
        every_seconds=10,
        told={"since.$": "$.back_at", "expect": "primary"},
    )
    turned_back = Pass(
        component.named("The primary is well again"),
        input_path="$$.State.EnteredTime",
        result_path="$.back_at",
    )
    chain(turned_back, home)
    back = component.steps.poll_until(
        component.named("is health turned back"),
        component.steps.task(
            component.named("Turn health back"),
            "scenario.turn_health_check_back",
            {"row.$": "$.turned.row", "now.$": "$$.State.EnteredTime"},
            result="$.turned_back",
        ),
        done="$.turned_back.done",
        every_seconds=10,
        budget_seconds=3600,
        then=turned_back,
    )
    served = component.mark("The secondary serves", back, "t6")
    look = component.applications(served)
    fresh = component.mark("The secondary's data is looked at", look, "t5")
    replica = component.check(
        "Look at the secondary's data",
        "scenario.check_replica",
        fresh,
        told={"failed_at.$": "$.times.t0", "row.$": "$.turned.row"},
    )
    # Resolvers keep the old answer for as long as its time to live.
    forgotten = Wait(
        component.named("Wait for the resolvers"),
        seconds_path="$.checked.failing_over.ttl_seconds",
    )
    chain(forgotten, replica)
    moved = component.mark("DNS answers with the secondary", forgotten, "t1", "t2", "t3", "t4")
    routing = component.act(
        "Look where traffic goes",
        "does the secondary answer",
        "scenario.check_routing",
        moved,
        "$.checked.failing_over",
        every_seconds=10,
        told={"since.$": "$.times.t0", "expect": "secondary"},
    )
    failure = component.mark("The primary fails", routing, "t0")
    return component.act(
        "Turn the primary's health",
        "is the primary's health turned",
        "scenario.turn_health_check",
        failure,
        "$.turned",
        every_seconds=10,
    )
