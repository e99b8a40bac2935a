"""Resizing: stopped, another type, started again; or the old type and state back."""

from workflows.asl import State
from workflows.batches.moves import VERIFY_ROUNDS, Moves
from workflows.batches.running import halt, run


def resize(moves: Moves, back: State, record: State) -> State:
    """Give the instances another type; who was stopped before stays stopped."""
    restore = moves.undo(
        "Put type and state back",
        "ec2.restore_types",
        back,
        most_rounds=VERIFY_ROUNDS,
        wait_seconds=30,
    )
    start = run(moves, "Start them with the new type", restore)
    change = moves.act("Change the type", "ec2.change_types", start)
    return halt(moves, "Stop them for the new type", change)
