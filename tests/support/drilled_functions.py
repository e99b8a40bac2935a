"""The manifest of a system with one function, as drills read its alarms and health checks."""

import json
from types import SimpleNamespace

from manifests import environment, system

from tasks import store

COMPONENT, FUNCTION = "create-feedback", "feedback-dev-create-feedback"
CONTEXT = SimpleNamespace(
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:daytwo-scenario"
)
CHECKS = ({"component": COMPONENT, "payload": {"ping": True}},)


def register(dynamodb, table, checks=CHECKS, alarms=(), name=COMPONENT):
    """Register the system, whose environment dev has these health checks and alarms."""
    dev = environment(
        "dev", health_checks=list(checks), alarms=[{"name": alarm} for alarm in alarms]
    )
    function = f"feedback-{{environment}}-{name}"
    manifest = system(
        dev,
        name="feedback",
        components=[{"name": name, "type": "lambda", "function": function}],
    )
    item = {**store.system("feedback"), "manifest": json.dumps(manifest)}
    dynamodb.put_item(TableName=table, Item=store.to_item(item))
