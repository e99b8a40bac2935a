"""Bring a release's code into a function and publish it as a version that never changes."""

from typing import Any

from tasks import aliases, digests, stacks
from tasks.errors import ArtifactChanged, ArtifactMissing, FunctionBroken, TaskError, Unavailable
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    "s3:GetObject": "${ArtifactsBucket.Arn}/releases/*",
    **dict.fromkeys(
        (
            "lambda:GetFunctionConfiguration",
            "lambda:UpdateFunctionCode",
            "lambda:PublishVersion",
        ),
        aliases.FUNCTION_ARN,
    ),
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {
    **aliases.ERRORS,
    "InvalidParameterValueException": ArtifactMissing,
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return publish(
        request["function"],
        request["key"],
        request["sha256"],
        request["release"],
        bucket=setting("ARTIFACTS_BUCKET"),
        lambda_=client("lambda", request["target"]),
    )


def publish(
    function: str, key: str, sha256: str, release: str, bucket: str, lambda_: Any
) -> dict[str, str]:
    """Put the artifact into $LATEST, see that it is the one, and publish it once.

    Lambda publishes nothing where code and configuration are those of the last version, so
    a second delivery gets the same version (Lambda API Reference, "PublishVersion"). Raises
    Unavailable while Lambda works on the function: the workflow comes again. Raises
    ArtifactChanged, ArtifactMissing, FunctionMissing, FunctionBroken.
    """
    code = digests.base64_of(sha256)
    with raising(ERRORS, function):
        latest = lambda_.get_function_configuration(FunctionName=function)
        if latest["CodeSha256"] != code:
            latest = lambda_.update_function_code(FunctionName=function, S3Bucket=bucket, S3Key=key)
    if latest["CodeSha256"] != code:
        raise ArtifactChanged(
            f"s3://{bucket}/{key} has the digest {latest['CodeSha256']} in base64, and {code} was "
            f"published. It is in $LATEST of {function} now, which no alias points to and nothing "
            "calls; no version was made of it. Publish the release anew under another version."
        )
    check_settled(latest)
    with raising({**ERRORS, "InvalidParameterValueException": Unavailable}, function):
        made = lambda_.publish_version(
            FunctionName=function, CodeSha256=code, Description=f"release {release}"
        )
    check_settled(made)
    return {"function": function, "version": made["Version"], "code_sha256": made["CodeSha256"]}


def check_settled(configuration: dict[str, Any]) -> None:
    """Raise Unavailable while Lambda still works on a function, FunctionBroken if it failed.

    Source: Lambda Developer Guide, "Lambda function states".
    """
    states = {configuration.get("State"), configuration.get("LastUpdateStatus")}
    name = f"{configuration['FunctionName']}:{configuration['Version']}"
    if states & {"Pending", "InProgress"}:
        raise Unavailable(f"Lambda is still working on {name}; the next attempt looks again")
    if "Failed" in states:
        reason = configuration.get("LastUpdateStatusReason") or configuration.get("StateReason")
        raise FunctionBroken(f"Lambda could not bring {name} up: {reason or 'no reason given'}.")
