"""`daytwo drill stop` and `clean`: the stop switch of a drill, and its cleanup tried again."""

from typing import Any

import click

from tasks import store
from tasks.drills.records import CLOSED, RUNNING
from workflows.cli import executions
from workflows.cli.drills.evidence import found, name_of, recorded
from workflows.cli.errors import CommandError
from workflows.cli.output import note, print_json, say
from workflows.cli.session import Session, session_options
from workflows.cli.stories import approval_of
from workflows.cli.watch import RUNNING as AT_WORK
from workflows.cli.watch import find, follow

LONGEST_STOP = 600


@click.command()
@click.argument("drill")
@click.option("--reason", default="", help="Why, for the evidence.")
@session_options
def stop(drill: str, reason: str, session: Session) -> None:
    """Stop DRILL: its next step ends it, and all that it made or changed is undone.

    That is within half a minute for a step that waits. One that waits for approval ends when
    it is answered. The evidence says who stopped it.
    """
    name = name_of(drill)
    record = found(drill, session)
    waits = "" if record else approval_of_beginning(drill, session)
    if record and record["status"] != RUNNING:
        raise CommandError(f"Drill {name} has ended: there is nothing to stop.")
    words = f"by {session.caller}" + (f": {reason}" if reason else "")
    turn_off(name, words[:LONGEST_STOP], session)
    if session.json:
        print_json({"drill": name, "stopped": words[:LONGEST_STOP]})
        return
    if waits:
        say(f"{name} ends once it is answered. End it now with: daytwo reject {waits} --reason ...")
        return
    say(f"{name} stops. Follow its cleanup with: daytwo drill watch {name}")


def approval_of_beginning(drill: str, session: Session) -> str:
    """Give the id of the approval that a drill waits for before it begins, empty for none.

    Raises CommandError unless it is the execution of a drill that is about to begin.
    """
    described = find(drill, session)
    if described["stateMachineArn"] != session.output("RestoreDrillStateMachineArn"):
        raise CommandError(f"{drill} is no drill. `daytwo drill list` lists those that run.")
    if described["status"] not in AT_WORK:
        raise CommandError(
            f"Drill {described['name']} ended before it began: there is nothing to stop."
        )
    approval = approval_of(described["executionArn"], session) or {}
    return str(approval["sk"]) if approval.get("status") == "pending" else ""


def turn_off(drill: str, words: str, session: Session) -> None:
    """Set a drill's stop switch, once, and only while it has not ended."""
    dynamodb = session.client("dynamodb")
    try:
        dynamodb.update_item(
            TableName=session.state.name,
            Key=store.to_item(dict(store.drill(drill))),
            UpdateExpression="SET #stop = :words",
            ConditionExpression=(
                "attribute_not_exists(#stop) AND "
                "(attribute_not_exists(#status) OR #status = :running)"
            ),
            ExpressionAttributeNames={"#stop": "stop", "#status": "status"},
            ExpressionAttributeValues=store.to_item({":words": words, ":running": RUNNING}),
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        before = (session.state.get(store.drill(drill)) or {}).get("stop", "")
        why = f"was stopped before, {before}" if before else "has just ended"
        raise CommandError(f"Drill {drill} {why}: daytwo drill watch {drill}") from None


@click.command()
@click.argument("drill")
@click.option("--wait", is_flag=True, help="Follow the janitor until it ends.")
@session_options
def clean(drill: str, wait: bool, session: Session) -> None:
    """Remove and undo what DRILL left, and the copies that it kept, now.

    The janitor does so by itself each hour, and after a day for what was kept. A drill whose
    execution still runs is stopped first, with `daytwo drill stop`.
    """
    record = recorded(drill, session)
    name = record["sk"]
    if runs(record["execution"], session):
        raise CommandError(f"Drill {name} still runs. Stop it with: daytwo drill stop {name}")
    if record["status"] == CLOSED:
        let_go(record, session)
    request = {"execution": record["execution"]}
    execution = executions.start("DrillJanitorStateMachineArn", request, ("clean", name), session)
    if session.json and not wait:
        print_json({"drill": name, "execution": execution})
    elif not session.json:
        say(name_of(execution))
    if wait:
        follow(execution, session)
    elif not session.json:
        note(f"Follow it with: daytwo watch {name_of(execution)}")


def runs(execution: str, session: Session) -> bool:
    """Tell whether an execution is at work; one that Step Functions has forgotten is not."""
    stepfunctions = session.client("stepfunctions")
    try:
        described = stepfunctions.describe_execution(executionArn=execution)
    except stepfunctions.exceptions.ExecutionDoesNotExist:
        return False
    return described["status"] in AT_WORK


def let_go(record: dict[str, Any], session: Session) -> None:
    """End the time for which copies are kept; raises CommandError where none are."""
    if not record.get("kept_until"):
        raise CommandError(f"Nothing is left of drill {record['sk']}, and nothing was kept.")
    session.client("dynamodb").update_item(
        TableName=session.state.name,
        Key=store.to_item(dict(store.drill(record["sk"]))),
        UpdateExpression="SET kept_until = :now",
        ConditionExpression="kept_until = :before",
        ExpressionAttributeValues=store.to_item(
            # The drill's own end is past by any clock.
            {":now": record["ended_at"], ":before": record["kept_until"]}
        ),
    )
