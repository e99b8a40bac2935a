"""Moves: the pairs of tasks that bring a batch of instances somewhere, and see them arrive.

`$.step.work` says who is still to be acted on, who was acted on, who has arrived and who has
failed. A move acts, waits, looks, and goes round until nobody is on the way any more.
"""

from typing import Any

from workflows.asl import Choice, Pass, Rule, State, Steps, Wait, chain

COMMON = {
    "instances.$": "$.batch.instances",
    "work.$": "$.step.work",
    "operation.$": "$.operation",
}
# A call of EC2 may be throttled as long as others empty the same bucket: an hour of tries.
PATIENT_ATTEMPTS = 70

# How often a move looks, at most: from the operation's options.
VERIFY_ROUNDS = "$.operation.rounds.verify"
DRAIN_ROUNDS = "$.operation.rounds.drain"
PATCH_ROUNDS = "$.operation.rounds.patch"


SETTING_OUT = {
    "pending.$": "$.step.work.reached",
    "acted": [],
    "reached": [],
    "failed.$": "$.step.work.failed",
    "rounds": 0,
    "done": False,
}
LOOKING = {
    "pending": [],
    "acted.$": "$.step.work.reached",
    "reached": [],
    "failed.$": "$.step.work.failed",
    "rounds": 0,
    "done": False,
}
# Everybody stays where they are; only the counting begins anew.
UNDOING = {
    **{f"{room}.$": f"$.step.work.{room}" for room in ("pending", "acted", "reached", "failed")},
    "rounds": 0,
    "done": False,
}


class Moves:
    """Builds the moves of a batch with one `Steps`, whose failures lead out of the batch."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    def act(self, name: str, task: str, then: State, **parameters: Any) -> State:
        """Act on all who arrived before; who goes through at once has arrived."""
        call = self.call(name, task, parameters)
        chain(call, then)
        return self._set_out(name, call, then)

    def move(
        self,
        name: str,
        act: str,
        check: str,
        then: State,
        *,
        most_rounds: str,
        wait_seconds: tuple[int, int],
        acting: dict[str, Any] | None = None,
        checking: dict[str, Any] | None = None,
        also_failed: bool = False,
    ) -> State:
        """Act, wait, look, and go round until all have arrived or failed.

        `most_rounds` is the path of how often to look, `wait_seconds` the first wait and
        each one after it, `acting` and `checking` what the tasks are told beside the work.
        Where nobody is left the move is skipped, unless it is for those, too, who failed.
        """
        call = self.call(name, act, acting or {})
        look = self.looking(
            name,
            check,
            then,
            call,
            most_rounds=most_rounds,
            wait_seconds=wait_seconds[1],
            checking=checking or {},
        )
        chain(call, Wait(f"{name}: first wait", seconds=wait_seconds[0]), look)
        if also_failed:
            return chain(self.setting_out(name), call)
        return self._set_out(name, call, then)

    def see(
        self,
        name: str,
        check: str,
        then: State,
        *,
        most_rounds: str,
        wait_seconds: int,
        checking: dict[str, Any],
    ) -> State:
        """Look at who arrived before, until all are as they should be or have failed."""
        start = self.setting_out(name, LOOKING)
        look = self.looking(
            name,
            check,
            then,
            None,
            most_rounds=most_rounds,
            wait_seconds=wait_seconds,
            checking=checking,
        )
        return chain(start, look)

    def undo(
        self,
        name: str,
        task: str,
        then: State,
        *,
        most_rounds: str,
        wait_seconds: int,
        check: str = "",
    ) -> State:
        """Put back those who failed after they were changed, round by round until none is left.

        The task finds them in the work's failures and does the next thing for each; where it
        only begins something, `check` sees the end. Who has arrived is left alone.
        """
        start = self.setting_out(name, UNDOING)
        parameters = {"most_rounds.$": most_rounds}
        call = self.call(name, task, {} if check else parameters)
        wait = Wait(f"{name}: wait", seconds=wait_seconds)
        anybody = Choice(f"{name}: did anybody fail?")
        anybody.add_choice(Rule.IsPresent("$.step.work.failed[0]", True), start)
        anybody.default_choice(then)
        done = Choice(f"{name}: is all put back?")
        done.add_choice(Rule.BooleanEquals("$.step.work.done", True), then)
        done.default_choice(wait)
        chain(start, call, done)
        if not check:
            chain(wait, call)
            return anybody
        look = self.call(f"{name}: look", check, parameters)
        seen = Choice(f"{name}: is it seen to be put back?")
        seen.add_choice(Rule.BooleanEquals("$.step.work.done", True), then)
        seen.default_choice(call)
        chain(wait, look, seen)
        return anybody

    def call(
        self, name: str, task: str, parameters: dict[str, Any], result: str = "$.step"
    ) -> State:
        """Call one task with the batch's instances, its work and its operation."""
        retried = {} if "most_rounds.$" in parameters else {"retry_count.$": "$$.State.RetryCount"}
        return self.steps.task(
            name,
            task,
            {**COMMON, **retried, **parameters},
            result=result,
            attempts=PATIENT_ATTEMPTS,
        )

    def looking(
        self,
        name: str,
        task: str,
        then: State,
        act: State | None,
        *,
        most_rounds: str,
        wait_seconds: int,
        checking: dict[str, Any],
    ) -> State:
        """Make the loop that looks until the work is done, and acts again on who is pending."""
        looking = f"{name}: look" if act else name
        look = self.call(looking, task, {"most_rounds.$": most_rounds, **checking})
        wait = Wait(f"{name}: wait", seconds=wait_seconds)
        done = Choice(f"{name}: are all there?")
        done.add_choice(Rule.BooleanEquals("$.step.work.done", True), then)
        done.default_choice(wait)
        chain(look, done)
        if act is None:
            chain(wait, look)
            return look
        again = Choice(f"{name}: is anybody still to be acted on?")
        again.add_choice(Rule.IsPresent("$.step.work.pending[0]", True), act)
        again.default_choice(look)
        chain(wait, again)
        return look

    def _set_out(self, name: str, call: State, then: State) -> State:
        anybody = Choice(f"{name}: is anybody left?")
        anybody.add_choice(Rule.IsPresent("$.step.work.pending[0]", True), call)
        anybody.default_choice(then)
        return chain(self.setting_out(name), anybody)

    def setting_out(self, name: str, work: dict[str, Any] | None = None) -> Pass:
        """Let all who have arrived be those to be acted on, or what `work` says."""
        return Pass(
            f"{name}: set out", parameters={"work": work or SETTING_OUT}, result_path="$.step"
        )
