"""Alarms follow their metrics on the account's clock, and tell what changes."""

import json
import time

import pytest
from embedded import running

from infra.local import alarms, events, stepfunctions, topics
from infra.local.account import ACCOUNT_ID, REGION

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:watch"


@pytest.fixture
def account(tmp_path):
    with running(tmp_path, stepfunctions, events, topics, alarms, factor=60) as account:
        yield account


@pytest.fixture
def cloudwatch(account):
    return account.client("cloudwatch")


@pytest.fixture
def alarm(cloudwatch):
    """Make an alarm on the sum of errors of a minute."""

    def alarm(name="errors", **others):
        settings = {
            "Namespace": "feedback",
            "MetricName": "Errors",
            "Dimensions": [{"Name": "FunctionName", "Value": "create"}],
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        }
        cloudwatch.put_metric_alarm(AlarmName=name, **{**settings, **others})

    return alarm


@pytest.fixture
def count(cloudwatch):
    """Put values of the metric."""

    def count(*values, function="create", name="Errors"):
        dimensions = [{"Name": "FunctionName", "Value": function}]
        data = [{"MetricName": name, "Dimensions": dimensions, "Value": each} for each in values]
        cloudwatch.put_metric_data(Namespace="feedback", MetricData=data)

    return count


@pytest.fixture
def reaches(cloudwatch):
    """Wait until an alarm is in a state; give the alarm."""

    def reaches(state, name="errors", seconds=15):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])
            found = found["MetricAlarms"][0]
            if found["StateValue"] == state:
                return found
            time.sleep(0.02)
        raise TimeoutError(f"{name} is {found['StateValue']}: {found['StateReason']}")

    return reaches


@pytest.fixture
def inbox(account):
    """A topic and what it gets, as SNS sends it to a queue."""
    sqs, sns = account.client("sqs"), account.client("sns")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:inbox"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)

    def next_message():
        for _ in range(15):
            found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages")
            if found:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
                return json.loads(found[0]["Body"])
        raise TimeoutError("no message")

    return topic, next_message


def test_an_alarm_has_no_data_first_and_follows_its_metric(alarm, count, reaches):
    alarm()
    reaches("OK")
    count(1, 1, 1)
    red = reaches("ALARM")
    assert "[3.0]" in red["StateReason"]
    assert "greater than the threshold (2.0)" in red["StateReason"]
    assert json.loads(red["StateReasonData"])["threshold"] == 2.0
    reaches("OK")


def test_another_metric_does_not_count(alarm, count, reaches):
    alarm()
    reaches("OK")
    count(9, function="list")
    count(9, name="Invocations")
    count(1)
    with pytest.raises(TimeoutError):
        reaches("ALARM", seconds=1)


def test_without_data_an_alarm_says_so(alarm, count, reaches):
    alarm(TreatMissingData="missing")
    count(0)
    reaches("OK")
    reaches("INSUFFICIENT_DATA")


def test_an_alarm_notifies_its_topic_as_cloudwatch_does(alarm, count, inbox):
    topic, next_message = inbox
    alarm(AlarmActions=[topic], AlarmDescription="too many errors")
    count(9)
    envelope = next_message()
    assert envelope["Subject"] == 'ALARM: "errors" in US East (N. Virginia)'
    message = json.loads(envelope["Message"])
    assert message["AlarmName"] == "errors"
    assert message["NewStateValue"] == "ALARM"
    assert message["OldStateValue"] in ("OK", "INSUFFICIENT_DATA")
    assert message["Trigger"]["MetricName"] == "Errors"
    assert message["Trigger"]["Dimensions"] == [{"value": "create", "name": "FunctionName"}]


def test_actions_can_be_switched_off(alarm, reaches, cloudwatch, inbox):
    topic, next_message = inbox
    alarm(AlarmActions=[topic], ActionsEnabled=False)
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    alarm(name="second", AlarmActions=[topic])
    cloudwatch.set_alarm_state(AlarmName="second", StateValue="ALARM", StateReason="a drill")
    assert json.loads(next_message()["Message"])["AlarmName"] == "second"


def test_a_state_change_is_an_event(account, alarm, cloudwatch):
    bus = account.client("events")
    url = account.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    bus.put_rule(Name="red", EventPattern='{"source": ["aws.cloudwatch"]}')
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:events"
    bus.put_targets(Rule="red", Targets=[{"Id": "queue", "Arn": arn}])
    alarm()
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    for _ in range(10):
        found = account.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1)
        event = json.loads(found["Messages"][0]["Body"])
        if event["detail"]["state"]["value"] == "ALARM":
            break
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["detail"]["alarmName"] == "errors"
    assert event["detail"]["state"]["reason"] == "a drill"
    assert event["detail"]["configuration"]["metrics"][0]["metricStat"]["period"] == 60


def test_a_state_set_by_hand_lasts_until_the_next_evaluation(alarm, cloudwatch, reaches):
    alarm()
    reaches("OK")
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    assert reaches("ALARM")["StateReason"] == "a drill"
    reaches("OK")


def test_a_changed_alarm_keeps_its_state(alarm, cloudwatch, reaches):
    alarm()
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    alarm(Threshold=3)
    found = cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]
    assert (found["StateValue"], found["Threshold"]) == ("ALARM", 3.0)


def test_an_alarm_watches_an_expression(cloudwatch, count, reaches):
    def stat(query_id, name):
        dimensions = [{"Name": "FunctionName", "Value": "create"}]
        metric = {"Namespace": "feedback", "MetricName": name, "Dimensions": dimensions}
        told = {"Metric": metric, "Period": 60, "Stat": "Sum"}
        return {"Id": query_id, "MetricStat": told, "ReturnData": False}

    rate = {"Id": "rate", "Expression": "100 * e / i", "ReturnData": True}
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Metrics=[stat("e", "Errors"), stat("i", "Invocations"), rate],
        EvaluationPeriods=1,
        Threshold=20,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    count(1, 0, 0, 0)
    count(1, 1, 1, 1, name="Invocations")
    assert "[25.0]" in reaches("ALARM")["StateReason"]


def test_a_percentile_is_watched(alarm, count, cloudwatch, reaches):
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="feedback",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": "create"}],
        ExtendedStatistic="p90",
        Period=60,
        EvaluationPeriods=1,
        Threshold=100,
        ComparisonOperator="GreaterThanThreshold",
    )
    count(*[1] * 8, 150, 200)
    assert "[150.0]" in reaches("ALARM")["StateReason"]


def test_an_alarm_invokes_a_function(account, alarm, cloudwatch, monkeypatch):
    invoked = []

    class Functions:
        def invoke(self, FunctionName, InvocationType, Payload):
            invoked.append((FunctionName, json.loads(Payload)))

    monkeypatch.setitem(account._clients, ("", "", "lambda", REGION), Functions())
    alarm(AlarmActions=[FUNCTION])
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    until = time.monotonic() + 10
    while not invoked and time.monotonic() < until:
        time.sleep(0.01)
    function, event = invoked[0]
    assert function == FUNCTION
    assert event["alarmData"]["alarmName"] == "errors"


def test_a_failed_execution_counts_for_its_alarm(account, alarm, reaches):
    states = account.client("stepfunctions")
    definition = {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": "No"}}}
    machine = states.create_state_machine(
        name="m", definition=json.dumps(definition), roleArn=f"arn:aws:iam::{ACCOUNT_ID}:role/r"
    )["stateMachineArn"]
    alarm(
        Namespace="AWS/States",
        MetricName="ExecutionsFailed",
        Dimensions=[{"Name": "StateMachineArn", "Value": machine}],
        Threshold=0,
    )
    reaches("OK")
    states.start_execution(stateMachineArn=machine)
    reaches("ALARM")


def test_a_message_in_a_dead_letter_queue_counts_for_its_alarm(account, alarm, reaches):
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    alarm(
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "dead-letters"}],
        Statistic="Maximum",
        Threshold=0,
    )
    reaches("OK")
    sqs.send_message(QueueUrl=url, MessageBody="lost")
    reaches("ALARM")
    sqs.purge_queue(QueueUrl=url)
    reaches("OK")


def test_a_composite_alarm_follows_the_alarms_of_its_rule(alarm, cloudwatch):
    alarm()
    alarm(name="latency")
    rule = "ALARM(errors) AND NOT ALARM(latency)"
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule=rule)
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    states = set()
    until = time.monotonic() + 15
    while "ALARM" not in states and time.monotonic() < until:
        found = cloudwatch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])
        states.add(found["CompositeAlarms"][0]["StateValue"])
    assert "ALARM" in states
