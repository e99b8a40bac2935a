"""Judge a component by its times, checks and settings, and record that once."""

import json
from collections.abc import Mapping
from typing import Any

from tasks import store
from tasks.drills import outcomes, papers, records
from tasks.errors import AwsCallFailed
from tasks.runtime import client, log, raising, setting, task

PERMISSIONS = {
    **papers.READS,
    **papers.WRITES,
    "dynamodb:GetItem": "${StateTable.Arn}",
    "dynamodb:PutItem": "${StateTable.Arn}",
}

Values = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return record(
        request,
        table=setting("STATE_TABLE"),
        bucket=setting("EVIDENCE_BUCKET"),
        dynamodb=client("dynamodb"),
        s3=client("s3"),
    )


def record(request: Values, table: str, bucket: str, dynamodb: Any, s3: Any) -> dict[str, Any]:
    """Write what became of the component into the evidence bucket and the state table.

    The first record of a component stands: again, it is given as it was.
    """
    drill, name = request["drill"]["id"], request["component"]["name"]
    there = records.read(store.outcome(drill, name), table, dynamodb)
    if there:
        return json.loads(there["outcome"])
    plan = papers.get(papers.key(drill, "plan.json"), bucket, s3)
    seen = {**request, "not_before": plan["planned_at"]}
    outcome = outcomes.judged(planned(plan, name), plan["objectives"], seen)
    paper = papers.put(papers.key(drill, name, "outcome.json"), outcome, bucket, s3)
    made = {**outcomes.summary(outcome), "key": paper.key, "digest": paper.digest}
    item = {
        **store.outcome(drill, name),
        "verdict": made["verdict"],
        "outcome": json.dumps(made, sort_keys=True),
        "recorded_at": request["now"],
    }
    with raising({}, f"outcome of {name}"):
        try:
            dynamodb.put_item(
                TableName=table,
                Item=store.to_item(item),
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException as there_now:
            log.info("recorded already", extra={"component": name})
            return json.loads(store.from_item(there_now.response["Item"])["outcome"])
    return made


def planned(plan: Values, name: str) -> Values:
    """Give the component as the plan has it; raises AwsCallFailed where it has none such."""
    for component in plan["components"]:
        if component["name"] == name:
            return component
    raise AwsCallFailed(f"The plan of {plan['drill']['id']} has no component {name}.")
