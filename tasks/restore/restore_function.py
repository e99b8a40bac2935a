"""Make a copy of a function from one of its published versions, under the drill's own name."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from tasks import aliases, stacks
from tasks.drills import bad_versions, copies, folders, function_copies, ledger, standing
from tasks.errors import (
    FunctionBroken,
    FunctionMissing,
    NothingToRestore,
    RestoreFailed,
    TaskError,
)
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    "lambda:GetFunction": [aliases.FUNCTION_ARN, function_copies.ARN],
    "lambda:GetFunctionConfiguration": aliases.FUNCTION_ARN,
    "lambda:CreateFunction": function_copies.ARN,
    "lambda:TagResource": function_copies.ARN,
    "lambda:GetLayerVersion": function_copies.LAYERS,
    "iam:PassRole": stacks.SERVICE_ROLES,
    # Lambda asks for these of whoever puts a function into a network.
    "ec2:DescribeSecurityGroups": "*",
    "ec2:DescribeSubnets": "*",
    "ec2:DescribeVpcs": "*",
    **folders.READS,
    **folders.WRITES,
}
ERRORS: dict[str, type[TaskError]] = {
    **aliases.ERRORS,
    "CodeStorageExceededException": RestoreFailed,
    "InvalidParameterValueException": RestoreFailed,
}
TIMEOUT = 300
MEMORY = 1024

IN_THE_IMAGE = ("Runtime", "Handler", "Layers")
LARGEST_UPLOAD = 50 * 1024 * 1024  # bytes; Lambda Developer Guide, "Lambda quotas"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    copies.check_name(component["copy"])
    source, target = drill["source"]["target"], drill["target"]["target"]
    ledger.plan(
        drill["id"],
        "function",
        component["copy"],
        component=component["name"],
        target=target,
        now=request["now"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )
    folder = folders.Folder(drill, component["name"], setting("EVIDENCE_BUCKET"), client("s3"))
    return restore(component, drill, folder, client("lambda", source), client("lambda", target))


def restore(
    component: Mapping[str, Any],
    drill: Mapping[str, Any],
    folder: folders.Folder,
    source_lambda: Any,
    lambda_: Any,
) -> dict[str, Any]:
    """Create the copy, or look how far it is; done when Lambda can invoke it.

    Raises NothingToRestore where the version or the target environment's function is gone,
    RestoreFailed where Lambda gives the copy up, NotACopy.
    """
    name, version = component["copy"], component["recovery_point"]["id"]
    there = function_copies.find(name, lambda_)
    if there is None:
        create(component, drill, folder, source_lambda, lambda_)
        return told(False, "being created", name, version)
    copies.check(name, there.get("Tags", {}), drill["id"])
    found = there["Configuration"]
    try:
        done = bad_versions.settled(found)
    except FunctionBroken as broken:
        raise RestoreFailed(str(broken)) from None
    return told(done, found.get("State", "Active"), name, version, found["CodeSha256"])


def create(
    component: Mapping[str, Any],
    drill: Mapping[str, Any],
    folder: folders.Folder,
    source_lambda: Any,
    lambda_: Any,
) -> None:
    """Create the copy with the version's code and settings, as the target's own function runs."""
    source, version = component["resource"], component["recovery_point"]["id"]
    own = component["target_config"]["function"]
    try:
        with raising(ERRORS, f"{source}:{version}"):
            found = source_lambda.get_function(FunctionName=source, Qualifier=version)
        with raising(ERRORS, own):
            surroundings = lambda_.get_function_configuration(FunctionName=own)
    except FunctionMissing as missing:
        raise NothingToRestore(
            f"The copy of {component['name']} is made of version {version} of {source}, and takes "
            f"role and settings of {own}: {missing}"
        ) from None
    code = code_of(found, f"{source}:{version}", folder)
    settings = function_copies.settings_of(found["Configuration"])
    if settings["PackageType"] == "Image":
        settings = {name: one for name, one in settings.items() if name not in IN_THE_IMAGE}
    with raising(ERRORS, component["copy"]):
        lambda_.create_function(
            FunctionName=component["copy"],
            Description=f"A copy of {source}:{version} for a restore drill",
            Code=code,
            Tags=copies.values(copies.tags(drill["id"], component["copy"])),
            **settings,
            **function_copies.surroundings_of(surroundings),
        )


def code_of(found: Mapping[str, Any], name: str, folder: folders.Folder) -> dict[str, Any]:
    """Give the code of a version as CreateFunction takes it; what is large goes through S3."""
    if found["Configuration"].get("PackageType") == "Image":
        return {"ImageUri": found["Code"]["ResolvedImageUri"]}
    content = function_copies.download(found["Code"]["Location"], name)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    if digest != found["Configuration"]["CodeSha256"]:
        raise RestoreFailed(
            f"The code of {name} has the digest {digest}, and Lambda says that it is "
            f"{found['Configuration']['CodeSha256']}"
        )
    if len(content) <= LARGEST_UPLOAD:
        return {"ZipFile": content}
    key = folder.key("code.zip")
    with raising(ERRORS, f"s3://{folder.bucket}/{key}"):
        folder.s3.put_object(
            Bucket=folder.bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256"
        )
    return {"S3Bucket": folder.bucket, "S3Key": key}


def told(done: bool, state: str, name: str, version: str, digest: str = "") -> dict[str, Any]:
    """Answer how far the copy is."""
    return {
        "done": done,
        "state": state,
        "function": name,
        "version": version,
        "code_sha256": digest,
    }
