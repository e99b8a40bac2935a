"""Write the sentinel record of each table of an environment that has one."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from tasks import components, manifests, stacks
from tasks.backups import sentinels
from tasks.errors import TaskError
from tasks.manifests import Reader
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **manifests.PERMISSIONS,
    "dynamodb:PutItem": (
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${System}-*"
    ),
    "sts:AssumeRole": stacks.TARGET_ROLES,
}

Clients = Callable[..., Any]


@task
def handler(request: Any, context: Any) -> Any:
    dynamodb = client("dynamodb")
    return write(
        request["system"],
        request["environment"],
        now=request["now"],
        account=context.invoked_function_arn.split(":")[4],
        reader=functools.partial(manifests.record, table=setting("STATE_TABLE"), dynamodb=dynamodb),
        clients=client,
    )


def write(
    system: str, environment: str, now: str, account: str, reader: Reader, clients: Clients
) -> dict[str, Any]:
    """Write all records, and say which were not; one that cannot be written stops no other.

    `now` is ISO 8601 UTC, `account` daytwo's own. Raises UnknownSystem, UnknownEnvironment or
    InvalidManifest.
    """
    manifest = manifests.system_named(system, reader)
    place, _ = manifests.placed(manifest, environment)
    dynamodb = clients("dynamodb", {name: place[name] for name in ("region", "role_arn")})
    written, failed = [], []
    for entry in manifest["components"]:
        if not has_sentinel(entry) or not components.in_environment(entry, environment):
            continue
        config = components.placed(entry, place, account)
        try:
            put(config, now, dynamodb)
            written.append(entry["name"])
        except TaskError as error:
            told = f"{type(error).__name__}: {error}"
            failed.append({"component": entry["name"], "reason": told[:500]})
    return {"written": written, "failed": failed}


def has_sentinel(component: Mapping[str, Any]) -> bool:
    """Tell whether a component is a table for which the manifest names a sentinel's key."""
    return component["type"] == "dynamodb_table" and bool(component["sentinel"])


def put(config: Mapping[str, Any], now: str, dynamodb: Any) -> None:
    """Write one record, over nothing but the last one; raises what DynamoDB says."""
    key = sentinels.shown(config["sentinel"])
    with raising({}, f"sentinel {key} of {config['table']}"):
        dynamodb.put_item(
            TableName=config["table"],
            Item=sentinels.item(config, now),
            # An item of the system that has this key by chance is not ours to write over.
            ConditionExpression="attribute_not_exists(#first) OR attribute_exists(#mark)",
            ExpressionAttributeNames={
                "#first": next(iter(config["sentinel"])),
                "#mark": sentinels.MARK,
            },
        )
