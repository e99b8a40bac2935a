"""Delete the copy of a volume and see that it is gone."""

from typing import Any

from tasks import stacks
from tasks.drills import copies, lateness, ledger
from tasks.runtime import client, raising, setting, task
from tasks.servers import volumes

PERMISSIONS = {
    **ledger.STRIKES,
    "ec2:DescribeVolumes": "*",
    "ec2:DeleteVolume": volumes.VOLUME_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
CONDITIONS = {"ec2:DeleteVolume": copies.OF_A_DRILL}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    return remove(
        row,
        request["now"],
        client("ec2", row["target"]),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def remove(row: dict[str, Any], now: str, ec2: Any, table: str, dynamodb: Any) -> dict[str, Any]:
    """Delete the volume that has the row's name in its tags; done when EC2 knows it no more."""
    copies.check_name(row["name"])
    found = volumes.made(row["drill"], ec2, row["name"]).get(row["name"])
    if found is None:
        if lateness.may_appear(row, now):
            return {"done": False, "state": "not seen yet", "proof": ""}
        proof = f"DescribeVolumes knows no volume with the tag {row['name']}, asked at {now}"
        ledger.strike_out(row, proof, now=now, table=table, dynamodb=dynamodb)
        return {"done": True, "state": "gone", "proof": proof}
    delete(found, ec2)
    return {"done": False, "state": found["State"], "proof": ""}


def delete(volume: volumes.Volume, ec2: Any) -> None:
    """Ask for a volume's deletion, unless EC2 is at it."""
    if volume["State"] in ("deleting", "deleted"):
        return
    # Gone meanwhile, attached still, or just being made: the next look tells.
    passing = {"InvalidVolume.NotFound", "VolumeInUse"}
    if volume["State"] == "creating":
        passing.add("IncorrectState")
    with raising({}, volume["VolumeId"]):
        try:
            ec2.delete_volume(VolumeId=volume["VolumeId"])
        except ec2.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in passing:
                raise
