"""Capture what an environment is before it changes, and see that it can be had back."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tasks import alarms, aliases, claims, sites, stacks
from tasks.errors import (
    AlarmAlreadyRed,
    AlarmUnknown,
    FunctionMissing,
    NoRollbackTarget,
    TaskError,
)
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **dict.fromkeys(("lambda:GetAlias", "lambda:GetFunctionConfiguration"), aliases.FUNCTION_ARN),
    **dict.fromkeys(
        ("cloudformation:DescribeStacks", "cloudformation:GetTemplate"), stacks.STACK_ARN
    ),
    "cloudwatch:DescribeAlarms": alarms.ALARM_ARN,
    "s3:GetBucketVersioning": sites.BUCKET_ARN,
    "s3:ListBucket": [sites.BUCKET_ARN, "${EvidenceBucket.Arn}"],
    "s3:GetObject": [sites.OBJECT_ARN, "${EvidenceBucket.Arn}/rollback/*"],
    "s3:PutObject": "${EvidenceBucket.Arn}/rollback/*",
    "dynamodb:UpdateItem": "${StateTable.Arn}",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {
    **stacks.ERRORS,
    **sites.ERRORS,
    **aliases.ERRORS,
}
TIMEOUT = 60


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    plan, target = request["plan"], request["plan"]["target"]
    name = request["execution"]["name"]
    archive = Archive(
        setting("EVIDENCE_BUCKET"),
        f"rollback/{plan['system']}/{plan['environment']}/{name}",
        client("s3"),
    )
    services = {
        service: client(service, target)
        for service in ("cloudformation", "lambda", "s3", "cloudwatch")
    }
    captured = capture(plan, request["change_set"], archive, services)
    claims.leave(request, setting("STATE_TABLE"), client("dynamodb"), captured=captured)
    return captured


class Archive:
    """The place in the evidence bucket where one execution's rollback plan is kept."""

    def __init__(self, bucket: str, prefix: str, s3: Any) -> None:
        self.bucket, self.prefix, self.s3 = bucket, prefix, s3

    def read(self, name: str) -> str | None:
        """Read what an earlier delivery kept; None where there is nothing."""
        if sites.head(self.bucket, f"{self.prefix}/{name}", self.s3) is None:
            return None
        with raising(ERRORS, f"s3://{self.bucket}/{self.prefix}/{name}"):
            reply = self.s3.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}")
        return reply["Body"].read().decode()

    def keep(self, name: str, text: str) -> str:
        """Keep a text, with a checksum that S3 verifies, and give its key."""
        key = f"{self.prefix}/{name}"
        with raising(ERRORS, f"s3://{self.bucket}/{key}"):
            self.s3.put_object(
                Bucket=self.bucket, Key=key, Body=text.encode(), ChecksumAlgorithm="SHA256"
            )
        return key


def capture(
    plan: dict[str, Any],
    change_set: dict[str, Any],
    archive: Archive,
    services: Mapping[str, Any],
) -> dict[str, Any]:
    """Capture functions, stack, site and alarms; a second delivery gets what the first kept.

    `services` are clients of the environment by service. Raises NoRollbackTarget,
    AlarmAlreadyRed, AlarmUnknown, FunctionMissing: nothing has been changed by then.
    """
    kept = archive.read("captured.json")
    if kept:
        return json.loads(kept)
    stack = stacks.find(plan["stack"]["name"], services["cloudformation"])
    added = {change["type"] for change in change_set["changes"] if change["action"] == "Add"}
    captured = {
        "alarms": alarms_before(plan, added, services["cloudwatch"]),
        "functions": [
            function_before(function, "AWS::Lambda::Function" in added, services["lambda"])
            for function in plan["functions"]
        ],
        "site": site_before(plan["site"], services["s3"]),
        "stack": stack_before(plan["stack"], stack, archive, services["cloudformation"]),
    }
    archive.keep("captured.json", json.dumps(captured, sort_keys=True, indent=2))
    return captured


def alarms_before(plan: dict[str, Any], added: set[str], cloudwatch: Any) -> list[dict[str, str]]:
    """Read the alarms' states: none may be red, and none missing that nothing creates."""
    names = [alarm["name"] for alarm in plan["health"]["alarms"]]
    found = alarms.read(names, cloudwatch)
    unknown = [name for name in names if name not in found]
    if unknown and "AWS::CloudWatch::Alarm" not in added:
        raise AlarmUnknown(
            f"There is no metric alarm {', '.join(unknown)}, and the change set creates none. "
            "Create it in the template, or mend the name in the system's manifest."
        )
    red = [str(alarm) for alarm in found.values() if alarm.state == "ALARM"]
    if red:
        raise AlarmAlreadyRed(
            f"Red before anything was changed: {'; '.join(red)}. While it is, nobody can tell "
            "whether a release is healthy. Find its cause and clear it, or mend the alarm, and "
            "promote again."
        )
    return [{"name": name, "state": found[name].state if name in found else ""} for name in names]


def function_before(function: dict[str, Any], created: bool, lambda_: Any) -> dict[str, Any]:
    """Read where a function's alias points; no version where the change set creates the function.

    Raises NoRollbackTarget where there is no single published version to go back to.
    """
    name, alias = function["function"], function["alias"]
    if not present(name, "$LATEST", lambda_):
        if not created:
            raise FunctionMissing(
                f"There is no function {name}, and the change set creates none. Mend the "
                "component's name in the system's manifest, or the template."
            )
        before = aliases.Alias(aliases.Routing("", {}), "")
    else:
        before = single_version(name, alias, lambda_)
    return {
        "function": name,
        "alias": alias,
        **before.routing._asdict(),
        "revision_id": before.revision_id,
    }


def single_version(name: str, alias: str, lambda_: Any) -> aliases.Alias:
    """Read an alias that sends all traffic to one published version."""
    try:
        found = aliases.read(name, alias, lambda_)
    except FunctionMissing:
        raise NoRollbackTarget(
            f"Function {name} has no alias {alias}, so it has no version to go back to. Create "
            "the alias in the template, on a published version, and promote again."
        ) from None
    version, weights = found.routing
    if weights:
        raise NoRollbackTarget(
            f"Alias {alias} of {name} is split already: {found.routing}. Another deployment is "
            "under way or was left half done. Point the alias at one version, and promote again."
        )
    if version == "$LATEST" or not present(name, version, lambda_):
        raise NoRollbackTarget(
            f"Alias {alias} of {name} is at {version}, which is no published version that could "
            "be had back. Point it at a published one, and promote again."
        )
    return found


def present(function: str, version: str, lambda_: Any) -> bool:
    """Tell whether a version of a function exists."""
    try:
        with raising(ERRORS, f"{function}:{version}"):
            lambda_.get_function_configuration(FunctionName=function, Qualifier=version)
    except FunctionMissing:
        return False
    return True


def site_before(site: dict[str, Any], s3: Any) -> dict[str, Any]:
    """Read the versions of the site's entry objects; empty where there is no object yet."""
    bucket = site["bucket"]
    captured: dict[str, Any] = {
        "present": site["present"],
        "bucket": bucket,
        "entry": [],
        "distribution": site["distribution"],
    }
    if not site["present"]:
        return captured
    status = versioning(bucket, s3)
    if status not in ("Enabled", None):
        raise NoRollbackTarget(
            f"Bucket {bucket} keeps no versions (versioning is {status}), so its entry objects "
            "could not be had back. Enable versioning in the template, and promote again."
        )
    for key in site["entry"]:
        found = sites.head(bucket, key, s3) if status else None
        # An object from before versioning was enabled has the version "null".
        version_id = found.get("VersionId", "null") if found else ""
        captured["entry"].append({"key": key, "version_id": version_id})
    return captured


def versioning(bucket: str, s3: Any) -> str | None:
    """Read whether a bucket keeps versions; None where there is no bucket yet."""
    with raising(ERRORS, f"s3://{bucket}"):
        try:
            return s3.get_bucket_versioning(Bucket=bucket).get("Status", "off")
        except s3.exceptions.NoSuchBucket:
            return None
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchBucket":
                return None
            raise


def stack_before(
    planned: dict[str, Any], stack: Any, archive: Archive, cloudformation: Any
) -> dict[str, Any]:
    """Keep the stack's template, and read its parameters; all empty where there is no stack."""
    captured = {
        "name": planned["name"],
        "exists": stacks.exists(stack),
        "template_key": "",
        "template_sha256": "",
        "parameters": {},
        "role_arn": planned["role_arn"],
    }
    if captured["exists"]:
        body = stacks.original_template(planned["name"], cloudformation)
        captured["template_key"] = archive.keep("template", body)
        captured["template_sha256"] = hashlib.sha256(body.encode()).hexdigest()
        captured["parameters"] = stacks.parameters_of(stack)
    return captured
