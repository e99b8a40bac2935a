"""Reboot the instances of a batch, each of them at most once."""

from typing import Any

from tasks import stacks, store
from tasks.errors import TaskError, Throttled, Unavailable
from tasks.fleets import fleet, instances, transitions
from tasks.fleets.instances import INSTANCE_ARN, Outcome
from tasks.runtime import client, iso, raising, setting, task

PERMISSIONS = {
    "ec2:RebootInstances": INSTANCE_ARN,
    "ec2:DescribeInstances": "*",
    "dynamodb:PutItem": "${StateTable.Arn}",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {}
TIMEOUT = 120

MARK_STAYS = ("NotRebooted", "EC2 was asked too often, and the mark could not be taken back.")


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation, batch = request["operation"], request["instances"]
    intent = Intent(
        store.reboot_intent(operation["id"], batch[0]["instance_id"]),
        setting("STATE_TABLE"),
        client("dynamodb"),
    )
    # The client must not try again by itself: EC2 would reboot a second time.
    ec2 = client("ec2", operation["target"], attempts=1)
    return {"work": reboot(request["work"], request["retry_count"], intent, ec2)}


class Intent:
    """The record of whom a batch is about to reboot, which no state of theirs tells."""

    def __init__(self, key: store.Key, table: str, dynamodb: Any) -> None:
        self.key, self.table, self.dynamodb = key, table, dynamodb
        self.marked: list[str] = []

    def mark(self, ids: list[str]) -> list[str]:
        """Mark ids before they are rebooted; gives those that were marked by another try."""
        marked: list[str] | None = None
        while new := transitions.without(ids, marked or []):
            found = self._write([*(marked or []), *new], marked)
            if found is None:
                break
            marked = found
        return [one for one in ids if one in (marked or [])]

    def unmark(self, ids: list[str]) -> None:
        """Take back the marks of ids that EC2 did not reboot.

        Raises Unavailable where another try has marked some meanwhile.
        """
        if ids and self._write(transitions.without(self.marked, ids), self.marked) is not None:
            raise Unavailable(f"{self.key['pk']}: another try marks whom it reboots")

    def _write(self, ids: list[str], before: list[str] | None) -> list[str] | None:
        """Write the marks if they are as before; gives those that are there if not."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if before is not None:
            condition = {
                "ConditionExpression": "instances = :before",
                "ExpressionAttributeValues": store.to_item({":before": before}),
            }
        with raising(ERRORS, self.key["pk"]):
            try:
                self.dynamodb.put_item(
                    TableName=self.table,
                    Item=store.to_item({**self.key, "instances": ids, "marked_at": iso()}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **condition,
                )
            except self.dynamodb.exceptions.ConditionalCheckFailedException as refused:
                return list(store.from_item(refused.response["Item"])["instances"])
        self.marked = ids
        return None


def reboot(work: dict[str, Any], retry_count: int, intent: Intent, ec2: Any) -> dict[str, Any]:
    """Reboot whoever is pending and was not marked before.

    An instance says of no reboot that it happened. So each is marked first; who is marked
    already, because an earlier try was cut off, counts as rebooted and is looked at like the
    others. Raises Throttled, when nobody is marked that was not rebooted, and Unavailable,
    after which the marks stay.
    """
    seen = Outcome()
    if transitions.again(work, retry_count):
        seen = transitions.sort(work["pending"], transitions.REBOOT, ec2)
    now = transitions.settle(work, seen, changed=False)
    ready = transitions.without(now["pending"], seen.left)
    if not ready:
        return now
    earlier = intent.mark(ready)
    now, ready = fleet.accept(now, earlier), transitions.without(ready, earlier)
    outcome, throttled = call(ready, ec2)
    try:
        intent.unmark(transitions.without(ready, outcome.accepted))
    except (Throttled, Unavailable):
        # Who stays marked would count as rebooted the next time.
        outcome.refused.update(dict.fromkeys(outcome.left, MARK_STAYS))
        outcome.left = []
    if throttled and outcome.left:
        raise throttled
    return transitions.settle(now, outcome, changed=False)


def call(ids: list[str], ec2: Any) -> tuple[Outcome, Throttled | None]:
    """Reboot instances; gives what became of them, and that EC2 was asked too often for any."""
    try:
        outcome = instances.act_on(
            ids,
            lambda some: ec2.reboot_instances(InstanceIds=some),
            lambda some: transitions.sort(some, transitions.REBOOT, ec2),
        )
    except Throttled as throttled:
        return Outcome(left=list(ids)), throttled
    return outcome, None
