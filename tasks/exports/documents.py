"""An exported stack: all that is needed to make it again, without any secret."""

import json
from collections.abc import Mapping
from typing import Any

from tasks import artifacts, stacks
from tasks.errors import ArtifactMissing, NothingToRestore
from tasks.runtime import raising

# What CloudFormation shows instead of a parameter with NoEcho.
MASKED = "****"
READS = {
    "s3:GetObject": "${EvidenceBucket.Arn}/backups/*",
    "s3:ListBucket": "${EvidenceBucket.Arn}",
}

Export = Mapping[str, Any]


def describe(stack: Mapping[str, Any], resources: list[dict[str, str]]) -> dict[str, Any]:
    """Write down what a stack is, from what CloudFormation says of it."""
    parameters = stacks.parameters_of(stack)
    return {
        "stack": stack["StackName"],
        "stack_id": stack["StackId"],
        "status": stack["StackStatus"],
        "parameters": {name: text for name, text in parameters.items() if text != MASKED},
        "masked": sorted(name for name, text in parameters.items() if text == MASKED),
        "outputs": {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])},
        "tags": {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])},
        "role_arn": stack.get("RoleARN", ""),
        "termination_protection": stack.get("EnableTerminationProtection", False),
        "resources": resources,
    }


def resources_of(stack: str, cloudformation: Any) -> list[dict[str, str]]:
    """List a stack's resources, by their logical ids."""
    with raising(stacks.ERRORS, f"stack {stack}"):
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        found = [one for page in pages for one in page["StackResourceSummaries"]]
    listed = [
        {
            "logical_id": one["LogicalResourceId"],
            "type": one["ResourceType"],
            "physical_id": one.get("PhysicalResourceId", ""),
            "status": one["ResourceStatus"],
        }
        for one in found
        if one["ResourceStatus"] != "DELETE_COMPLETE"
    ]
    return sorted(listed, key=lambda one: one["logical_id"])


def read(component: Mapping[str, Any], bucket: str, s3: Any) -> tuple[dict[str, Any], str]:
    """Read the export that a component is restored from, and its template, as they were exported.

    Raises NothingToRestore where there is none, ArtifactChanged where the template is not the
    one that was exported.
    """
    key = component["recovery_point"]["id"]
    try:
        with raising({"NoSuchKey": ArtifactMissing}, f"s3://{bucket}/{key}"):
            reply = s3.get_object(Bucket=bucket, Key=key)
            export = json.loads(reply["Body"].read())
        body = artifacts.read(export["template_key"], export["template_sha256"], bucket, s3)
    except ArtifactMissing as missing:
        raise NothingToRestore(
            f"The export of stack {component['resource']} is not there: {missing}"
        ) from None
    return export, body.decode()
