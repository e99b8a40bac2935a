"""Create the empty and private bucket that a bucket's objects are restored to."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import copies, ledger, standing
from tasks.errors import DrillRefused, RestoreFailed
from tasks.objects import places, settings
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    "s3:GetEncryptionConfiguration": places.SOURCE,
    **dict.fromkeys(
        (
            "s3:CreateBucket",
            "s3:ListBucket",
            "s3:GetBucketTagging",
            "s3:PutBucketTagging",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutEncryptionConfiguration",
        ),
        places.COPY,
    ),
}
ERRORS = {
    **places.ERRORS,
    "BucketAlreadyExists": DrillRefused,
    "OperationAborted": RestoreFailed,
    "TooManyBuckets": RestoreFailed,
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    name = component["copy"]
    copies.check_name(name)
    source, target = drill["source"]["target"], drill["target"]["target"]
    ledger.plan(
        drill["id"],
        "bucket",
        name,
        component=component["name"],
        target=target,
        now=request["now"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )
    return create(component, drill, client("s3", source), client("s3", target))


def create(
    component: Mapping[str, Any], drill: Mapping[str, Any], source_s3: Any, s3: Any
) -> dict[str, Any]:
    """Create the bucket, or find the one that an earlier delivery made.

    No public access from the first moment, and the source's encryption where its key can be
    used. Raises DrillRefused where the name is taken, NotACopy where the drill did not make
    the bucket, RestoreFailed where it is not empty.
    """
    name, region = component["copy"], s3.meta.region_name
    if exists(name, s3):
        check_empty(name, s3)
        found = settings.tags(name, s3)
        if found:
            copies.check(name, found, drill["id"])
    else:
        # S3 API Reference, "CreateBucket": us-east-1 is the Region that must not be named.
        place = {"LocationConstraint": region}
        with raising(ERRORS, f"s3://{name}"):
            s3.create_bucket(
                Bucket=name,
                **({} if region == "us-east-1" else {"CreateBucketConfiguration": place}),
            )
    with raising(ERRORS, f"s3://{name}"):
        s3.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(settings.PRIVATE, True)
        )
        s3.put_bucket_tagging(
            Bucket=name,
            Tagging={"TagSet": copies.tags(drill["id"], name)},
        )
    encryption = settings.encryption(component["resource"], source_s3)
    if encryption and settings.usable(encryption, source_s3.meta.region_name == region):
        with raising(ERRORS, f"s3://{name}"):
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=encryption)
    return {"done": True, "state": "empty and private"}


def exists(name: str, s3: Any) -> bool:
    """Tell whether there is such a bucket; raises DrillRefused where it is somebody else's."""
    with raising({**ERRORS, "403": DrillRefused}, f"s3://{name}"):
        try:
            s3.head_bucket(Bucket=name)
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
                return False
            raise
    return True


def check_empty(name: str, s3: Any) -> None:
    """Raise RestoreFailed where the bucket holds an object: nothing is ever restored over."""
    with raising(ERRORS, f"s3://{name}"):
        if s3.list_objects_v2(Bucket=name, MaxKeys=1).get("KeyCount"):
            raise RestoreFailed(
                f"Bucket {name} is to hold the copy and has objects in it already; start the "
                "drill again, which takes another name"
            )
