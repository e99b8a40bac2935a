"""`daytwo drill stop` and `clean`: the stop switch of a drill, and its cleanup tried again."""

import click

from tasks import store
from tasks.drills.records import RUNNING
from workflows.cli import executions
from workflows.cli.drills.show import recorded
from workflows.cli.errors import CommandError
from workflows.cli.output import say
from workflows.cli.session import Session, session_options
from workflows.cli.watch import follow


@click.command()
@click.argument("drill")
@click.option("--reason", default="", help="Why, for the evidence.")
@session_options
def stop(drill: str, reason: str, session: Session) -> None:
    """Stop DRILL: its next step ends it, and all that it made or changed is undone.

    That is within half a minute for a step that waits. The evidence says who stopped it.
    """
    record = recorded(drill, session)
    if record["status"] != RUNNING:
        raise CommandError(f"Drill {drill} is {record['status']}: there is nothing to stop.")
    words = f"by {session.caller}" + (f": {reason}" if reason else "")
    dynamodb = session.client("dynamodb")
    try:
        dynamodb.update_item(
            TableName=session.state.name,
            Key=store.to_item(dict(store.drill(drill))),
            UpdateExpression="SET #stop = :words",
            ConditionExpression="#status = :running AND attribute_not_exists(#stop)",
            ExpressionAttributeNames={"#stop": "stop", "#status": "status"},
            ExpressionAttributeValues=store.to_item({":words": words[:600], ":running": RUNNING}),
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        raise CommandError(
            f"Drill {drill} was stopped before, or has just ended: daytwo drill show {drill}"
        ) from None
    say(f"{drill} stops. Follow its cleanup with: daytwo drill watch {drill}")


@click.command()
@click.argument("drill")
@click.option("--wait", is_flag=True, help="Follow the janitor until it ends.")
@session_options
def clean(drill: str, wait: bool, session: Session) -> None:
    """Remove and undo what DRILL left, now; the janitor tries by itself each hour.

    A drill whose execution still runs is stopped first, with `daytwo drill stop`.
    """
    record = recorded(drill, session)
    described = session.client("stepfunctions").describe_execution(executionArn=record["execution"])
    if described["status"] == "RUNNING":
        raise CommandError(f"Drill {drill} still runs. Stop it with: daytwo drill stop {drill}")
    request = {"execution": record["execution"]}
    execution = executions.start("DrillJanitorStateMachineArn", request, ("clean", drill), session)
    if not (session.json and wait):
        say(execution)
    if wait:
        follow(execution, session)
