"""Chains that disturb what the manifest opens: a bad version, a fail-over, a lost zone."""

from workflows.asl import Choice, Pass, Rule, State, chain
from workflows.recovery.frame import Component
from workflows.sdk import Catch

WATCH_SECONDS = 30
LOST = {"lost.$": "$.group.lost", "zone.$": "$.group.zone", "least_seen.$": "$.group.least_seen"}
OPERATION = {
    "StateMachineArn": "${Ec2OperationStateMachine}",
    "Input.$": "$.instances.request",
}


def bad_version(component: Component, record: State) -> State:
    """Give a bad version traffic, see that it is noticed, and roll it back as a promotion does."""
    serving = component.mark("The good version has all traffic", record, "t4", "t5", "t6")
    traffic = component.act(
        "Check the traffic",
        "does the good version answer",
        "scenario.check_traffic",
        component.applications(serving),
        "$.checked.traffic",
        told={"captured.$": "$.broken.captured"},
    )
    target = "$.drill.target.target"
    back = component.steps.task(
        component.named("Roll back"),
        "promotion.restore_alias",
        {
            "captured.$": "$.broken.captured",
            "released.$": "$.broken.released",
            "target.$": target,
        },
    )
    chain(back, traffic)
    declared = component.mark("The bad version is noticed", back, "t1", "t2", "t3")
    watch = component.steps.task(
        component.named("Look at health"),
        "promotion.check_health",
        {
            "health.$": "$.broken.health",
            "published.$": "$.broken.published",
            "target.$": target,
            "last": False,
        },
        result="$.health",
    )
    watch.catches.insert(
        0,
        Catch(error_equals=["Unhealthy"], next_step=declared, result_path="$.detected"),
    )
    unnoticed = component.steps.poll_until(
        component.named("is the bad version noticed"),
        watch,
        done="$.noticed",
        every_seconds=WATCH_SECONDS,
        budget_seconds=100 * WATCH_SECONDS,
        then=declared,
    )
    # A look that finds all well does not notice: only the catch of Unhealthy leads on.
    nobody = Pass(component.named("Nobody has noticed"), result=False, result_path="$.noticed")
    chain(nobody, unnoticed)
    failure = component.mark("The bad version has traffic", nobody, "t0")
    return component.act(
        "Give a bad version traffic",
        "has the bad version traffic",
        "scenario.break_function",
        failure,
        "$.broken",
        every_seconds=5,
    )


def database_failover(component: Component, record: State) -> State:
    """Fail a database over to its standby, and see the writer elsewhere at the same endpoint."""
    serving = component.mark("The database serves again", record, "t4", "t5", "t6")
    look = component.applications(serving)
    moved = component.act(
        "Check the fail-over",
        "has the writer moved",
        "scenario.check_fail_over",
        look,
        "$.checked.fail_over",
        every_seconds=5,
        told={"before.$": "$.failed.before"},
    )
    declared = component.mark("The fail-over has begun", moved, "t1", "t2", "t3")
    fail_over = component.act(
        "Fail over",
        "has the fail-over begun",
        "scenario.fail_over_database",
        declared,
        "$.failed",
        every_seconds=5,
    )
    return component.mark("The writer is about to fail", fail_over, "t0")


def zone_failure(component: Component, record: State) -> State:
    """Take a zone from a group, see it serve without, and see it serve there again."""
    returned = component.act(
        "Look at the zone",
        "does the zone serve again",
        "scenario.check_group",
        _kept("returned", component, record),
        "$.group",
        told={**LOST, "expect": "returned"},
    )
    back = component.steps.task(
        component.named("Give the zone back"),
        "scenario.restore_group",
        {"row.$": "$.taken.row", "now.$": "$$.State.EnteredTime"},
        result="$.back",
    )
    given = component.steps.poll_until(
        component.named("is the zone given back"),
        back,
        done="$.back.done",
        every_seconds=5,
        budget_seconds=600,
        then=returned,
    )
    return _lost(component, "Take a zone away", "scenario.take_zone_away", given)


def instance_replacement(component: Component, record: State) -> State:
    """Let a member of a group fail, or replace an instance that is in none."""
    which = Choice(component.named("Is it a group?"))
    which.add_choice(
        Rule.StringEquals("$.component.type", "auto_scaling_group"),
        _lost(component, "Let a member fail", "scenario.fail_member", record),
    )
    alone = Component(component.steps, f"{component.title} without a group")
    which.default_choice(_replaced(alone, record))
    return which


def _lost(component: Component, sentence: str, task: str, then: State) -> State:
    """Take members from a group, and wait until as many serve as before."""
    serving = component.mark("As many serve as before", then, "t4", "t5", "t6")
    look = component.applications(serving)
    recovered = component.act(
        "Look at the group",
        "does the group serve as before",
        "scenario.check_group",
        _kept("recovered", component, look),
        "$.group",
        every_seconds=10,
        told={**LOST, "expect": "recovered"},
    )
    declared = component.mark("Members are lost", recovered, "t1", "t2", "t3")
    take = component.act(
        sentence,
        "are members lost",
        task,
        _remembered(component, declared),
        "$.taken",
        every_seconds=5,
    )
    return component.mark("Members are about to be lost", take, "t0")


def _remembered(component: Component, then: State) -> State:
    """Let the looks at the group go on from what was taken."""
    remember = Pass(
        component.named("Remember what was taken"), input_path="$.taken", result_path="$.group"
    )
    return chain(remember, then)


def _kept(name: str, component: Component, then: State) -> State:
    """Keep what a look at the group found among the checks."""
    keep = Pass(
        component.named(f"Keep what is {name}"),
        input_path="$.group",
        result_path=f"$.checked.{name}",
    )
    return chain(keep, then)


def _replaced(component: Component, record: State) -> State:
    serving = component.mark("The replacement serves", record, "t4", "t5", "t6")
    check = component.check(
        "Check the replacement",
        "scenario.check_instances",
        component.applications(serving),
        told={"instance_ids.$": "$.instances.instance_ids", "expect": "replaced"},
    )
    replace = operate(component, "Replace the instance", check)
    given_up = component.mark("The instance is given up", replace, "t0", "t1", "t2", "t3")
    return component.once(
        "Choose an instance",
        "scenario.plan_instances",
        given_up,
        "$.instances",
        told={"action": "replace"},
    )


def operate(component: Component, sentence: str, then: State) -> State:
    """Run daytwo-ec2-operation on the chosen instances, and wait for its end."""
    run = component.steps.integrate(
        component.named(sentence),
        "states:startExecution.sync:2",
        OPERATION,
        result="$.operation",
        select={"status.$": "$.Status", "execution.$": "$.ExecutionArn"},
        timeout_seconds=6 * 3600,
    )
    return chain(run, then)
