"""What the tests of a drill's core share: an account with logs, and executions."""

import pytest
from drill_documents import NOW, plan
from weather import weathered

from infra.local import dynamodb as tables
from infra.local import rds, ssm
from tasks.drill import open_drill


@pytest.fixture
def aws(monkeypatch):
    """An account whose tables and databases have a log, on a clock that a test advances."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with weathered(tables, rds, ssm) as account:
        yield account


class Executions:
    """Step Functions with executions in the states that a test says."""

    class exceptions:
        class ExecutionDoesNotExist(Exception):
            pass

    def __init__(self):
        self.statuses = {}
        self.causes = {}

    def describe_execution(self, executionArn):
        if executionArn not in self.statuses:
            raise self.exceptions.ExecutionDoesNotExist(executionArn)
        cause = self.causes.get(executionArn)
        status = self.statuses[executionArn]
        return {
            "status": status,
            "executionArn": executionArn,
            **({"cause": cause} if cause else {}),
        }


@pytest.fixture
def executions():
    return Executions()


@pytest.fixture
def opened(executions, state_table, dynamodb):
    """Open a drill, the usual one without any other plan."""

    def opened(asked=None, now=NOW):
        return open_drill.opened(asked or plan(), now, state_table, dynamodb, executions)

    return opened
