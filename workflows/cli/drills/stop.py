"""`daytwo drill stop`: the stop switch of a drill."""

import click

from tasks import store
from tasks.drills.records import RUNNING
from workflows.cli.drills.show import recorded
from workflows.cli.errors import CommandError
from workflows.cli.output import say
from workflows.cli.session import Session, session_options


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
