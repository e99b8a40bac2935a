"""daytwo-dr-simulation: play all scenarios of a system in order, with people, and report on it."""

from typing import Any

from workflows import nested, restore_drill
from workflows.asl import Choice, Fail, Pass, Rule, State, Steps, Succeed, Wait, chain, write
from workflows.beginnings import validated
from workflows.ends import tell

INPUT = "workflows/dr_simulation"
BY_MANIFEST = True
# Eight drills, a day of announcement, and twice the 60 days that a sign-off may take.
TIMEOUT_SECONDS = 8 * restore_drill.TIMEOUT_SECONDS + 122 * 24 * 3600
DRILL_MARGIN_SECONDS = 3600

PERMISSIONS = {
    **nested.permissions("restore_drill"),
    "sns:Publish": "${NotificationTopic}",
    "events:PutEvents": (
        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"
    ),
}
NOW = {"now.$": "$$.State.EnteredTime"}
SIGN_OFF = {
    "execution.$": "States.Format('{}#{}', $.plan.simulation.execution.id, $.team.name)",
}


def definition() -> dict[str, Any]:
    """Write the state machine in the states language."""
    refused = Steps(_refused())
    results = _results()
    steps = Steps(results)
    play = steps.each(
        "Play the scenarios",
        "$.plan.scenarios",
        {"scenario.$": "$$.Map.Item.Value", "plan.$": "$.plan"},
        _scenario(),
        result="$.played",
        at_once=1,
    )
    wait = Wait("Wait as announced", seconds_path="$.plan.announce_seconds")
    announce = tell(
        wait,
        "the simulation",
        "DR Simulation Announced",
        "$.plan.announcement",
        _detail(**{"seconds.$": "$.plan.announce_seconds"}),
    )
    begin: list[State] = [
        Pass("Nothing is played yet", result=[], result_path="$.played"),
        Pass("Nothing is untold yet", result={}, result_path="$.telling"),
        Pass("Nothing has failed", result={}, result_path="$.failure"),
        Pass(
            "When it is announced",
            input_path="$$.State.EnteredTime",
            result_path="$.announced_at",
        ),
    ]
    chain(*begin, announce)
    chain(wait, play, results)
    plan = refused.task(
        "Plan the simulation",
        "simulation.plan_simulation",
        {"request.$": "$.request", "execution.$": "$.execution", **NOW},
        "$.plan",
    )
    chain(plan, begin[0])
    return write(validated(refused, "dr_simulation", plan), __doc__ or "", TIMEOUT_SECONDS)


def _scenario() -> State:
    """Announce a scenario, look both ways, and run its drill; no scenario stops the others."""
    end = Pass(
        "The scenario is over",
        parameters={"scenario.$": "$.scenario.name", "failure.$": "$.failure"},
    )
    steps = Steps(end)
    drill = steps.integrate(
        "Run the drill",
        "states:startExecution.sync:2",
        {
            "StateMachineArn": "${RestoreDrillStateMachine}",
            "Name.$": "$.scenario.drill",
            "Input.$": "$.scenario.request",
        },
        timeout_seconds=restore_drill.TIMEOUT_SECONDS + DRILL_MARGIN_SECONDS,
    )
    chain(drill, end)
    unsafe = tell(
        end,
        "it is not safe",
        "DR Simulation Scenario Not Started",
        "States.Format('{} of the simulation {} is not started. {}', $.scenario.name, "
        "$.plan.simulation.id, $.look.words)",
        _detail(**{"scenario.$": "$.scenario.name", "cause.$": "$.look.words"}),
    )
    safe = Choice("Is it safe?")
    safe.add_choice(Rule.BooleanEquals("$.look.safe", True), drill)
    safe.default_choice(unsafe)
    look = steps.task(
        "Look both ways",
        "simulation.look_both_ways",
        {
            "plan.$": "$.plan",
            "scenario.$": "$.scenario.name",
            "announced_at.$": "$.announced_at",
            "untold.$": "$.telling",
            **NOW,
        },
        "$.look",
    )
    chain(look, safe)
    announce = tell(
        look,
        "the scenario",
        "DR Simulation Scenario Announced",
        "$.scenario.words",
        _detail(**{"scenario.$": "$.scenario.name", "drill.$": "$.scenario.drill"}),
    )
    begin = Pass(
        "Begin with the scenario",
        parameters={
            "scenario.$": "$.scenario",
            "plan.$": "$.plan",
            "failure": {},
            "telling": {},
            "announced_at.$": "$$.State.EnteredTime",
        },
    )
    return chain(begin, announce)


def _results() -> State:
    """Write the results down, let the teams sign them, report on all of it, and end."""
    unreported = _unreported()
    steps = Steps(unreported, "$.broken")
    reported = Choice("How did it end?")
    final = steps.task(
        "Write the report",
        "simulation.report_simulation",
        {**_told(), "results.$": "$.results"},
        "$.report",
    )
    signing = Steps(final)
    sign = signing.each(
        "Let the teams sign",
        "$.plan.teams",
        {"team.$": "$$.Map.Item.Value", "plan.$": "$.plan", "results.$": "$.results"},
        _signed(),
    )
    written = steps.task("Write the results", "simulation.report_simulation", _told(), "$.results")
    chain(written, sign, final, reported)
    passed = _ended("it passed", "DR Simulation Passed", Succeed("Succeeded"))
    reported.add_choice(Rule.StringEquals("$.report.end", "Succeeded"), passed)
    reported.default_choice(_ended("it failed", "DR Simulation Failed", _failed()))
    return written


def _told() -> dict[str, str]:
    return {
        "plan.$": "$.plan",
        "announced_at.$": "$.announced_at",
        "untold.$": "$.telling",
        "failure.$": "$.failure",
        "played.$": "$.played",
        **NOW,
    }


def _signed() -> State:
    """Ask a team; what is overdue is told, and asked once more for as long again."""
    end = Pass("The team was asked", result={})
    closing = Steps(end)
    void = closing.task(
        "Void the sign-off", "approval.close_approval", {**SIGN_OFF, "status": "void"}
    )
    missing = closing.task(
        "Close the sign-off that is missing",
        "approval.close_approval",
        {**SIGN_OFF, "status": "expired"},
    )
    chain(void, end)
    chain(missing, end)
    again = _asked("Wait for what is overdue", True, missing, void)
    overdue = tell(
        again,
        "it is overdue",
        "DR Simulation Sign-off Overdue",
        "States.Format('The sign-off of {} under the simulation {} is overdue. daytwo approvals "
        "lists what waits; what is missing in the end is reported.', $.team.name, "
        "$.plan.simulation.id)",
        _detail(**{"team.$": "$.team.name"}),
    )
    ask = _asked("Wait for the sign-off", False, overdue, void)
    chain(ask, end)
    chain(again, end)
    return ask


def _asked(name: str, overdue: bool, late: State, otherwise: State) -> State:
    return Steps(otherwise).callback(
        name,
        "simulation.request_sign_off",
        {
            "plan.$": "$.plan",
            "team.$": "$.team",
            "results.$": "$.results",
            "overdue": overdue,
            **NOW,
        },
        result="$.signed",
        timeout_path="$.plan.sign_off_seconds",
        on_timeout=late,
    )


def _ended(name: str, kind: str, end: State) -> State:
    """Tell how the simulation ended, then go to `end`."""
    details = _detail(**{"verdict.$": "$.report.verdict", "report.$": "$.report.report_key"})
    return tell(end, name, kind, "$.report.words", details)


def _failed(name: str = "SimulationFailed") -> State:
    return Fail(name, error="SimulationFailed", cause_path="$.report.words")


def _unreported() -> State:
    """Tell a person that there is no report: nothing is green that is not on record."""
    words = Pass(
        "What is known without a report",
        parameters={
            "words.$": (
                "States.Format('A person must look, there is no report of the simulation {}: {}: "
                "{}', $.plan.simulation.id, $.broken.Error, $.broken.Cause)"
            )
        },
        result_path="$.report",
    )
    page = tell(
        _failed("SimulationFailed, without a report"),
        "there is no report",
        "DR Simulation Needs A Person",
        "$.report.words",
        _detail(**{"cause.$": "$.report.words"}),
    )
    return chain(words, page)


def _refused() -> State:
    """Tell why it was refused, and end as FailedClean: nothing was begun."""
    end = Fail("FailedClean", error="FailedClean", cause_path="$.explained.cause")
    plain = Pass(
        "What can be said without help",
        parameters={"cause.$": "$.failure.Cause"},
        result_path="$.explained",
    )
    explain = Steps(plain, "$.unexplained").task(
        "Explain the failure",
        "promotion.explain_failure",
        {"error.$": "$.failure.Error", "cause.$": "$.failure.Cause", "state": ""},
        result="$.explained",
    )
    telling = tell(
        end,
        "it is refused",
        "DR Simulation Refused",
        "States.Format('The simulation of {} did not begin. {} (execution {})', "
        "$.request.system, $.explained.cause, $.execution.name)",
        {
            "simulation.$": "$.execution.name",
            "system.$": "$.request.system",
            "cause.$": "$.explained.cause",
            "execution.$": "$.execution.id",
        },
    )
    known = Choice("Is it known what was asked?")
    known.add_choice(Rule.IsPresent("$.request.system", True), telling)
    known.default_choice(end)
    chain(plain, known)
    return chain(explain, known)


def _detail(**more: str) -> dict[str, Any]:
    """Describe a simulation in an event, from its document."""
    return {
        "simulation.$": "$.plan.simulation.id",
        "system.$": "$.plan.simulation.system",
        "requested_by.$": "$.plan.simulation.requested_by",
        "execution.$": "$.plan.simulation.execution.id",
        **more,
    }
