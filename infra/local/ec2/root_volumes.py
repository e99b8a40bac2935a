"""CreateReplaceRootVolumeTask: a root volume goes back to a snapshot while the instance runs.

AWS page "Replace the root volume for an Amazon EC2 instance without stopping it".
"""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

from infra.local.account import Account
from infra.local.clock import Clock
from infra.local.ec2 import finding
from infra.local.ec2.paging import position, token
from infra.local.ec2.rendering import Rendered
from infra.local.ec2.weather import ROOT_VOLUME_FAILS
from infra.local.patching import replace
from infra.local.weather import Weather

# Which part of the time a task is pending, before it is in progress.
PENDING_SHARE = 0.1
MOST_RESULTS = 50


@dataclass
class Task:
    """The replacement of one instance's root volume."""

    instance: Any
    snapshot: Any
    deletes: bool
    began: datetime
    ends: datetime
    fails: bool
    tags: dict[str, str]
    id: str = field(default_factory=lambda: f"replacevol-{secrets.token_hex(9)[:17]}")
    done: bool = False

    def state(self, now: datetime) -> str:
        """Tell the task's state at a moment."""
        if now >= self.ends and self.done:
            return "failed" if self.fails else "succeeded"
        begun = self.began + (self.ends - self.began) * PENDING_SHARE
        return "in-progress" if now > begun else "pending"


def install(account: Account, weather: Weather) -> "RootVolumes":
    """Add the two calls that moto lacks, until the account stops."""
    volumes = RootVolumes(account.clock, weather)
    replace(
        account, EC2Response, "create_replace_root_volume_task", lambda self: volumes.create(self)
    )
    replace(
        account,
        EC2Response,
        "describe_replace_root_volume_tasks",
        lambda self: volumes.describe(self),
    )
    return volumes


class RootVolumes:
    """Replaces root volumes, each in its time."""

    def __init__(self, clock: Clock, weather: Weather) -> None:
        self._clock = clock
        self._weather = weather
        self._open: list[Task] = []
        self._lock = threading.RLock()

    def create(self, response: Any) -> Rendered:
        """Begin a replacement, or tell again what the same client token began."""
        response.error_on_dryrun()
        client_token = response._get_param("ClientToken")
        with self._lock:
            tasks = _tasks(response)
            known = tasks.get(client_token) if client_token else None
            task = known or self._begin(response)
            tasks.setdefault(client_token or task.id, task)
        return Rendered({"ReplaceRootVolumeTask": self._told(task)})

    def describe(self, response: Any) -> Rendered:
        """List replacements, page by page."""
        response.error_on_dryrun()
        tasks = list(_tasks(response).values())
        ids = response._get_param("ReplaceRootVolumeTaskIds", [])
        missing = set(ids) - {each.id for each in tasks}
        if missing:
            raise EC2ClientError(
                "InvalidReplaceRootVolumeTaskId.NotFound",
                f"The replace root volume task ID '{min(missing)}' does not exist",
            )
        wanted = response._filters_from_querystring().get("instance-id")
        found = [
            (place, each)
            for place, each in enumerate(tasks)
            if (not ids or each.id in ids) and (not wanted or each.instance.id in wanted)
        ]
        begin = position(response._get_param("NextToken"))
        size = int(response._get_param("MaxResults", MOST_RESULTS))
        rest = (each for each in found if each[0] >= begin)
        page = list(islice(rest, size))
        more = next(rest, None)
        return Rendered(
            {
                "ReplaceRootVolumeTasks": [self._told(each) for _, each in page],
                "NextToken": token(more[0]) if more else None,
            }
        )

    def settle(self) -> None:
        """Let what is due happen: the new volume takes the place of the old one."""
        if not self._open:
            return
        with self._lock:
            now = self._clock.now()
            for task in [each for each in self._open if each.ends <= now]:
                self._open.remove(task)
                task.done = True
                if not task.fails:
                    _swap(task)

    def _begin(self, response: Any) -> Task:
        instance = finding.one(response.ec2_backend, response._get_param("InstanceId"))
        if instance.state != "running":
            raise EC2ClientError(
                "IncorrectInstanceState",
                f"The instance '{instance.id}' is not in the 'running' state.",
            )
        if instance.root_device_type != "ebs":
            raise EC2ClientError(
                "UnsupportedOperation",
                f"The instance '{instance.id}' does not have an 'ebs' root device type.",
            )
        now = self._clock.now()
        task = Task(
            instance,
            _snapshot(response, instance),
            bool(response._get_param("DeleteReplacedRootVolume", False)),
            began=now,
            ends=now + timedelta(seconds=float(self._weather["root_volume"])),
            fails=self._weather.fault(ROOT_VOLUME_FAILS, id=instance.id) is not None,
            tags=response._parse_tag_specification().get("replace-root-volume-task", {}),
        )
        self._open.append(task)
        return task

    def _told(self, task: Task) -> dict[str, Any]:
        state = task.state(self._clock.now())
        ended = state in ("succeeded", "failed")
        return {
            "CompleteTime": f"{task.ends:%Y-%m-%dT%H:%M:%SZ}" if ended else None,
            "DeleteReplacedRootVolume": task.deletes,
            "InstanceId": task.instance.id,
            "ReplaceRootVolumeTaskId": task.id,
            "SnapshotId": task.snapshot.id if task.snapshot else None,
            "StartTime": f"{task.began:%Y-%m-%dT%H:%M:%SZ}",
            "Tags": [{"Key": key, "Value": value} for key, value in task.tags.items()],
            "TaskState": state,
        }


def _tasks(response: Any) -> dict[str, Task]:
    """Give the tasks of a Region, by client token or id."""
    tasks: dict[str, Task] = vars(response.ec2_backend).setdefault("_root_volume_tasks", {})
    return tasks


def _snapshot(response: Any, instance: Any) -> Any:
    """Give the snapshot that is asked for; it has to be complete, and one of this root."""
    snapshot_id = response._get_param("SnapshotId")
    if not snapshot_id:
        return None
    snapshot = response.ec2_backend.get_snapshot(snapshot_id)
    if snapshot.status != "completed":
        raise EC2ClientError("IncorrectState", f"Snapshot is in invalid state - {snapshot.status}")
    if snapshot.volume.id not in _lineage(instance):
        raise EC2ClientError(
            "InvalidParameterValue",
            f"The snapshot '{snapshot_id}' was not created from the root volume of the instance "
            f"'{instance.id}', or from one of its earlier root volumes.",
        )
    return snapshot


def _lineage(instance: Any) -> set[str]:
    """Give the ids of the volumes that are or were the root of an instance."""
    current = instance.block_device_mapping[instance.root_device_name].volume_id
    return {current, *vars(instance).get("_earlier_roots", ())}


def _swap(task: Task) -> None:
    instance = task.instance
    if instance.state in ("shutting-down", "terminated"):
        return
    backend, device = instance.ec2_backend, instance.root_device_name
    mapping = instance.block_device_mapping[device]
    old, deleted_at_end = mapping.volume_id, mapping.delete_on_termination
    vars(instance)["_earlier_roots"] = _lineage(instance)
    backend.detach_volume(old, instance.id, device)
    volume = backend.create_volume(
        size=task.snapshot.volume.size if task.snapshot else 8,
        zone_name=instance.placement.zone,
        snapshot_id=task.snapshot.id if task.snapshot else None,
    )
    backend.attach_volume(volume.id, instance.id, device, deleted_at_end)
    if task.deletes:
        backend.delete_volume(old)
