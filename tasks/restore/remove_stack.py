"""Delete a stack that a drill made, with all that it has, and see that it is gone."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.drills import copies, undoing
from tasks.exports import copies as stack_copies
from tasks.exports import documents
from tasks.promotion import check_stack
from tasks.restore import remove_bucket
from tasks.runtime import client, raising, task

# The buckets of a copy, whose names have the system and the drill's prefix in them.
BUCKETS = "arn:${AWS::Partition}:s3:::${System}-drill-*"
PERMISSIONS = {
    **undoing.PERMISSIONS,
    **dict.fromkeys(
        (
            "cloudformation:DescribeStacks",
            "cloudformation:DescribeStackEvents",
            "cloudformation:ListStackResources",
            "cloudformation:DeleteStack",
        ),
        stack_copies.ARN,
    ),
    **dict.fromkeys(("s3:ListBucketVersions", "s3:ListBucketMultipartUploads"), BUCKETS),
    **dict.fromkeys(
        ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"), f"{BUCKETS}/*"
    ),
    "iam:PassRole": stacks.SERVICE_ROLES,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = stacks.ERRORS
TIMEOUT = 300

PREFIX_LENGTH = len("drill-00000000")


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    services = [client(service, row["target"]) for service in ("cloudformation", "s3")]
    answer = remove(row, *services)
    return undoing.told(request, answer)


def remove(row: Mapping[str, Any], cloudformation: Any, s3: Any) -> dict[str, Any]:
    """Delete the stack, again where a resource stood in the way; done once there is none.

    A deletion that fails is tried again at each call, as what kept a resource back may pass:
    the copy's buckets are emptied first, and the proof says what it was. Raises NotACopy
    where the drill did not make the stack.
    """
    name = row["name"]
    copies.check_name(name)
    stack = stacks.find(name, cloudformation)
    if stack is None:
        return {"done": True, "proof": f"CloudFormation says that there is no stack {name}"}
    copies.check(name, copies.values(stack.get("Tags")), row["drill"])
    if stack["StackStatus"] == "DELETE_FAILED":
        empty_buckets(name, stack["StackId"], cloudformation, s3)
    return {"done": False, "proof": delete(stack, cloudformation)}


def empty_buckets(name: str, stack_id: str, cloudformation: Any, s3: Any) -> None:
    """Empty the buckets of a copy, which CloudFormation deletes only then.

    Only those that the drill's prefix names are the copy's own beyond doubt.
    """
    prefix = name[:PREFIX_LENGTH]
    for one in documents.resources_of(stack_id, cloudformation):
        bucket = one["physical_id"]
        if one["type"] == "AWS::S3::Bucket" and prefix in bucket:
            while remove_bucket.delete_page(bucket, s3):
                pass
            remove_bucket.abort_uploads(bucket, s3)


def delete(stack: Mapping[str, Any], cloudformation: Any) -> str:
    """Begin to delete a stack unless that is under way, and say how far it is."""
    name, status = stack["StackName"], stack["StackStatus"]
    if status.endswith("_IN_PROGRESS") and status != stacks.NEW:
        return f"stack {name} is in {status}"
    reason = ""
    if status == "DELETE_FAILED":
        reason = check_stack.first_failure(dict(stack), cloudformation)
    with raising(ERRORS, f"stack {name}"):
        cloudformation.delete_stack(StackName=stack["StackId"])
    return f"stack {name} is being deleted{reason and f'; before, it failed: {reason}'}"
