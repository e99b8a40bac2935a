"""Builders for the states that daytwo's workflows are made of.

A `Steps` knows where its failures go, so that each call of a task has a timeout, retries on
transient errors only, and a catch, without saying so each time.
"""

import importlib
import itertools
import json
from typing import Any

from workflows import retries
from workflows.sdk import (
    Catch,
    Chain,
    Choice,
    Fail,
    Graph,
    Map,
    Parallel,
    Pass,
    Rule,
    State,
    Succeed,
    Task,
    Wait,
)

__all__ = ["Chain", "Choice", "Fail", "Pass", "Rule", "State", "Steps", "Succeed", "Wait", "write"]

CALL_MARGIN_SECONDS = 30
DEFAULT_TIMEOUT_SECONDS = 30
# Each round of a poll writes 11 events of an execution's 25,000.
MOST_POLLS = 400


def logical_id(task: str) -> str:
    """Name a task's function in the template: `promotion.shift_alias` is PromotionShiftAlias."""
    return "".join(word.title() for word in task.replace(".", "_").split("_"))


def timeout_seconds(task: str) -> int:
    """Tell how long a task's function may run: its TIMEOUT, 30 s where it declares none."""
    module = importlib.import_module(f"tasks.{task}")
    return int(getattr(module, "TIMEOUT", DEFAULT_TIMEOUT_SECONDS))


class Steps:
    """Builds states whose failures all go to `on_failure`, with the error in `failure_path`.

    Inside a Map or Parallel there is no way out but through the state around it: there
    `on_failure` is None, and the state around it catches. `correlation` is the path of what
    the log lines of all functions have in common.
    """

    def __init__(
        self,
        on_failure: State | None,
        failure_path: str = "$.failure",
        correlation: str = "$$.Execution.Name",
    ) -> None:
        self.on_failure = on_failure
        self.failure_path = failure_path
        self.correlation = correlation

    def task(
        self,
        state_id: str,
        task: str,
        parameters: dict[str, Any],
        result: str | None = None,
        attempts: int = 6,
    ) -> Task:
        """Call one of our task functions; `result` is the room for its answer, None drops it.

        `attempts` is how often it is tried again after what may pass.
        """
        return Task(
            state_id,
            resource=f"${{{logical_id(task)}.Arn}}",
            parameters={"correlation_id.$": self.correlation, **parameters},
            result_path=result,
            timeout_seconds=timeout_seconds(task) + CALL_MARGIN_SECONDS,
            retry=retries.of_task(attempts),
            catch=self._catches(),
        )

    def callback(
        self,
        state_id: str,
        task: str,
        parameters: dict[str, Any],
        result: str,
        timeout_path: str,
        on_timeout: State,
    ) -> Task:
        """Call a task function with a task token, and wait until somebody answers with it."""
        return Task(
            state_id,
            resource="arn:${AWS::Partition}:states:::lambda:invoke.waitForTaskToken",
            parameters={
                "FunctionName": f"${{{logical_id(task)}.Arn}}",
                "Payload": {
                    "correlation_id.$": self.correlation,
                    "task_token.$": "$$.Task.Token",
                    **parameters,
                },
            },
            result_path=result,
            timeout_seconds_path=timeout_path,
            retry=retries.of_task(max_attempts=6),
            catch=[
                Catch(
                    error_equals=["States.Timeout"],
                    next_step=on_timeout,
                    result_path=self.failure_path,
                ),
                *self._catches(),
            ],
        )

    def integrate(
        self,
        state_id: str,
        action: str,
        parameters: dict[str, Any],
        result: str | None = None,
        select: dict[str, Any] | None = None,
        timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS,
    ) -> Task:
        """Call an AWS service with nothing to decide: `sns:publish`, `aws-sdk:cloudfront:…`.

        `select` makes the result of the service's answer; `timeout_seconds` is for a call that
        waits until what it started has ended.
        """
        selected = {"result_selector": select} if select else {}
        return Task(
            state_id,
            resource=f"arn:${{AWS::Partition}}:states:::{action}",
            parameters=parameters,
            **selected,
            result_path=result,
            timeout_seconds=timeout_seconds,
            retry=retries.of_service(action),
            catch=self._catches(),
        )

    def each(
        self,
        state_id: str,
        items: str,
        selector: dict[str, Any],
        steps: State | Chain,
        result: str | None = None,
        at_once: int = 0,
    ) -> Map:
        """Do the steps for each item of a list; `at_once` 1 is one after the other, 0 all."""
        return Map(
            state_id,
            items_path=items,
            parameters=selector,
            iterator=steps,
            result_path=result,
            max_concurrency=at_once,
            catch=self._catches(),
        )

    def each_in_s3(
        self,
        state_id: str,
        key_path: str,
        selector: dict[str, Any],
        steps: State | Chain,
        at_once_path: str,
    ) -> Map:
        """Do the steps for each item of a JSON array in the evidence bucket, in a distributed Map.

        Each item is an execution of its own. One that fails stops no other; the steps record
        what they did, and who goes on from here looks which records are missing.
        """
        return Map(
            state_id,
            mode="DISTRIBUTED",
            item_reader={
                "Resource": "arn:${AWS::Partition}:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON"},
                "Parameters": {"Bucket": "${EvidenceBucket}", "Key.$": key_path},
            },
            parameters=selector,
            iterator=steps,
            result_path=None,
            max_concurrency_path=at_once_path,
            tolerated_failure_percentage=100.0,
            catch=self._catches(),
        )

    def together(self, state_id: str, branches: list[State], result: str | None) -> Parallel:
        """Do all branches at the same time; `result` is the room for the list of answers."""
        state = Parallel(state_id, result_path=result, catch=self._catches())
        for branch in branches:
            state.add_branch(branch)
        return state

    def poll_until(
        self,
        name: str,
        check: Task,
        done: str,
        every_seconds: int,
        budget_seconds: int,
        then: State,
    ) -> State:
        """Repeat `check` until the boolean at `done` is true, within a budget of seconds.

        Goes on to `then`; past the budget the failure `States.Timeout` says what was waited
        for. Inside a Map, where no state follows a failure, it is the error `TookTooLong`.
        Raises ValueError when the budget would take more than 400 rounds, to stay far below
        Step Functions' 25,000 history events. The count stands in `$.poll`.
        """
        rounds = -(-budget_seconds // every_seconds)
        if rounds > MOST_POLLS:
            raise ValueError(f"{name}: {rounds} rounds are more than {MOST_POLLS}; poll less often")
        start = Pass(f"{name}: start", result={"rounds": 0}, result_path="$.poll")
        decide = Choice(f"{name}?")
        wait = Wait(f"{name}: wait", seconds=every_seconds)
        count = Pass(
            f"{name}: count",
            parameters={"rounds.$": "States.MathAdd($.poll.rounds, 1)"},
            result_path="$.poll",
        )
        cause = f'"{name}" was still not so after {budget_seconds} s'
        give_up: State = (
            Fail(f"{name}: give up", error="TookTooLong", cause=cause)
            if self.on_failure is None
            else Pass(
                f"{name}: give up",
                result={"Error": "States.Timeout", "Cause": cause},
                result_path=self.failure_path,
            )
        )
        decide.add_choice(Rule.BooleanEquals(done, True), then)
        decide.add_choice(Rule.NumericGreaterThanEquals("$.poll.rounds", rounds), give_up)
        decide.default_choice(wait)
        chain(start, check, decide)
        chain(wait, count, check)
        if self.on_failure is not None:
            give_up.next(self.on_failure)
        return start

    def _catches(self) -> list[Catch]:
        if self.on_failure is None:
            return []
        return [
            Catch(
                error_equals=["States.ALL"],
                next_step=self.on_failure,
                result_path=self.failure_path,
            )
        ]


def chain(*states: State) -> State:
    """Make each state go on to the next, and give the first."""
    for state, following in itertools.pairwise(states):
        state.next(following)
    return states[0]


def write(start: State, comment: str, timeout_seconds: int) -> dict[str, Any]:
    """Write a whole definition in the Amazon States Language, with the machine's own timeout."""
    graph = Graph(start, comment=comment, timeout_seconds=timeout_seconds)
    return json.loads(json.dumps(graph.to_dict()))
