"""What CloudFormation's operations need; the stack is named with the id that it has."""

from urllib.parse import unquote, urlsplit

from moto.cloudformation.models import cloudformation_backends

from infra.local.iam.arns import Place
from infra.local.iam.operations import Operation

WITHOUT_RESOURCE = (
    "CreateUploadBucket",
    "DescribeAccountLimits",
    "EstimateTemplateCost",
    "ListExports",
    "ListImports",
    "ListStacks",
    "ValidateTemplate",
)


def of_stacks(operation: Operation, place: Place) -> list[tuple[str, str]]:
    """List the action on its stack; a template in a bucket is read by the caller."""
    needed = [(operation.name, _stack(operation, place))]
    url = urlsplit(operation.text("TemplateURL"))
    if url.path:
        bucket_in_host, _, _ = url.netloc.partition(".s3")
        path = unquote(url.path).lstrip("/")
        key = f"{bucket_in_host}/{path}" if ".s3" in url.netloc else path
        needed.append(("s3:GetObject", f"arn:{place.partition}:s3:::{key}"))
    return needed


def _stack(operation: Operation, place: Place) -> str:
    if operation.name in WITHOUT_RESOURCE:
        return "*"
    name = operation.text("StackName")
    change_set = operation.text("ChangeSetName")
    if name.startswith("arn:"):
        return name
    backend = cloudformation_backends[place.account][place.region]
    if not name and change_set.startswith("arn:"):
        found = backend.change_sets.get(change_set)
        name = found.stack_name if found else ""
    for stack in list(backend.stacks.values()):
        if stack.name == name and stack.status != "DELETE_COMPLETE":
            return str(stack.stack_id)
    return place.arn("cloudformation", f"stack/{name or '*'}/*") if name or change_set else "*"
