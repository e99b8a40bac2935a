"""Snapshots that take their time, listed by owner and page by page."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_block_store import EBSBackend, Snapshot
from moto.ec2.responses import EC2Response
from moto.ec2.responses.elastic_block_store import ElasticBlockStore

from infra.local.account import ACCOUNT_ID, Account
from infra.local.ec2.paging import position, token
from infra.local.ec2.rendering import Rendered
from infra.local.ec2.weather import SNAPSHOT_FAILS, UNDELETABLE
from infra.local.patching import replace
from infra.local.weather import Weather

LARGEST_PAGE = 1000
# CopySnapshot: a copy's volume id is arbitrary.
NO_VOLUME = "vol-ffffffff"
FAILED = "Given key ID is not accessible"


def install(account: Account, weather: Weather) -> None:
    """Let snapshots of this account take their time, until it stops."""
    clock = account.clock

    def create(backend: Any, volume_id: str, *args: Any, **kwargs: Any) -> Any:
        snapshot = plain_create(backend, volume_id, *args, **kwargs)
        if snapshot.encrypted and not snapshot.kms_key_id:
            snapshot.kms_key_id = snapshot.volume.kms_key_id
        if not kwargs.get("from_ami"):  # those have always been there
            _begin(snapshot, clock.now(), weather)
        return snapshot

    # moto's snapshots are complete as soon as they are asked for.
    status = property(lambda each: _status(each, clock.now()), lambda each, value: None)
    replace(account, Snapshot, "status", status)
    replace(account, Snapshot, "state", status)
    replace(account, Snapshot, "progress", property(lambda each: _progress(each, clock.now())))
    plain_create = replace(account, EBSBackend, "create_snapshot", create)
    plain_copy: Any = EBSBackend.copy_snapshot
    replace(
        account,
        EBSBackend,
        "copy_snapshot",
        lambda backend, *asked, **named: _copy(
            plain_copy(backend, *asked, **named), clock.now(), weather
        ),
    )
    plain_delete: Any = EBSBackend.delete_snapshot

    def delete(backend: Any, snapshot_id: str) -> Any:
        if weather.fault(UNDELETABLE, id=snapshot_id):
            words = f"The snapshot '{snapshot_id}' is currently in use."
            raise EC2ClientError("InvalidSnapshot.InUse", words)
        return plain_delete(backend, snapshot_id)

    replace(account, EBSBackend, "delete_snapshot", delete)
    # moto gives everybody's snapshots, all at once.
    plain_describe = EBSBackend.describe_snapshots
    replace(
        account,
        ElasticBlockStore,
        "describe_snapshots",
        lambda response: _describe(response, plain_describe),
    )
    # moto leaves CopyTagsFromSource out.
    plain_create_several: Any = EC2Response.create_snapshots
    replace(
        account,
        EC2Response,
        "create_snapshots",
        lambda response: _create_several(response, plain_create_several),
    )


def _copy(snapshot: Any, now: datetime, weather: Weather) -> Any:
    """Begin a copy; its volume is told with an id that is nobody's."""
    _begin(snapshot, now, weather)
    vars(snapshot)["_volume_told"] = NO_VOLUME
    return snapshot


def _begin(snapshot: Any, now: datetime, weather: Weather) -> None:
    attachment = snapshot.volume.attachment
    ids = [snapshot.volume.id, attachment.instance.id if attachment else ""]
    seconds = float(weather["snapshot"])
    vars(snapshot).update(
        _takes=seconds,
        _completes=now + timedelta(seconds=seconds),
        _fails=weather.fault(SNAPSHOT_FAILS, id=ids) is not None,
    )


def _status(snapshot: Any, now: datetime) -> str:
    completes = vars(snapshot).get("_completes")
    if completes and now < completes:
        return "pending"
    return "error" if vars(snapshot).get("_fails") else "completed"


def _progress(snapshot: Any, now: datetime) -> str:
    completes = vars(snapshot).get("_completes")
    left = (completes - now).total_seconds() if completes else 0
    return "100%" if left <= 0 else f"{int(100 * (1 - left / vars(snapshot)['_takes']))}%"


def _create_several(response: Any, plain: Any) -> Any:
    result = plain(response)
    if response._get_param("CopyTagsFromSource") == "volume":
        for snapshot in result.result["Snapshots"]:
            copied = snapshot.ec2_backend.tags.get(snapshot.volume_id, {})
            snapshot.add_tags({**copied, **snapshot.ec2_backend.tags.get(snapshot.id, {})})
    return result


def _describe(response: Any, describe: Any) -> Rendered:
    response.error_on_dryrun()
    ids = response._get_param("SnapshotIds", [])
    size = int(response._get_param("MaxResults", LARGEST_PAGE))
    owners = [
        ACCOUNT_ID if each == "self" else each for each in response._get_param("OwnerIds", [])
    ]
    found = describe(
        response.ec2_backend, snapshot_ids=ids, filters=response._filters_from_querystring()
    )
    begin = position(response._get_param("NextToken"))
    passed: Iterator[tuple[int, Any]] = (
        (place, each)
        for place, each in islice(enumerate(found), begin, None)
        if not owners or each.owner_id in owners
    )
    page = list(islice(passed, None if ids else size))
    more = next(passed, None)
    return Rendered(
        {
            "Snapshots": [_told(each) for _, each in page],
            "NextToken": token(more[0]) if more else None,
        }
    )


def _told(snapshot: Any) -> dict[str, Any]:
    status = snapshot.status
    return {
        "Description": snapshot.description,
        "Encrypted": bool(snapshot.encrypted),
        "KmsKeyId": snapshot.kms_key_id,
        "OwnerId": snapshot.owner_id,
        "Progress": snapshot.progress,
        "SnapshotId": snapshot.id,
        "StartTime": snapshot.start_time,
        "State": status,
        "StateMessage": FAILED if status == "error" else None,
        "StorageTier": snapshot.storage_tier,
        "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in snapshot.get_tags()],
        "VolumeId": vars(snapshot).get("_volume_told", snapshot.volume.id),
        "VolumeSize": snapshot.volume.size,
    }
