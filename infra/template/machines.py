"""Template section of the workflows: state machine, role, log group and triggers for each."""

import json
from typing import Any

from troposphere import AWSObject, GetAtt, Output, Ref, Sub, events, logs, scheduler
from troposphere import stepfunctions as sfn

from infra.discovery import DefinitionError, Workflow, kebab, pascal
from infra.template.definitions import definition_key, substitutions
from infra.template.permissions import (
    LOG_DELIVERY,
    SAMPLING,
    TRACING,
    Scope,
    allow,
    machine_arn,
    role,
    statements,
)
from workflows.triggers import Event, Schedule

DEAD_LETTERS = "DeadLetterQueue"
# An event or a schedule is worth an hour of trying; what fails until then is looked at.
MAX_EVENT_AGE_SECONDS = 3600
MAX_ATTEMPTS = 24


def resources(
    workflow: Workflow, functions: set[str], config: dict[str, Any], scope: Scope
) -> list[AWSObject]:
    """List all resources of one workflow; `functions` are the logical ids of all tasks."""
    found = [
        logs.LogGroup(
            f"{workflow.logical_id}LogGroup",
            LogGroupName=f"/aws/vendedlogs/states/{workflow.machine}",
            RetentionInDays=config["log_retention_days"],
        ),
        _role(workflow, functions, config, scope),
        _machine(workflow, config, scope),
    ]
    if workflow.events or workflow.schedules:
        found.append(_trigger_role(workflow))
    found += [_rule(workflow, event) for event in workflow.events]
    found += [_schedule(workflow, schedule) for schedule in workflow.schedules]
    return found


def _role(
    workflow: Workflow, functions: set[str], config: dict[str, Any], scope: Scope
) -> AWSObject:
    invoked = sorted(workflow.named_ids() & functions)
    granted = statements(workflow.permissions, scope, f"workflows.{workflow.name}")
    if invoked:
        granted.append(
            allow(["lambda:InvokeFunction"], [f"${{{logical_id}.Arn}}" for logical_id in invoked])
        )
    if workflow.distributes:
        granted += _for_children(workflow)
    if config["workflow_log_level"] != "OFF":
        granted.append(allow(LOG_DELIVERY, ["*"]))
    if config["tracing"]:
        granted.append(allow(TRACING | SAMPLING, ["*"]))
    return role(f"{workflow.logical_id}Role", "states", granted)


def _for_children(workflow: Workflow) -> list[dict[str, Any]]:
    """Let a distributed Map start, watch and stop its children.

    Developer Guide, "IAM policies for using Distributed Map states".
    """
    machine = machine_arn(workflow)
    children = machine.replace(":stateMachine:", ":execution:")
    return [
        allow(["states:StartExecution"], [machine]),
        allow(["states:DescribeExecution", "states:StopExecution"], [f"{children}/*:*"]),
    ]


def _machine(workflow: Workflow, config: dict[str, Any], scope: Scope) -> sfn.StateMachine:
    group = GetAtt(f"{workflow.logical_id}LogGroup", "Arn")
    destination = sfn.LogDestination(
        CloudWatchLogsLogGroup=sfn.CloudWatchLogsLogGroup(LogGroupArn=group)
    )
    named = substitutions(workflow, scope)
    return sfn.StateMachine(
        workflow.logical_id,
        StateMachineName=workflow.machine,
        StateMachineType="STANDARD",
        RoleArn=GetAtt(f"{workflow.logical_id}Role", "Arn"),
        DefinitionS3Location=sfn.S3Location(
            Bucket=Ref("CodeBucket"), Key=Ref(definition_key(workflow.name))
        ),
        # Execution data holds task tokens, which are keys to an approval: it stays out of logs.
        LoggingConfiguration=sfn.LoggingConfiguration(
            Level=config["workflow_log_level"],
            IncludeExecutionData=False,
            Destinations=[destination],
        ),
        TracingConfiguration=sfn.TracingConfiguration(Enabled=config["tracing"]),
        **({"DefinitionSubstitutions": named} if named else {}),
    )


def _trigger_role(workflow: Workflow) -> AWSObject:
    granted = [
        allow(["states:StartExecution"], [f"${{{workflow.logical_id}}}"]),
        allow(["sqs:SendMessage"], [f"${{{DEAD_LETTERS}.Arn}}"]),
    ]
    services = ["events"] * bool(workflow.events) + ["scheduler"] * bool(workflow.schedules)
    return role(f"{workflow.logical_id}TriggerRole", services, granted)


def _rule(workflow: Workflow, event: Event) -> events.Rule:
    transformer = {}
    if event.template:
        transformer["InputTransformer"] = events.InputTransformer(
            InputPathsMap=event.paths, InputTemplate=event.template
        )
    return events.Rule(
        f"{pascal(workflow.name)}On{pascal(event.name)}",
        Name=f"{workflow.machine}-{kebab(event.name)}",
        State="ENABLED",
        EventPattern=_substituted(event.pattern),
        Targets=[
            events.Target(
                Id=workflow.machine,
                Arn=Ref(workflow.logical_id),
                RoleArn=GetAtt(f"{workflow.logical_id}TriggerRole", "Arn"),
                DeadLetterConfig=events.DeadLetterConfig(Arn=GetAtt(DEAD_LETTERS, "Arn")),
                RetryPolicy=events.RetryPolicy(
                    MaximumEventAgeInSeconds=MAX_EVENT_AGE_SECONDS,
                    MaximumRetryAttempts=MAX_ATTEMPTS,
                ),
                **transformer,
            )
        ],
    )


def _schedule(workflow: Workflow, schedule: Schedule) -> scheduler.Schedule:
    return scheduler.Schedule(
        f"{pascal(workflow.name)}At{pascal(schedule.name)}",
        Name=f"{workflow.machine}-{kebab(schedule.name)}",
        ScheduleExpression=schedule.expression,
        ScheduleExpressionTimezone=schedule.timezone,
        FlexibleTimeWindow=scheduler.FlexibleTimeWindow(Mode="OFF"),
        Target=scheduler.Target(
            Arn=Ref(workflow.logical_id),
            RoleArn=GetAtt(f"{workflow.logical_id}TriggerRole", "Arn"),
            Input=json.dumps(schedule.input),
            DeadLetterConfig=scheduler.DeadLetterConfig(Arn=GetAtt(DEAD_LETTERS, "Arn")),
            RetryPolicy=scheduler.RetryPolicy(
                MaximumEventAgeInSeconds=MAX_EVENT_AGE_SECONDS,
                MaximumRetryAttempts=MAX_ATTEMPTS,
            ),
        ),
    )


def outputs(workflows: list[Workflow]) -> list[Output]:
    """List the ARN of every state machine, such as `PromotionStateMachineArn`."""
    return [
        Output(f"{item.logical_id}Arn", Description=item.description, Value=Ref(item.logical_id))
        for item in workflows
    ]


def check_names(workflow: Workflow, known: set[str]) -> None:
    """Refuse a definition that names a logical id which the template does not have."""
    unknown = sorted(workflow.named_ids() - known)
    if unknown:
        raise DefinitionError(
            f"workflows/{workflow.name}.py names {', '.join(unknown)}, which no task, workflow "
            "or section of infra/template makes: check the spelling of the task's name"
        )


def _substituted(pattern: Any) -> Any:
    """Put Fn::Sub around the strings of an event pattern that name something by `${…}`."""
    if isinstance(pattern, dict):
        return {key: _substituted(value) for key, value in pattern.items()}
    if isinstance(pattern, list):
        return [_substituted(value) for value in pattern]
    return Sub(pattern) if isinstance(pattern, str) and "${" in pattern else pattern
