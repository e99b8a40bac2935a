"""Deploy daytwo: `python -m infra.deploy dev` builds, packages and updates its stack."""

import argparse
import hashlib
import json
import os
import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import settings
from infra.build import EXPECTED as BUILD_ERRORS
from infra.build import Built, build
from infra.discovery import PREFIX
from infra.stacks import Deployed, DeploymentFailed, Manner, NotConfirmed, Session, deploy
from infra.template.definitions import definition_key
from infra.template.functions import code_key

STACK = PREFIX
EXPECTED = (*BUILD_ERRORS, DeploymentFailed, NotConfirmed, BotoCoreError, ClientError)


def deploy_daytwo(built: Built, session: Session, manner: Manner | None = None) -> Deployed:
    """Package what was built, and bring daytwo's stack to it."""
    bucket = packaging_bucket(session)
    template = compact(json.loads(built.template.read_text()))
    key = upload(session, bucket, "templates", template, ".json")
    parameters = {
        "CodeBucket": bucket,
        "LayerKey": upload(session, bucket, "layers", built.layer.read_bytes(), ".zip"),
    }
    for family, package in built.functions.items():
        content = package.read_bytes()
        parameters[code_key(family)] = upload(
            session, bucket, f"functions/{family}", content, ".zip"
        )
    for name, path in built.workflows.items():
        content = compact(json.loads(path.read_text()))
        parameters[definition_key(name)] = upload(
            session, bucket, f"workflows/{name}", content, ".json"
        )
    region = session.client("s3").meta.region_name
    return deploy(
        STACK, f"https://{bucket}.s3.{region}.amazonaws.com/{key}", parameters, session, manner
    )


def compact(document: dict[str, Any]) -> bytes:
    """Write a template or a definition as it is uploaded: each blank counts in its limit."""
    return json.dumps(document, separators=(",", ":")).encode()


def packaging_bucket(session: Session) -> str:
    """Name the bucket that holds packages, and make it if it is not there."""
    s3 = session.client("s3")
    region = s3.meta.region_name
    account = session.client("sts").get_caller_identity()["Account"]
    bucket = f"{PREFIX}-packages-{account}-{region}"
    try:
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        where = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **({} if region == "us-east-1" else where))
        blocked = (
            "BlockPublicAcls",
            "BlockPublicPolicy",
            "IgnorePublicAcls",
            "RestrictPublicBuckets",
        )
        s3.put_public_access_block(
            Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True)
        )
    return bucket


def upload(session: Session, bucket: str, folder: str, content: bytes, suffix: str) -> str:
    """Put content under a key made of its digest, unless it is there already; give the key."""
    s3 = session.client("s3")
    key = f"{folder}/{hashlib.sha256(content).hexdigest()}{suffix}"
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key


def main(arguments: list[str]) -> int:
    """Run the command line; give its exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    parser.add_argument("environment", choices=settings.environments())
    parser.add_argument(
        "--arch",
        default="",
        choices=["arm64", "x86_64", "local"],
        help="instead of the configured one; local is for an embedded account on this machine",
    )
    parser.add_argument("--yes", action="store_true", help="execute the changes without asking")
    chosen = parser.parse_args(arguments)
    asks = sys.stdin.isatty() and not chosen.yes
    manner = Manner(confirm=_ask) if asks else Manner()
    try:
        deployed = deploy_daytwo(build(chosen.environment, chosen.arch), _session(), manner)
    except EXPECTED as error:
        sys.stderr.write(f"not deployed: {error}\n")
        return 1
    sys.stdout.write(f"stack {deployed.stack} {deployed.outcome}\n")
    for name, value in deployed.outputs.items():
        sys.stdout.write(f"  {name}  {value}\n")
    return 0


def _session() -> Any:
    # boto3 reads AWS_DEFAULT_REGION alone, every other SDK and Lambda AWS_REGION.
    session = boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
    if not session.region_name:
        raise DeploymentFailed(
            "no Region is chosen: set AWS_REGION, or a region in your AWS profile"
        )
    return session


def _ask() -> bool:
    sys.stdout.write("Execute these changes? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
