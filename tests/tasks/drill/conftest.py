"""What the tests of a drill's core share: executions that Step Functions knows of."""

import pytest
from drill_documents import NOW, plan

from tasks.drill import open_drill


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
