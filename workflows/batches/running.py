"""Actions that change whether instances run, and the small ones that need no more than a look."""

from typing import Any

from workflows.asl import State
from workflows.batches.moves import VERIFY_ROUNDS, Moves

RUNNING = {"goal": "running", "status_checks.$": "$.operation.options.status_checks"}
STOPPED = {"goal": "stopped", "status_checks": False}
TERMINATED = {"goal": "terminated", "status_checks": False}


def start(moves: Moves, back: State, record: State) -> State:
    """Start the instances, see them run and pass their status checks."""
    return run(moves, "Start the instances", back)


def run(moves: Moves, name: str, then: State) -> State:
    """Start who is stopped and wait until all run as they should."""
    return bring(moves, name, "ec2.start_instances", RUNNING, then)


def stop(moves: Moves, back: State, record: State) -> State:
    """Stop or hibernate the instances; who is registered with a load balancer stays so."""
    return halt(moves, "Stop the instances", back)


def halt(moves: Moves, name: str, then: State) -> State:
    """Stop the instances and see them stopped."""
    return bring(moves, name, "ec2.stop_instances", STOPPED, then)


def reboot(moves: Moves, back: State, record: State) -> State:
    """Reboot the instances once, and see them pass their status checks."""
    return bring(moves, "Reboot the instances", "ec2.reboot_instances", RUNNING, back)


def terminate(moves: Moves, back: State, record: State) -> State:
    """Terminate the instances, and see them gone; who is not gone serves again."""
    return end(moves, "Terminate the instances", back)


def end(moves: Moves, name: str, then: State) -> State:
    """Terminate the instances and see them gone."""
    return bring(moves, name, "ec2.terminate_instances", TERMINATED, then)


def bring(moves: Moves, name: str, task: str, goal: dict[str, Any], then: State) -> State:
    """Let a task act on the instances, and see them in the state that is its goal."""
    return moves.move(
        name,
        task,
        "ec2.check_instances",
        then,
        most_rounds=VERIFY_ROUNDS,
        wait_seconds=(10, 30),
        checking=goal,
    )


def snapshot(moves: Moves, back: State, record: State) -> State:
    """Take a snapshot of each instance's volumes, and see it completed."""
    return moves.move(
        "Take snapshots",
        "ec2.create_snapshots",
        "ec2.check_snapshots",
        record,
        most_rounds=VERIFY_ROUNDS,
        wait_seconds=(30, 30),
    )


def enforce_imdsv2(moves: Moves, back: State, record: State) -> State:
    """Refuse requests for instance metadata without a token, and see that they are."""
    return moves.move(
        "Require IMDSv2",
        "ec2.require_imdsv2",
        "ec2.check_imdsv2",
        record,
        most_rounds=VERIFY_ROUNDS,
        wait_seconds=(5, 10),
    )
