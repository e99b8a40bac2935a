"""Have CloudFormation work out what a release would change in an environment's stack."""

import json
from typing import Any

from tasks import artifacts, stacks
from tasks.errors import ChangeSetFailed
from tasks.runtime import client, setting, task

PERMISSIONS = {
    **artifacts.PERMISSIONS,
    **dict.fromkeys(
        (
            "cloudformation:DescribeStacks",
            "cloudformation:CreateChangeSet",
            "cloudformation:DescribeChangeSet",
        ),
        stacks.STACK_ARN,
    ),
    "iam:PassRole": stacks.SERVICE_ROLES,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = {**artifacts.ERRORS, **stacks.ERRORS}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return create(
        request["stack"],
        request["execution"],
        request["release"],
        bucket=setting("ARTIFACTS_BUCKET"),
        s3=client("s3"),
        cloudformation=client("cloudformation", request["target"]),
    )


def create(
    stack: dict[str, Any],
    execution: str,
    release: str,
    bucket: str,
    s3: Any,
    cloudformation: Any,
) -> dict[str, Any]:
    """Create the execution's change set, or find the one that an earlier delivery created.

    The stack is created by it where there is none, or nothing but change sets in it. Raises
    StackBusy, StackFailed, ChangeSetFailed (parameters that do not fit the template),
    ArtifactChanged.
    """
    name = stacks.change_set_name(execution)
    current = stacks.find(stack["name"], cloudformation)
    kind = "UPDATE" if stacks.exists(current) else "CREATE"
    found = stacks.find_change_set(name, cloudformation, stack["name"]) if current else None
    if found:
        arn = found["ChangeSetId"]
    else:
        if current and kind == "UPDATE":
            stacks.check_updatable(current)
        key = stack["template_key"]
        body = artifacts.read(key, stack["template_sha256"], bucket, s3).decode()
        check_parameters(stack, body)
        arn = stacks.create_change_set(
            name,
            {**stack, "description": f"Release {release}"},
            kind,
            stacks.template_argument(body, bucket, key, s3),
            [
                {"ParameterKey": parameter, "ParameterValue": value}
                for parameter, value in sorted(stack["parameters"].items())
            ],
            cloudformation,
        )
    return {"arn": arn, "name": name, "type": kind, "status": "pending"}


def check_parameters(stack: dict[str, Any], body: str) -> None:
    """Refuse parameters that a JSON template does not declare, or lacks a value for.

    CloudFormation says the same of a YAML template, in its own words and later.
    """
    try:
        declared = json.loads(body).get("Parameters", {})
    except ValueError:
        return
    given = stack["parameters"]
    unknown = sorted(set(given) - set(declared))
    missing = sorted(
        name for name, entry in declared.items() if name not in given and "Default" not in entry
    )
    said = [
        *([f"does not declare {', '.join(unknown)}"] if unknown else []),
        *([f"has no value for {', '.join(missing)}"] if missing else []),
    ]
    if said:
        raise ChangeSetFailed(
            f"The template of stack {stack['name']} {' and '.join(said)} (it declares "
            f"{', '.join(sorted(declared)) or 'no parameters'}). Mend the parameters of the "
            "environment in the system's manifest, or of the release."
        )
