"""`daytwo watch`: follow an execution until it ends, and say how it ended."""

import re
import sys
import time
from typing import Any

import click

from workflows.cli.errors import INTERRUPTED, CommandError
from workflows.cli.output import note, print_json, say
from workflows.cli.progress import progress
from workflows.cli.session import Session, session_options
from workflows.cli.stories import Outcome, Story, told

ARN = re.compile(r"arn:[a-z-]+:states:[a-z0-9-]+:[0-9]{12}:execution:[^:]+:[^:]+")
UNKNOWN = ("ExecutionDoesNotExist", "InvalidArn", "ValidationException")
RUNNING = ("RUNNING", "PENDING_REDRIVE")
POLL_SECONDS, LOCAL_POLL_SECONDS = 1.0, 0.25
GOES_ON = "The execution goes on. Follow it again with: daytwo watch {}"
DRILL_GOES_ON = (
    "The drill goes on. Follow it again with: daytwo drill watch {0}, or end it with: "
    "daytwo drill stop {0}"
)


@click.command()
@click.argument("execution")
@session_options
def watch(execution: str, session: Session) -> None:
    """Follow EXECUTION, an ARN or a name, until it ends.

    Exit codes: 0 succeeded, 1 failed or rolled back, 3 rejected or expired.
    """
    follow(find(execution, session)["executionArn"], session)


def find(execution: str, session: Session) -> dict[str, Any]:
    """Describe an execution by its ARN, or by its name in any of daytwo's state machines."""
    from botocore.exceptions import ClientError

    candidates = [execution]
    if not ARN.fullmatch(execution):
        candidates = [
            f"{machine.replace(':stateMachine:', ':execution:')}:{execution}"
            for name, machine in session.outputs.items()
            if name.endswith("StateMachineArn")
        ]
    for arn in candidates:
        try:
            found: dict[str, Any] = session.client("stepfunctions").describe_execution(
                executionArn=arn
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in UNKNOWN:
                raise
        else:
            return found
    raise CommandError(
        f"There is no execution {execution} in {session.region}. `daytwo status` lists those "
        "that run; an ended one is kept for 90 days."
    )


def follow(execution: str, session: Session) -> None:
    """Show an execution's progress until it ends; ends the command with its exit code.

    Ctrl-C ends the following only, with exit code 130.
    """
    try:
        outcome = attend(execution, session)
    except KeyboardInterrupt:
        note(goes_on(execution, session))
        raise click.exceptions.Exit(INTERRUPTED) from None
    except Exception:
        note(goes_on(execution, session))
        raise
    if session.json:
        print_json(outcome.__dict__)
    else:
        say(outcome.words)
        for line in outcome.next:
            say(f"  {line}")
    raise click.exceptions.Exit(outcome.exit_code)


def attend(execution: str, session: Session) -> Outcome:
    """Show progress until the execution has ended, on stderr if the result is JSON."""
    story = story_of(execution, session)
    with progress(sys.stderr if session.json else None) as shown:
        story.closely = shown.live
        while True:
            described = session.client("stepfunctions").describe_execution(executionArn=execution)
            story.poll()
            shown.show(story, story.waiting)
            if described["status"] not in RUNNING:
                break
            time.sleep(pause_seconds(session))
    return story.outcome(described)


def story_of(execution: str, session: Session) -> Story:
    """Begin to follow an execution; operations and drills are told part by part."""
    machine = machine_of(execution)
    if machine == session.outputs.get("Ec2OperationStateMachineArn"):
        from workflows.cli.ec2.progress import OperationStory

        return OperationStory(execution, session)
    if machine == session.outputs.get("RestoreDrillStateMachineArn"):
        from workflows.cli.drills.progress import DrillStory

        return DrillStory(execution, session)
    if machine == session.outputs.get("DrSimulationStateMachineArn"):
        from workflows.cli.simulations.progress import SimulationStory

        return SimulationStory(execution, session)
    if machine == session.outputs.get("BackupStateMachineArn"):
        from workflows.cli.backups import BackupStory

        return BackupStory(execution, session)
    return Story(execution, session)


def goes_on(execution: str, session: Session) -> str:
    """Say that an execution which is followed no more has not ended, and how to go on."""
    if machine_of(execution) == session.outputs.get("RestoreDrillStateMachineArn"):
        return DRILL_GOES_ON.format(execution.rpartition(":")[2])
    return GOES_ON.format(execution)


def machine_of(execution: str) -> str:
    """Give the ARN of the state machine that an execution's ARN is of."""
    return execution.replace(":execution:", ":stateMachine:").rpartition(":")[0]


def pause_seconds(session: Session) -> float:
    """Tell how long to wait between two looks at an execution."""
    return LOCAL_POLL_SECONDS if session.local else POLL_SECONDS


def timeline(execution: str, session: Session) -> list[dict[str, Any]]:
    """List what an execution has done so far: at, state, seconds, outcome, detail, depth."""
    story = story_of(execution, session)
    story.poll()
    return told(story.entries)
