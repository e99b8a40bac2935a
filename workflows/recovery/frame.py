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
# The rooms of checks, in the order in which the evidence lists them.
ROOMS = ("found", "data", "content", "service", "application")
LOOK_SECONDS = 30
MOST_SECONDS = 12_000

Build = Callable[["Component", State], State]


class Component:
    """Builds the states of one component's chain; names of states begin with the chain's."""

    def __init__(self, steps: Steps, name: str) -> None:
        self.steps = steps
        self.name = name

    def act(
        self,
        sentence: str,
        task: str,
        then: State,
        result: str,
        extra: Mapping[str, Any] | None = None,
        every_seconds: int = LOOK_SECONDS,
    ) -> State:
        """Call a task again and again until it says that it is done."""
        call = self.steps.task(self._named(sentence), task, {**STEP, **(extra or {})}, result)
        return self.steps.poll_until(
            self._named(f"{sentence}, done"),
            call,
            done=f"{result}.done",
            every_seconds=every_seconds,
            budget_seconds=MOST_SECONDS * every_seconds // LOOK_SECONDS,
            then=then,
        )

    def once(
        self,
        sentence: str,
        task: str,
        then: State,
        result: str,
        extra: Mapping[str, Any] | None = None,
    ) -> State:
        """Call a task, and go on with its answer in `result`."""
        call = self.steps.task(self._named(sentence), task, {**STEP, **(extra or {})}, result)
        return chain(call, then)

    def check(
        self,
        sentence: str,
        task: str,
        room: str,
        then: State,
        extra: Mapping[str, Any] | None = None,
    ) -> State:
        """Call a task whose answer is checks, and keep them in one of the rooms."""
        if room not in ROOMS:
            raise ValueError(f"{sentence}: there is no room {room} for checks")
        return self.once(sentence, task, then, f"$.checked.{room}", extra)

    def mark(self, time: str, sentence: str, then: State) -> State:
        """Write down when this was reached, as one of T0 to T6."""
        stamp = Pass(
            self._named(sentence),
            input_path="$$.State.EnteredTime",
            result_path=f"$.times.{time}",
        )
        return chain(stamp, then)

    def applications(self, then: State) -> State:
        """Call the manifest's own checks against the copy; with them, it serves when they pass."""
        served = self.mark("t6", "Service is back", then)
        asked = Choice(self._named("Did applications look?"))
        asked.add_choice(Rule.IsPresent("$.component.application_checks[0]", True), served)
        asked.default_choice(then)
        return self.check(
            "Let the applications look", "integrity.check_application", "application", asked
        )

    def _named(self, sentence: str) -> str:
        return f"{self.name}: {sentence}"


def component_steps(chains: Mapping[str, Build]) -> State:
    """Build the states of one component, with a chain for each that a plan can name."""
    end = Pass("The component is recorded", output_path="$.recorded")
    recording = Steps(None, correlation=CORRELATION)
    broken = chain(_record(recording, "Record what broke", failure=True), end)
    record = chain(_record(recording, "Record the component", failure=False), end)
    steps = Steps(broken, correlation=CORRELATION)
    which = Choice("Which chain?")
    for name, build in chains.items():
        which.add_choice(
            Rule.StringEquals("$.component.chain", name),
            build(Component(steps, _title(name)), record),
        )
    unknown = Pass(
        "There is no such chain",
        result={"Error": "UnknownComponentType", "Cause": "No states are written for this chain"},
        result_path="$.failure",
    )
    which.default_choice(unknown)
    chain(unknown, broken)
    return chain(_begin(), which)


def _begin() -> Pass:
    rooms = {
        "times": {f"t{number}": "" for number in range(7)},
        "settings": {"differences": []},
        "checked": {room: {"checks": []} for room in ROOMS},
        "newest": {"newest_record": ""},
    }
    return Pass(
        "Begin with the component",
        parameters={"component.$": "$.component", "drill.$": "$.drill", **rooms},
    )


def _record(steps: Steps, name: str, failure: bool) -> State:
    broke = {"failure": {"error.$": "$.failure.Error", "cause.$": "$.failure.Cause"}}
    return steps.task(
        name,
        "drill.record_outcome",
        {
            **STEP,
            "times.$": "$.times",
            "settings.$": "$.settings.differences",
            "checks.$": "$.checked.*.checks[*]",
            "newest_record.$": "$.newest.newest_record",
            **(broke if failure else {}),
        },
        result="$.recorded",
    )


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
