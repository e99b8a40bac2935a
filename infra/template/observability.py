"""Template section of who is told: the notification topic, alarms and the dashboard."""

import json
from typing import Any

from troposphere import AWSObject, GetAtt, Output, Ref, Sub, cloudwatch, sns

from infra.discovery import PREFIX, Task, Workflow
from infra.template.machines import DEAD_LETTERS

TOPIC = "NotificationTopic"
# How an execution can end badly, as the metrics of Step Functions call it.
MEASURES_BACKUPS = "backup"
# Ages are measured each hour, so each two hours have a value.
BACKUPS_MEASURED_SECONDS = 2 * 3600
BAD_ENDS = {"ExecutionsFailed": "failed", "ExecutionsTimedOut": "timed out"}


def resources(
    tasks: list[Task], workflows: list[Workflow], config: dict[str, Any]
) -> list[AWSObject]:
    """List the topic, an alarm for each thing that goes wrong, and the dashboard."""
    found: list[AWSObject] = [sns.Topic(TOPIC, TopicName=f"{PREFIX}-notifications")]
    found += [
        sns.SubscriptionResource(
            f"{TOPIC}Subscription{number}",
            TopicArn=Ref(TOPIC),
            Protocol=channel["protocol"],
            Endpoint=channel["endpoint"],
        )
        for number, channel in enumerate(config["notifications"], start=1)
    ]
    found += [_execution_alarm(workflow, metric) for workflow in workflows for metric in BAD_ENDS]
    found += [_url_alarm(task) for task in tasks if task.url_auth]
    found.append(_dead_letter_alarm())
    if any(workflow.name == MEASURES_BACKUPS for workflow in workflows):
        found.append(_backup_alarm())
    found.append(
        cloudwatch.Dashboard(
            "Dashboard",
            DashboardName=PREFIX,
            DashboardBody=Sub(json.dumps(dashboard(tasks, workflows))),
        )
    )
    return found


def outputs() -> list[Output]:
    """List what the command line looks up."""
    return [Output("NotificationTopicArn", Description="Where outcomes are told", Value=Ref(TOPIC))]


def _execution_alarm(workflow: Workflow, metric: str) -> cloudwatch.Alarm:
    end = BAD_ENDS[metric]
    return _alarm(
        f"{workflow.logical_id}{metric}Alarm",
        f"{workflow.machine}-{end.replace(' ', '-')}",
        f"An execution of {workflow.machine} {end}: open it in the console, its end says why",
        Namespace="AWS/States",
        MetricName=metric,
        Dimensions=[
            cloudwatch.MetricDimension(Name="StateMachineArn", Value=Ref(workflow.logical_id))
        ],
        Statistic="Sum",
    )


def _url_alarm(task: Task) -> cloudwatch.Alarm:
    return _alarm(
        f"{task.logical_id}ErrorsAlarm",
        f"{task.function}-errors",
        f"{task.function} answered with an error: read its log group",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[cloudwatch.MetricDimension(Name="FunctionName", Value=Ref(task.logical_id))],
        Statistic="Sum",
    )


def _dead_letter_alarm() -> cloudwatch.Alarm:
    return _alarm(
        f"{DEAD_LETTERS}Alarm",
        f"{PREFIX}-dead-letters",
        "An event or a schedule could not start its workflow: read the dead-letter queue",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[
            cloudwatch.MetricDimension(Name="QueueName", Value=GetAtt(DEAD_LETTERS, "QueueName"))
        ],
        Statistic="Maximum",
    )


def _backup_alarm() -> cloudwatch.Alarm:
    """Turn red for backups of any system that are too old, and when nobody measures them."""
    return _alarm(
        "BackupsTooOldAlarm",
        f"{PREFIX}-backups-too-old",
        "A component has no backup that is young enough, or the measuring stopped: see "
        "`daytwo backups list`",
        Namespace=PREFIX,
        MetricName="BackupsTooOld",
        Statistic="Maximum",
        Period=BACKUPS_MEASURED_SECONDS,
        TreatMissingData="breaching",
    )


def _alarm(title: str, name: str, description: str, **settings: Any) -> cloudwatch.Alarm:
    return cloudwatch.Alarm(
        title,
        AlarmName=name,
        AlarmDescription=description,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[Ref(TOPIC)],
        **{"Period": 60, "TreatMissingData": "notBreaching", **settings},
    )


def dashboard(tasks: list[Task], workflows: list[Workflow]) -> dict[str, Any]:
    """Draw executions by outcome, functions by errors and duration, and the dead letters."""
    outcomes = ["ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsAborted", *BAD_ENDS]
    graphs = [
        _graph(
            f"Executions of {workflow.machine}",
            "Sum",
            [
                ["AWS/States", metric, "StateMachineArn", f"${{{workflow.logical_id}}}"]
                for metric in outcomes
            ],
        )
        for workflow in workflows
    ]
    for metric, statistic in (("Errors", "Sum"), ("Duration", "p95")):
        lines = [["AWS/Lambda", metric, "FunctionName", task.function] for task in tasks]
        graphs += [_graph(f"{metric} of functions", statistic, lines)] if lines else []
    queue = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"]
    graphs.append(_graph("Dead letters", "Maximum", [[*queue, f"${{{DEAD_LETTERS}.QueueName}}"]]))
    for number, graph in enumerate(graphs):
        graph |= {"x": number % 2 * 12, "y": number // 2 * 6, "width": 12, "height": 6}
    return {"widgets": graphs}


def _graph(title: str, statistic: str, metrics: list[list[str]]) -> dict[str, Any]:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "region": "${AWS::Region}",
            "stat": statistic,
            "period": 300,
            "metrics": metrics,
        },
    }
