"""Delete a table that a drill made, with its alarms and scaling, and see that it is gone."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import copies, lateness, undoing
from tasks.errors import CleanupFailed, NotACopy, TaskError
from tasks.runtime import client, raising, task
from tasks.tables import alarms, places, scaling

PERMISSIONS = places.merged(
    undoing.PERMISSIONS,
    alarms.LOOKS,
    alarms.REMOVES,
    scaling.LOOKS,
    scaling.REMOVES,
    {
        "dynamodb:DescribeTable": places.COPIES,
        "dynamodb:DescribeContinuousBackups": places.COPIES,
        "dynamodb:UpdateContinuousBackups": places.COPIES,
        "dynamodb:DeleteTable": places.COPIES,
    },
    places.ASSUME,
)
ERRORS: dict[str, type[TaskError]] = {**places.ERRORS, "ValidationException": CleanupFailed}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    target = row["target"]
    answer = remove(
        row,
        request["now"],
        client("dynamodb", target),
        client("cloudwatch", target),
        client("application-autoscaling", target),
    )
    return undoing.told(request, answer)


def remove(
    row: Mapping[str, Any], now: str, dynamodb: Any, cloudwatch: Any, autoscaling: Any
) -> dict[str, Any]:
    """Take the next step towards there being nothing left; done once nothing is.

    DynamoDB refuses to delete a table that is still being made: it is asked again. Raises
    NotACopy for a table that was not restored from the drill's source, and CleanupFailed where a
    person has protected the copy from deletion.
    """
    name = row["name"]
    copies.check_name(name)
    found = places.find(name, dynamodb)
    if found is not None and not places.restored_from(row["detail"]["source"], found):
        raise NotACopy(
            f"The table {name} was not restored from {row['detail']['source']}: it is left as it "
            "is. Look who made it, and delete it by hand if it is not needed."
        )
    scaling.remove(name, autoscaling)
    alarms.remove(name, cloudwatch)
    if found is None and lateness.may_appear(row, now):
        return {"done": False, "proof": f"The table {name} is not seen yet"}
    if found is None:
        proof = f"DescribeTable says that there is no table {name}; it has no alarms or scaling"
        return {"done": True, "proof": proof}
    status = found["TableStatus"]
    if status in ("CREATING", "UPDATING", "DELETING"):
        return {"done": False, "proof": f"The table {name} is {status}"}
    return delete(name, found, dynamodb)


def delete(name: str, table: Mapping[str, Any], dynamodb: Any) -> dict[str, Any]:
    """Ask DynamoDB to delete the table; that it accepts does not prove that it is gone."""
    if table.get("DeletionProtectionEnabled"):
        raise CleanupFailed(
            f"The copy {name} is protected from deletion, which no drill does. Ask who did it, "
            "take the protection away, and the janitor deletes it."
        )
    forget_log(name, dynamodb)
    with raising(ERRORS, f"table {name}"):
        try:
            dynamodb.delete_table(TableName=name)
        except dynamodb.exceptions.ResourceInUseException as error:
            return {"done": False, "proof": f"DynamoDB does not delete {name} now: {error}"}
    return {"done": False, "proof": f"DynamoDB was asked to delete {name}"}


def forget_log(name: str, dynamodb: Any) -> None:
    """Switch recovery off: it would leave a backup of the copy for 35 days.

    DynamoDB Developer Guide, "Deleting a table with point-in-time recovery enabled".
    """
    with raising(ERRORS, f"table {name}"):
        told = dynamodb.describe_continuous_backups(TableName=name)
        window = told["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        if window.get("PointInTimeRecoveryStatus") == "ENABLED":
            dynamodb.update_continuous_backups(
                TableName=name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
            )
