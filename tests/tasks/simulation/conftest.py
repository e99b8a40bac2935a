"""What the tests of the simulation's tasks share: a shop that is registered, and executions."""

import boto3
import pytest
import simulations
from weather import weathered

from infra.local import dynamodb as tables
from infra.local import ssm
from tasks import store
from tasks.simulation import look_both_ways, plan_simulation, report_simulation


@pytest.fixture
def aws(monkeypatch):
    """An account on a clock of its own."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with weathered(tables, ssm) as account:
        yield account


class Shop:
    """A system with a simulation, and the tasks that are tried on it."""

    def __init__(self, table, bucket):
        self.table, self.bucket = table, bucket
        self.dynamodb, self.s3 = boto3.client("dynamodb"), boto3.client("s3")
        self.executions = simulations.Executions()
        simulations.register(table, self.dynamodb)
        for name in ("dev", "prod"):
            self.alarm(f"shop-{name}-errors", "OK")

    def clients(self, service, target=None):
        return self.executions if service == "stepfunctions" else boto3.client(service)

    def plan(self, name=simulations.ID, now=simulations.PLANNED_AT, **changes):
        execution = dict(simulations.EXECUTION)
        execution["id"] = execution["id"].replace(simulations.ID, name)
        execution["name"] = name
        asked = {
            "request": simulations.request(**changes),
            "execution": execution,
            "now": now,
        }
        where = {"account": "123456789012", "table": self.table, "bucket": self.bucket}
        return plan_simulation.plan(asked, **where, clients=self.clients)

    def look(self, plan, scenario="data-corruption", untold=None):
        asked = {
            "plan": plan,
            "scenario": scenario,
            "announced_at": "2026-11-02T03:09:58Z",
            "untold": untold or {},
            "now": "2026-11-02T03:09:59Z",
        }
        return look_both_ways.look(asked, self.table, self.bucket, self.clients)

    def report(self, plan, results=None, **changes):
        asked = {
            "plan": plan,
            "announced_at": simulations.PLANNED_AT,
            "untold": {},
            "failure": {},
            "played": [],
            "results": results or {},
            "now": simulations.NOW,
            **changes,
        }
        return report_simulation.report(asked, self.table, self.bucket, self.clients)

    def played(self, scenario, verdict="PASS", error="", cause="", **record):
        """Let a scenario's drill be over."""
        status = "FAILED" if error else "SUCCEEDED"
        self.executions.end(simulations.arn(scenario), status, error, cause)
        self.write(simulations.drill_record(scenario, verdict, **record))

    def alarm(self, name, state):
        cloudwatch = boto3.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            MetricName="Errors",
            Namespace="shop",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="as the test asks")

    def write(self, record):
        self.dynamodb.put_item(TableName=self.table, Item=store.to_item(record))

    def read(self, key):
        reply = self.dynamodb.get_item(TableName=self.table, Key=store.to_item(key))
        return store.from_item(reply.get("Item", {}))

    def object(self, key):
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()


@pytest.fixture
def shop(state_table, evidence_bucket):
    return Shop(state_table, evidence_bucket)
