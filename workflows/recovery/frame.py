"""What a component of a drill goes through, from its turn to its record.

Each component is an execution of its own in the distributed Map of daytwo-restore-drill.
What breaks in it leads to its record, as the verdict ERROR with its cause: no component
stops another, and what it made stands in the ledger, from which the drill cleans up.
"""

from collections.abc import Callable, Mapping
from typing import Any

from workflows.asl import Choice, Pass, Rule, State, Steps, chain

CORRELATION = "$.drill.id"
# What every step of a chain is told. One clock for all of them: that of Step Functions.
STEP = {
    "component.$": "$.component",
    "drill.$": "$.drill",
    "now.$": "$$.State.EnteredTime",
}
LOOK_SECONDS = 30
# Longer than the 20 minutes and more that a table takes: a large database takes hours.
MOST_SECONDS = 12_000
# Many look at the same time, and each call may be throttled.
MANY_CALLS_ATTEMPTS = 20

Extra = Mapping[str, Any]
NOTHING: Extra = {}
Build = Callable[["Component", State], State]


class Component:
    """Builds the states of one component's chain; the name of each begins with the chain's."""

    def __init__(self, steps: Steps, title: str) -> None:
        self.steps = steps
        self.title = title

    def act(
        self,
        sentence: str,
        asked: str,
        task: str,
        then: State,
        result: str,
        told: Extra = NOTHING,
        every_seconds: int = LOOK_SECONDS,
    ) -> State:
        """Call a task again and again until it answers that it is done.

        `asked` is the question that the waiting is about; `told` is what the task is told
        beside the component, the drill and the time.
        """
        call = self.steps.task(
            self.named(sentence), task, {**STEP, **told}, result, MANY_CALLS_ATTEMPTS
        )
        return self.steps.poll_until(
            self.named(asked),
            call,
            done=f"{result}.done",
            every_seconds=every_seconds,
            budget_seconds=MOST_SECONDS * every_seconds // LOOK_SECONDS,
            then=then,
        )

    def once(
        self, sentence: str, task: str, then: State, result: str, told: Extra = NOTHING
    ) -> State:
        """Call a task, and go on with its answer in `result`."""
        call = self.steps.task(
            self.named(sentence), task, {**STEP, **told}, result, MANY_CALLS_ATTEMPTS
        )
        return chain(call, then)

    def check(self, sentence: str, task: str, then: State, told: Extra = NOTHING) -> State:
        """Call a task whose answer is checks, and keep it among the checks under its name."""
        return self.once(sentence, task, then, f"$.checked.{task.rpartition('.')[2]}", told)

    def mark(self, sentence: str, then: State, *times: str) -> State:
        """Write down that this moment is one or several of T0 to T6."""
        stamps: list[State] = [
            Pass(
                self.named(sentence if len(times) == 1 else f"{sentence}, {time.upper()}"),
                input_path="$$.State.EnteredTime",
                result_path=f"$.times.{time}",
            )
            for time in times
        ]
        return chain(*stamps, then)

    def applications(self, then: State, told: Extra = NOTHING) -> State:
        """Let the manifest's own checks look at the copy."""
        return self.check("Let the applications look", "integrity.check_application", then, told)

    def named(self, sentence: str) -> str:
        """Name a state of the chain; names are unique in the whole definition."""
        return f"{self.title}: {sentence}"


def component_steps(chains: Mapping[str, Build]) -> State:
    """Build the states of one component, with a chain for each that a plan can name."""
    end = Pass("The component is recorded", output_path="$.recorded")
    recording = Steps(None, correlation=CORRELATION)
    broken = chain(_record(recording, "Record what broke", {"failure.$": "$.failure"}), end)
    record = chain(_record(recording, "Record the component", {}), end)
    steps = Steps(broken, correlation=CORRELATION)
    which = Choice("Which chain?")
    for name, build in chains.items():
        title = name.replace("_", " ").capitalize()
        which.add_choice(
            Rule.StringEquals("$.component.chain", name), build(Component(steps, title), record)
        )
    unknown = Pass(
        "There is no such chain",
        result={"Error": "UnknownComponentType", "Cause": "No states are written for this chain"},
        result_path="$.failure",
    )
    which.default_choice(unknown)
    chain(unknown, broken)
    begin = Pass(
        "Begin with the component",
        parameters={
            "component.$": "$.component",
            "drill.$": "$.drill",
            "times": {f"t{number}": "" for number in range(7)},
            "settings": {},
            "checked": {},
            "at_once": 10,
        },
    )
    return chain(begin, which)


def _record(steps: Steps, name: str, failure: Extra) -> State:
    return steps.task(
        name,
        "drill.record_outcome",
        {
            **STEP,
            "times.$": "$.times",
            "settings.$": "$.settings",
            "checked.$": "$.checked",
            **failure,
        },
        result="$.recorded",
    )
