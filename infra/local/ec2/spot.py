"""Spot Instances and the requests they came from: one-time, or persistent and so stoppable."""

from typing import Any

from moto.ec2.models.spot_requests import SpotInstanceRequest
from moto.ec2.utils import random_spot_request_id

from infra.local.account import Account
from infra.local.patching import replace

ONE_TIME, PERSISTENT = "one-time", "persistent"


def install(account: Account) -> None:
    """Let an instance know its spot request, until the account stops."""

    def launch(request: Any) -> Any:
        instance = plain_launch(request)
        request.type = request.type or ONE_TIME
        vars(instance)["spot_request"] = request
        return instance

    # moto's instances do not know the request that they came from.
    plain_launch = replace(account, SpotInstanceRequest, "launch_instance", launch)


class Launched(SpotInstanceRequest):
    """The request behind an instance that RunInstances launched: moto makes none."""

    def __init__(self, instance: Any, kind: str, options: dict[str, Any]) -> None:
        self._launched = instance
        super().__init__(
            ec2_backend=instance.ec2_backend,
            spot_request_id=random_spot_request_id(),
            price=options.get("MaxPrice", ""),
            image_id=instance.image_id,
            spot_instance_type=kind,
            valid_from=None,
            valid_until=None,
            launch_group=None,
            availability_zone_group=None,
            key_name=instance.key_name,
            security_groups=[group.id for group in instance.security_groups],
            user_data=None,
            instance_type=instance.instance_type,
            placement=instance.placement.zone,
            kernel_id=None,
            ramdisk_id=None,
            monitoring_enabled=False,
            subnet_id=instance.subnet_id,
            tags={},
            spot_fleet_id=None,
            instance_interruption_behaviour=options.get("InstanceInterruptionBehavior"),
        )

    def launch_instance(self) -> Any:
        """Give the instance that there is already."""
        vars(self._launched)["spot_request"] = self
        return self._launched


def record_request(instance: Any, market: dict[str, Any]) -> None:
    """Keep the spot request of an instance that was launched with these market options."""
    options = market.get("SpotOptions") or {}
    request = Launched(instance, options.get("SpotInstanceType") or ONE_TIME, options)
    instance.ec2_backend.spot_instance_requests[request.id] = request


def request_id(instance: Any) -> str | None:
    """Give the id of the request that an instance came from."""
    request = vars(instance).get("spot_request")
    return request.id if request else None


def is_one_time(instance: Any) -> bool:
    """Tell whether it is a Spot Instance whose request is not persistent."""
    request = vars(instance).get("spot_request")
    kind = request.type if request else ONE_TIME
    return bool(instance.lifecycle == "spot" and kind != PERSISTENT)
