"""Whether a drill may go on: the stop switch, and alarms that end it."""

import boto3
import pytest
from drill_documents import ID, drill

from tasks import store
from tasks.drills import standing
from tasks.errors import DrillStopped, Throttled


@pytest.fixture
def cloudwatch(aws):
    client = boto3.client("cloudwatch")
    for number in range(2):
        client.put_metric_alarm(
            AlarmName=f"feedback-dev-alarm-{number}",
            MetricName="Errors",
            Namespace="AWS/Lambda",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
    return client


@pytest.fixture
def ask(state_table, dynamodb, cloudwatch):
    def ask(*alarms, dynamodb=dynamodb):
        standing.stand(drill(stop_alarms=list(alarms)), state_table, dynamodb, lambda: cloudwatch)

    return ask


def turn(cloudwatch, number, state):
    cloudwatch.set_alarm_state(
        AlarmName=f"feedback-dev-alarm-{number}", StateValue=state, StateReason="said so"
    )


def test_a_drill_goes_on_that_nobody_stopped(ask):
    ask()


def test_a_person_stops_it(ask, state_table, dynamodb):
    item = {**store.drill(ID), "stop": "by alice: it is in the way"}
    dynamodb.put_item(TableName=state_table, Item=store.to_item(item))
    with pytest.raises(DrillStopped, match="stopped: by alice: it is in the way"):
        ask()


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_alarms_that_are_not_red_let_it_go_on(state, ask, cloudwatch):
    turn(cloudwatch, 0, state)
    ask("feedback-dev-alarm-0", "feedback-dev-alarm-1")


def test_a_red_alarm_stops_it(ask, cloudwatch):
    turn(cloudwatch, 1, "ALARM")
    with pytest.raises(DrillStopped, match="feedback-dev-alarm-1 is red"):
        ask("feedback-dev-alarm-0", "feedback-dev-alarm-1")


def test_an_alarm_that_does_not_exist_stops_it_at_once(ask):
    with pytest.raises(DrillStopped, match="no stop alarm feedback-dev-alarm-9: correct"):
        ask("feedback-dev-alarm-9")


def test_a_composite_alarm_stops_it_as_well(state_table, dynamodb):
    class Composite:  # moto has none
        def describe_alarms(self, **asked):
            assert asked["AlarmTypes"] == ["MetricAlarm", "CompositeAlarm"]
            red = {"AlarmName": "feedback-dev-any", "StateValue": "ALARM"}
            return {"MetricAlarms": [], "CompositeAlarms": [red]}

    with pytest.raises(DrillStopped, match="feedback-dev-any is red"):
        stopped = drill(stop_alarms=["feedback-dev-any"])
        standing.stand(stopped, state_table, dynamodb, Composite)


def test_no_answer_is_no_leave_to_go_on(ask, refusing, dynamodb):
    with pytest.raises(Throttled):
        ask(dynamodb=refusing(dynamodb, "get_item", "ThrottlingException"))
