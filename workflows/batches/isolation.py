"""Isolation: the evidence first, then out of service, out of the network and without rights.

What cannot be had at once, snapshots and leaving a load balancer, keeps nobody from being cut
off: it is done again after that, and only then is a failure.
"""

from workflows.asl import State
from workflows.batches.moves import DRAIN_ROUNDS, PATCH_ROUNDS, VERIFY_ROUNDS, Moves


def isolate(moves: Moves, back: State, record: State) -> State:
    """Isolate the instances; nothing is put back in service at the end."""
    evidence = moves.move(
        "Complete the forensics snapshots",
        "ec2.create_snapshots",
        "ec2.check_snapshots",
        record,
        most_rounds=PATCH_ROUNDS,
        wait_seconds=(15, 15),
    )
    left = moves.move(
        "See that they serve no more",
        "ec2.take_out_of_service",
        "ec2.check_out_of_service",
        evidence,
        most_rounds=DRAIN_ROUNDS,
        wait_seconds=(15, 15),
    )
    quarantine = moves.move(
        "Isolate the instances",
        "ec2.isolate_instances",
        "ec2.check_isolation",
        left,
        most_rounds=VERIFY_ROUNDS,
        wait_seconds=(5, 5),
        checking={"goal": "isolated"},
    )
    leave = moves.act(
        "Take out of service at once", "ec2.take_out_of_service", quarantine, at_once=True
    )
    before = moves.act("Write down what they have", "ec2.record_isolations", leave)
    return moves.act("Take forensics snapshots", "ec2.create_snapshots", before, required=False)


def release(moves: Moves, back: State, record: State) -> State:
    """Give isolated instances back what they had, and their traffic."""
    forget = moves.act("Forget the isolation", "ec2.forget_isolations", record)
    serve = moves.move(
        "Let them serve again",
        "ec2.put_in_service",
        "ec2.check_in_service",
        forget,
        most_rounds=DRAIN_ROUNDS,
        wait_seconds=(15, 15),
    )
    return moves.move(
        "Release the isolation",
        "ec2.release_isolation",
        "ec2.check_isolation",
        serve,
        most_rounds=VERIFY_ROUNDS,
        wait_seconds=(5, 5),
        checking={"goal": "released"},
    )
