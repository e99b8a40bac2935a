"""Replacing: the new instance serves before the old one leaves, or the old one stays."""

from workflows.asl import Choice, Pass, Rule, State, chain
from workflows.batches.moves import DRAIN_ROUNDS, VERIFY_ROUNDS, Moves
from workflows.batches.running import end

REPLACEMENTS = {"replacements.$": "$.launched.replacements"}


def replace(moves: Moves, back: State, record: State) -> State:
    """Replace the instances one for one, or see what an instance refresh made of them."""
    refreshed = moves.act(
        "See whether the refresh replaced them",
        "ec2.check_refreshed",
        record,
        **{"refresh.$": "$.refresh"},
    )
    by_whom = Choice("Did an instance refresh replace them?")
    by_whom.add_choice(Rule.StringEquals("$.refresh.outcome", ""), _launch(moves, record))
    by_whom.default_choice(refreshed)
    return by_whom


def _launch(moves: Moves, record: State) -> State:
    """Launch the new ones; whoever is throttled or without capacity is tried again or fails."""
    name = "Launch the replacements"
    call = moves.call(name, "ec2.launch_replacements", REPLACEMENTS, result="$.launched")
    take = Pass(
        f"{name}: take over",
        parameters={"work.$": "$.launched.work"},
        result_path="$.step",
    )
    serve = _swap(moves, record)
    verify = moves.looking(
        name,
        "ec2.check_replacements",
        serve,
        call,
        most_rounds=VERIFY_ROUNDS,
        wait_seconds=30,
        checking=REPLACEMENTS,
    )
    chain(call, take, verify)
    return chain(moves.setting_out(name), call)


def _swap(moves: Moves, record: State) -> State:
    """Let the new ones serve, then let the old ones leave and end."""
    ended = end(moves, "Terminate the old ones", _settle(moves, record))
    leave = moves.move(
        "Take the old ones out of service",
        "ec2.take_out_of_service",
        "ec2.check_out_of_service",
        ended,
        most_rounds=DRAIN_ROUNDS,
        wait_seconds=(15, 15),
    )
    enter = moves.move(
        "Put the new ones in service",
        "ec2.put_in_service",
        "ec2.check_in_service",
        leave,
        most_rounds=DRAIN_ROUNDS,
        wait_seconds=(15, 15),
        acting=REPLACEMENTS,
        checking=REPLACEMENTS,
    )
    serves = Choice("Do the old ones serve?")
    serves.add_choice(Rule.BooleanEquals("$.batch.in_service", True), enter)
    serves.default_choice(ended)
    return serves


def _settle(moves: Moves, record: State) -> State:
    """Keep the old one where its replacement came to nothing, and discard the replacement."""
    discard = moves.call("Discard what replaces nothing", "ec2.discard_replacements", REPLACEMENTS)
    keep = moves.move(
        "Put the old ones back in service",
        "ec2.put_in_service",
        "ec2.check_in_service",
        discard,
        most_rounds=DRAIN_ROUNDS,
        wait_seconds=(15, 15),
        also_failed=True,
    )
    failed = Choice("Was anybody not replaced?")
    failed.add_choice(
        Rule.And(
            [
                Rule.IsPresent("$.step.work.failed[0]", True),
                Rule.BooleanEquals("$.batch.in_service", True),
            ]
        ),
        keep,
    )
    failed.add_choice(Rule.IsPresent("$.step.work.failed[0]", True), discard)
    failed.default_choice(record)
    chain(discard, record)
    return failed
