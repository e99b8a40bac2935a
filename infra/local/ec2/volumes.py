"""Volumes that take their time to be there and to be gone, and are made once for each token."""

import threading
from datetime import datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import elastic_block_store
from moto.ec2.models.elastic_block_store import EBSBackend, Volume
from moto.ec2.responses.elastic_block_store import ElasticBlockStore

from infra.local.account import Account
from infra.local.clock import Clock
from infra.local.ec2 import errors
from infra.local.ec2.weather import UNDELETABLE, VOLUME_FAILS, VOLUME_HANGS
from infra.local.keys import is_usable
from infra.local.patching import replace
from infra.local.weather import Weather


def install(account: Account, weather: Weather) -> "Volumes":
    """Let volumes of this account take their time, until it stops."""
    volumes = Volumes(account.clock, weather)
    # moto's times are the wall's.
    replace(account, elastic_block_store, "utcnow", volumes.utcnow)
    # moto's volumes are available at once and gone at once, whatever they are made of, and a
    # request that comes twice makes two.
    replace(account, Volume, "status", property(volumes.status))
    plain_create: Any = ElasticBlockStore.create_volume
    replace(
        account,
        ElasticBlockStore,
        "create_volume",
        lambda response: volumes.create(response, plain_create),
    )
    replace(account, ElasticBlockStore, "delete_volume", lambda response: volumes.delete(response))
    plain_make: Any = EBSBackend.create_volume

    def make(backend: Any, *args: Any, **kwargs: Any) -> Any:
        return _with_key(backend, plain_make(backend, *args, **kwargs))

    replace(account, EBSBackend, "create_volume", make)
    return volumes


class Volumes:
    """Makes and removes volumes, each in its time."""

    def __init__(self, clock: Clock, weather: Weather) -> None:
        self._clock = clock
        self._weather = weather
        self._going: list[tuple[datetime, Any, str]] = []
        self._lock = threading.RLock()

    def utcnow(self) -> datetime:
        """Tell the account's time as moto keeps times."""
        return self._clock.now().replace(tzinfo=None)

    def status(self, volume: Any) -> str:
        """Tell the state of a volume."""
        life = vars(volume).get("_life", {})
        if life.get("deleting"):
            return "deleting"
        if life.get("hangs") or self._clock.now() < life.get("created", self._clock.now()):
            return "creating"
        if life.get("fails"):
            return "error"
        return "in-use" if volume.attachment else "available"

    def create(self, response: Any, plain: Any) -> ActionResult:
        """Begin to make a volume, or tell again what the same client token began."""
        response.error_on_dryrun()
        with self._lock:
            token = response._get_param("ClientToken")
            known = vars(response.ec2_backend).setdefault("_volumes_asked", {})
            if token in known:
                asked, result = known[token]
                if asked != response.params:
                    raise errors.other_request()
                return ActionResult(result)
            _check_snapshot(response)
            result = plain(response).result
            self._begin(result)
            if token:
                known[token] = (dict(response.params), result)
        return ActionResult(result)

    def delete(self, response: Any) -> ActionResult:
        """Begin to delete a volume that nothing is attached to."""
        response.error_on_dryrun()
        backend, volume_id = response.ec2_backend, response._get_param("VolumeId")
        with self._lock:
            volume = backend.get_volume(volume_id)
            fault = self._weather.fault(UNDELETABLE, id=volume_id)
            if fault or self.status(volume) == "deleting":
                raise EC2ClientError(
                    "IncorrectState", f"The volume '{volume_id}' is not in a valid state."
                )
            seconds = float(self._weather["deleting_volume"])
            if volume.attachment or not seconds:
                backend.delete_volume(volume_id)
            else:
                vars(volume).setdefault("_life", {})["deleting"] = True
                gone = self._clock.now() + timedelta(seconds=seconds)
                self._going.append((gone, backend, volume_id))
        return ActionResult({})

    def settle(self) -> None:
        """Let volumes be gone whose time is over."""
        if not self._going:
            return
        with self._lock:
            now = self._clock.now()
            for each in [each for each in self._going if each[0] <= now]:
                self._going.remove(each)
                each[1].volumes.pop(each[2], None)

    def _begin(self, volume: Any) -> None:
        seconds, backend = float(self._weather["volume"]), volume.ec2_backend
        ids = [volume.id, volume.snapshot_id or ""]
        vars(volume)["_life"] = {
            "created": self._clock.now() + timedelta(seconds=seconds),
            "hangs": self._weather.fault(VOLUME_HANGS, id=ids) is not None,
            "fails": self._weather.fault(VOLUME_FAILS, id=ids) is not None
            or not is_usable(volume.kms_key_id, backend.account_id, backend.region_name),
        }


def _check_snapshot(response: Any) -> None:
    """Raise EC2's error for a snapshot that a volume cannot be made of."""
    snapshot_id, size = response._get_param("SnapshotId"), response._get_param("Size")
    if not snapshot_id:
        return
    snapshot = response.ec2_backend.get_snapshot(snapshot_id)
    if snapshot.status != "completed":
        raise EC2ClientError("IncorrectState", f"Snapshot is in invalid state - {snapshot.status}")
    if size is not None and int(size) < int(snapshot.volume.size):
        raise EC2ClientError(
            "InvalidParameterValue",
            f"Volume of {size}GiB is smaller than snapshot '{snapshot_id}', expect size >= "
            f"{snapshot.volume.size}GiB",
        )


def _with_key(backend: Any, volume: Any) -> Any:
    """Give a volume of an encrypted snapshot the snapshot's key."""
    if volume.encrypted and not volume.kms_key_id:
        volume.kms_key_id = backend.get_snapshot(volume.snapshot_id).kms_key_id
    return volume
