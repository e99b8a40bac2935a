"""Patching: a snapshot, the patch command, a look, and the root volume back where it failed."""

from workflows.asl import Choice, Rule, State
from workflows.batches.moves import PATCH_ROUNDS, VERIFY_ROUNDS, Moves


def patch(moves: Moves, back: State, record: State) -> State:
    """Patch the instances, or only look which patches are missing."""
    put_back = moves.undo(
        "Put the root volumes back",
        "ec2.replace_root_volumes",
        back,
        check="ec2.check_root_volumes",
        most_rounds=VERIFY_ROUNDS,
        wait_seconds=30,
    )
    verify = moves.see(
        "See that they run well",
        "ec2.check_instances",
        put_back,
        most_rounds=VERIFY_ROUNDS,
        wait_seconds=30,
        checking={"goal": "running", "status_checks.$": "$.operation.options.status_checks"},
    )
    command = moves.move(
        "Run the patch command",
        "ec2.send_patch_command",
        "ec2.check_patch_command",
        verify,
        most_rounds=PATCH_ROUNDS,
        wait_seconds=(30, 30),
    )
    keep = moves.move(
        "Keep a snapshot of what is there",
        "ec2.create_snapshots",
        "ec2.check_snapshots",
        command,
        most_rounds=PATCH_ROUNDS,
        wait_seconds=(15, 15),
    )
    changes = Choice("Does patching change anything?")
    changes.add_choice(Rule.StringEquals("$.operation.options.patch_operation", "Scan"), command)
    changes.default_choice(keep)
    return changes
