"""daytwo-ec2-schedule: start and stop instances as their schedules say, and tell where not.

Each minute asks one item of the state table whether a look is due, and mostly ends there.
"""

from typing import Any

from workflows import nested
from workflows.asl import Choice, Fail, Pass, Rule, State, Steps, Succeed, chain, write
from workflows.ends import tell
from workflows.triggers import Schedule

INPUT = "workflows/ec2_schedule"
# As long as an operation may take, for a tier after the other.
OPERATION_SECONDS = 8 * 3600
TIMEOUT_SECONDS = 3 * OPERATION_SECONDS

SCHEDULES = [Schedule("EachMinute", "cron(* * * * ? *)", {"tick": True})]

OPERATION = "${Ec2OperationStateMachine}"
# What the states do without a function.
PERMISSIONS = {
    "dynamodb:GetItem": "${StateTable.Arn}",
    "s3:GetObject": "${EvidenceBucket.Arn}/schedules/*",
    **nested.permissions("ec2_operation"),
    "sns:Publish": "${NotificationTopic}",
    "events:PutEvents": (
        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"
    ),
}
EXECUTION = {
    "id.$": "$$.Execution.Id",
    "name.$": "$$.Execution.Name",
    "started_at.$": "$$.Execution.StartTime",
}


def definition() -> dict[str, Any]:
    """Write the state machine in the states language."""
    unlooked = Fail("FailedClean", error="FailedClean", cause_path="$.failure.Cause")
    cut_off = Fail(
        "Incomplete",
        error="Incomplete",
        cause="Not every group was seen to; the next look does what is left",
    )
    act = _act(Steps(cut_off))
    steps = Steps(unlooked)
    when = steps.integrate(
        "When is the next look due?",
        "dynamodb:getItem",
        {
            "TableName": "${StateTable}",
            "Key": {"pk": {"S": "EC2SCHEDULE"}, "sk": {"S": "next"}},
            "ProjectionExpression": "due_at",
            "ConsistentRead": True,
        },
        result="$.next",
        select={"found.$": "$", "now.$": "$$.State.EnteredTime"},
    )
    validate = steps.task(
        "Validate the request",
        "common.validate_request",
        {"workflow": "ec2_schedule", "document.$": "$", "execution": EXECUTION},
        result="$",
    )
    look = _look(steps, "Look, as it is due", act, forced=False)
    asked = _look(steps, "Look, as a person asks", act, forced=True)
    chain(when, _is_it_due(look))
    chain(validate, asked)
    ticks = Choice("Is it the clock that asks?")
    tick = Rule.And([Rule.IsPresent("$.tick", True), Rule.BooleanEquals("$.tick", True)])
    ticks.add_choice(tick, when)
    ticks.default_choice(validate)
    return write(ticks, __doc__ or "", TIMEOUT_SECONDS)


def _is_it_due(look: State) -> State:
    due = Choice("Is a look due?")
    due.add_choice(Rule.IsPresent("$.next.found.Item", False), look)
    # As texts: a minute sorts before each moment of that minute.
    due.add_choice(Rule.StringLessThanPath("$.next.found.Item.due_at.S", "$.next.now"), look)
    due.default_choice(Succeed("Nothing is due"))
    return due


def _look(steps: Steps, name: str, act: State, forced: bool) -> State:
    look = steps.task(
        name,
        "schedule.look_at_schedules",
        {"execution": EXECUTION, "moment.$": "$$.State.EnteredTime", "forced": forced},
        result="$.look",
    )
    return chain(look, act)


def _act(steps: Steps) -> State:
    groups = steps.each(
        "Bring each group to its goal",
        "$.look.groups",
        {"group.$": "$$.Map.Item.Value", "execution": EXECUTION},
        _bring_a_group(),
    )
    chain(groups, Succeed("Succeeded"))
    telling = tell(
        groups,
        "not as scheduled",
        "EC2 Schedule Not Followed",
        "$.look.notice.words",
        {"words.$": "$.look.notice.words", "execution.$": "$$.Execution.Id"},
    )
    anything = Choice("Is anybody to be told?")
    anything.add_choice(Rule.NumericGreaterThan("$.look.notice.count", 0), telling)
    anything.default_choice(groups)
    return anything


def _bring_a_group() -> State:
    """Do a group's steps one after the other, until none is left or one does not let go on."""
    record = _record()
    unjudged = Pass(
        "Say plainly that a step failed",
        parameters={
            "trouble.$": "States.Format('A step failed: {}.', $.unjudged.Error)",
            "go_on": False,
        },
        result_path="$.judged",
    )
    chain(unjudged, record)
    judge = Steps(unjudged, "$.unjudged").task(
        "Judge what failed",
        "schedule.judge_step",
        {
            "step.$": "$.current.step",
            "number.$": "$.at.number",
            "of.$": "$.at.of",
            "goal.$": "$.group.goal",
            "failure.$": "$.failure",
            "trouble.$": "$.judged.trouble",
        },
        result="$.judged",
    )
    begin = Pass(
        "Begin with the first step",
        parameters={"number": 0, "of.$": "States.ArrayLength($.group.steps)"},
        result_path="$.at",
    )
    clean = Pass(
        "Nothing went wrong yet", result={"trouble": "", "go_on": True}, result_path="$.judged"
    )
    take = Pass(
        "Take the step",
        parameters={"step.$": "States.ArrayGetItem($.group.steps, $.at.number)"},
        result_path="$.current",
    )
    count = Pass(
        "Count the step",
        parameters={"number.$": "States.MathAdd($.at.number, 1)", "of.$": "$.at.of"},
        result_path="$.at",
    )
    left = Choice("Is a step left?")
    left.add_choice(Rule.NumericLessThanPath("$.at.number", "$.at.of"), take)
    left.default_choice(record)
    on = Choice("Is the next step still to be done?")
    on.add_choice(Rule.BooleanEquals("$.judged.go_on", True), count)
    on.default_choice(record)
    chain(judge, on)
    chain(count, left)
    chain(take, _do(Steps(judge), count))
    return chain(begin, clean, take)


def _do(steps: Steps, then: State) -> State:
    capacity = steps.task(
        "Set the capacity",
        "schedule.set_capacity",
        {
            "group.$": "$.current.step.group",
            "capacity.$": "$.current.step.capacity",
            "target.$": "$.current.step.target",
            "schedule.$": "$.group.schedule",
            "execution.$": "$.execution",
        },
    )
    read = steps.integrate(
        "Read what the operation is told",
        "aws-sdk:s3:getObject",
        {"Bucket": "${EvidenceBucket}", "Key.$": "$.current.step.input_key"},
        result="$.operation",
        select={"request.$": "States.StringToJson($.Body)"},
    )
    start = steps.integrate(
        "Start the operation and wait for its end",
        "states:startExecution.sync:2",
        {
            "StateMachineArn": OPERATION,
            "Name.$": "$.current.step.name",
            "Input.$": "$.operation.request",
        },
        result="$.operation",
        select={"status.$": "$.Status"},
        timeout_seconds=OPERATION_SECONDS,
    )
    chain(read, start, then)
    chain(capacity, then)
    kind = Choice("What kind of step is it?")
    kind.add_choice(Rule.StringEquals("$.current.step.kind", "capacity"), capacity)
    kind.default_choice(read)
    return kind


def _record() -> State:
    done = Succeed("The group is seen to")
    telling = tell(
        done,
        "a schedule was not followed",
        "EC2 Schedule Not Followed",
        "$.recorded.words",
        {
            "schedule.$": "$.group.schedule",
            "place.$": "$.group.place",
            "goal.$": "$.group.goal",
            "words.$": "$.recorded.words",
            "execution.$": "$.execution.id",
        },
    )
    unrecorded = Pass(
        "Say that it could not be recorded",
        parameters={
            "words.$": (
                "States.Format('{}: what {} came to could not be recorded ({}). {}', "
                "$.group.place, $.group.schedule, $.unrecorded.Error, $.judged.trouble)"
            )
        },
        result_path="$.recorded",
    )
    chain(unrecorded, telling)
    record = Steps(unrecorded, "$.unrecorded").task(
        "Record the outcome",
        "schedule.record_outcome",
        {
            "group.$": "$.group",
            "execution.$": "$.execution.id",
            "trouble.$": "$.judged.trouble",
        },
        result="$.recorded",
    )
    followed = Choice("Was the schedule followed?")
    followed.add_choice(Rule.BooleanEquals("$.recorded.followed", True), done)
    followed.default_choice(telling)
    return chain(record, followed)
