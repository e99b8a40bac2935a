"""`daytwo unlock`: a person frees what a dirty end has kept."""

import pytest

from tasks import store

DIRTY = {
    "StartAt": "End",
    "States": {"End": {"Type": "Fail", "Error": "FailedDirty", "Cause": "The alias was moved"}},
}
WAITING = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}


@pytest.fixture
def lock(daytwo):
    """Let an execution of a definition hold shop/prod; gives its ARN."""

    def hold(definition):
        execution = daytwo.run(definition)
        daytwo.write(
            {
                **store.lock("shop", "prod"),
                "owner": execution,
                "fence": 4,
                "since": "2026-01-01T00:00:00Z",
                "purpose": "promotion of 1.1.0",
                "lease_expires": 2_000_000_000,
            }
        )
        return execution

    return hold


def test_the_lock_of_an_ended_execution_is_freed_and_written_down(run, daytwo, lock):
    execution = lock(DIRTY)
    while daytwo.stepfunctions.describe_execution(executionArn=execution)["status"] == "RUNNING":
        pass

    result = run("unlock", "shop", "prod", "--reason", "moved the alias back")

    assert result.exit_code == 0, result.output
    assert "The alias was moved" in result.stdout
    assert "shop/prod is free." in result.stdout
    assert daytwo.table.get(store.lock("shop", "prod")) == {
        **store.lock("shop", "prod"),
        "fence": 4,
    }
    (told,) = daytwo.audit()
    assert (told["why"], told["on_what"]) == ("moved the alias back", "shop/prod")
    assert told["who"].startswith("arn:aws:")


def test_a_running_execution_keeps_its_lock(run, daytwo, lock):
    execution = lock(WAITING)

    result = run("unlock", "shop", "prod", "--reason", "impatience")

    assert result.exit_code == 2
    assert "still runs" in result.stderr
    assert daytwo.table.get(store.lock("shop", "prod"))["owner"] == execution
    daytwo.stepfunctions.stop_execution(executionArn=execution)


def test_what_is_not_locked_is_told(run, daytwo, lock):
    result = run("unlock", "shop", "prod", "--reason", "none")

    assert result.exit_code == 2
    assert "shop/prod is not locked" in result.stderr
