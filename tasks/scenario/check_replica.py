"""Look whether the data in the Region that took over are all there and fresh enough."""

from collections.abc import Callable, Mapping
from typing import Any

from tasks.drills import checks, clocks, failovers, newest, standing, verdicts
from tasks.runtime import client, raising, task

TABLE_ARN = "arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/${System}-*"
PERMISSIONS = {
    **standing.PERMISSIONS,
    "dynamodb:GetItem": (standing.PERMISSIONS["dynamodb:GetItem"], TABLE_ARN),
    "dynamodb:Scan": TABLE_ARN,
    "dynamodb:DescribeTable": TABLE_ARN,
}
SPARE_MILLISECONDS = 10_000
ACTIVE = "ACTIVE"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    config = request["component"]["target_config"]
    dynamodb = client("dynamodb", failovers.place(drill["target"]["target"], config))
    return look(
        request,
        dynamodb,
        lambda: context.get_remaining_time_in_millis() < SPARE_MILLISECONDS,
    )


def look(request: dict[str, Any], dynamodb: Any, time_is_up: Callable[[], bool]) -> dict[str, Any]:
    """Read the replica, and nothing in the Region that is taken to be lost.

    `newest_record` is what the recovery point is measured by. A record without a table has
    nothing to be looked at. Raises AwsCallFailed where a table without a sentinel is too large.
    """
    table = request["component"]["options"].get("table") or {}
    if not table:
        return {"checks": [], "newest_record": ""}
    status = _status(table["table"], dynamodb)
    made = [checks.equal("replica is active", ACTIVE, status, table["table"])]
    latest = ""
    if status == ACTIVE and newest.tells(table):
        latest = newest.newest(table, dynamodb, time_is_up)
    made.append(_freshness(table, latest, request["failed_at"]))
    if mark := request["row"]["detail"]["newest"]:
        had = f"a record of {mark} or later, as the primary had before it was turned"
        whole = newest.reaches(latest, mark)
        made.append(checks.holds("nothing is lost", whole, had, latest or "no record"))
    return {"checks": made, "newest_record": latest}


def _freshness(table: Mapping[str, Any], latest: str, failed_at: str) -> verdicts.Check:
    name, allowed = "replica is fresh", table["freshest_seconds"]
    if not newest.tells(table):
        return verdicts.check(
            name,
            verdicts.ERROR,
            "a sentinel or a changed_attribute of the table in the manifest",
            "neither, so that nobody can tell how fresh it is",
        )
    if not latest:
        return checks.holds(name, False, "a record that tells its moment", "none")
    age = max(0, clocks.seconds(latest, failed_at))
    within = f" of at most {allowed} s" if allowed else ""
    expected = f"a record{within} before the failure at {failed_at}"
    return checks.holds(name, not allowed or age <= allowed, expected, f"{latest}, {age} s before")


def _status(name: str, dynamodb: Any) -> str:
    with raising({}, f"table {name}"):
        try:
            return str(dynamodb.describe_table(TableName=name)["Table"]["TableStatus"])
        except dynamodb.exceptions.ResourceNotFoundException:
            return "there is no such table"
