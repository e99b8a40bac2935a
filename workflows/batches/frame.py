"""What a batch of instances goes through, from its turn to its record.

Each batch is an execution of its own in the distributed Map of daytwo-ec2-operation. What
breaks in it leads to its record: what was taken out of service is put back as far as can be,
and each instance is recorded as interrupted.
"""

from collections.abc import Callable, Mapping

from workflows.asl import Choice, Pass, Rule, State, Steps, Wait, chain
from workflows.batches.moves import COMMON, DRAIN_ROUNDS, PATIENT_ATTEMPTS, Moves

CORRELATION = "$.operation.id"
# Before these the instances leave their load balancers and groups; a replacement does so last,
# an isolation without waiting for its clients.
OUT_OF_SERVICE_FIRST = ("stop", "hibernate", "reboot", "resize", "patch", "terminate")
Build = Callable[[Moves, State, State], State]


def batch_steps(actions: Mapping[tuple[str, ...], Build]) -> State:
    """Build the states of one batch, with a chain for each action or for several alike.

    A chain's builder gets the moves, where to go when its instances serve again (`back`),
    and where to go when they stay out of service (`record`).
    """
    # What the Map gathers of each batch must be small: its output has room for 256 KiB.
    end = Pass("The batch is recorded", output_path="$.recorded")
    recording = Steps(None, correlation=CORRELATION)
    broken = interrupted(recording, end)
    moves = Moves(Steps(broken, correlation=CORRELATION))
    record = chain(record_as(recording, "Record the batch", "", ""), end)
    back = _back_in_service(moves, record)
    act = Choice("What is to be done?")
    for names, build in actions.items():
        first = build(moves, back, record)
        for name in names:
            act.add_choice(Rule.StringEquals("$.operation.action", name), first)
    unwired = Pass(
        "There is no such action",
        result={"Error": "UnknownAction", "Cause": "No states are written for this action"},
        result_path="$.failure",
    )
    act.default_choice(unwired)
    chain(unwired, broken)
    return _begin(moves.steps, recording, _out_of_service(moves, act), end)


def begin_batch(name: str) -> Pass:
    """Let all instances of the batch be those that have arrived where they begin."""
    work = {
        "pending": [],
        "acted": [],
        "reached.$": "$.batch.instances[*].instance_id",
        "failed": [],
        "rounds": 0,
        "done": False,
    }
    return Pass(name, parameters={"work": work}, result_path="$.step")


def _begin(steps: Steps, recording: Steps, go_on: State, end: State) -> State:
    turn = Wait("Wait for its turn", seconds_path="$.batch.wait_seconds")
    begin = begin_batch("Begin the batch")
    others = Choice("Were others acted on before?")
    budget = steps.task(
        "Look at the error budget",
        "ec2.check_budget",
        {"operation.$": "$.operation"},
        result="$.budget",
    )
    spent = Choice("Is the error budget spent?")
    untouched = record_as(
        recording, "Record that nothing was touched", "not_touched", "The error budget was spent"
    )
    others.add_choice(Rule.BooleanEquals("$.batch.after_others", True), budget)
    others.default_choice(go_on)
    spent.add_choice(Rule.BooleanEquals("$.budget.spent", True), untouched)
    spent.default_choice(go_on)
    chain(budget, spent)
    chain(untouched, end)
    return chain(turn, begin, others)


def _out_of_service(moves: Moves, go_on: State) -> State:
    leave = moves.move(
        "Take out of service",
        "ec2.take_out_of_service",
        "ec2.check_out_of_service",
        go_on,
        most_rounds=DRAIN_ROUNDS,
        wait_seconds=(15, 15),
    )
    serves = Choice("Do they serve, and must leave first?")
    for action in OUT_OF_SERVICE_FIRST:
        serves.add_choice(
            Rule.And(
                [
                    Rule.BooleanEquals("$.batch.in_service", True),
                    Rule.StringEquals("$.operation.action", action),
                ]
            ),
            leave,
        )
    serves.default_choice(go_on)
    return serves


def _back_in_service(moves: Moves, go_on: State) -> State:
    enter = moves.move(
        "Put back in service",
        "ec2.put_in_service",
        "ec2.check_in_service",
        go_on,
        most_rounds=DRAIN_ROUNDS,
        wait_seconds=(15, 15),
        also_failed=True,
    )
    served = Choice("Did they serve before?")
    served.add_choice(Rule.BooleanEquals("$.batch.in_service", True), enter)
    served.default_choice(go_on)
    return served


def interrupted(recording: Steps, end: State) -> State:
    """Build the way out of a batch that broke: `$.failure.Cause` says why."""
    record = record_as(
        recording, "Record that it was interrupted", "interrupted", "$.failure.Cause"
    )
    back = Steps(record, "$.putting_back", CORRELATION)
    put_back = back.task(
        "Put back in service what can be", "ec2.put_in_service", COMMON, result="$.putting_back"
    )
    discard = back.task(
        "Discard the replacements",
        "ec2.discard_replacements",
        {**COMMON, "replacements.$": "$.launched.replacements", "interrupted": True},
        result="$.putting_back",
    )
    replaced = Choice("Were they being replaced?")
    replaced.add_choice(Rule.StringEquals("$.operation.action", "replace"), discard)
    replaced.default_choice(record)
    served = Choice("Is anything out of service?")
    # Who is suspected of a break-in stays out, whatever broke.
    served.add_choice(
        Rule.And(
            [
                Rule.BooleanEquals("$.batch.in_service", True),
                Rule.Not(Rule.StringEquals("$.operation.action", "isolate")),
            ]
        ),
        put_back,
    )
    served.default_choice(replaced)
    chain(put_back, replaced)
    chain(discard, record, end)
    return served


def record_as(steps: Steps, name: str, outcome: str, cause: str) -> State:
    """Record what became of each instance of the batch; `outcome` where it is one for all."""
    return steps.task(
        name,
        "ec2.record_batch",
        {
            "batch.$": "$.batch",
            "operation.$": "$.operation",
            "work.$": "$.step.work",
            "replacements.$": "$.launched.replacements",
            "outcome": outcome,
            ("cause.$" if cause.startswith("$") else "cause"): cause,
        },
        result="$.recorded",
        attempts=PATIENT_ATTEMPTS,
    )
