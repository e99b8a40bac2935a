"""RunInstances: as many as there is room for, once for each client token, all that is asked."""

import threading
from collections.abc import Mapping
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.responses.instances import InstanceResponse

from infra.local.account import Account
from infra.local.ec2 import errors
from infra.local.ec2.capacity import room_for, take_room
from infra.local.ec2.describing import groups, told
from infra.local.ec2.images import check_launchable, devices
from infra.local.ec2.instances import Acting
from infra.local.ec2.lifecycle import CODES
from infra.local.ec2.rendering import Rendered
from infra.local.ec2.spot import record_request
from infra.local.patching import replace
from infra.local.weather import Weather

# What a launch template can set that moto takes from the request alone.
FROM_TEMPLATE = (
    "BlockDeviceMappings",
    "DisableApiStop",
    "DisableApiTermination",
    "EbsOptimized",
    "HibernationOptions",
    "IamInstanceProfile",
    "ImageId",
    "InstanceInitiatedShutdownBehavior",
    "InstanceMarketOptions",
    "InstanceType",
    "KeyName",
    "MetadataOptions",
    "Monitoring",
    "NetworkInterfaces",
    "Placement",
)
DEFAULT_TYPE = "m1.small"
Parameters = dict[str, Any]


def install(account: Account, weather: Weather, acting: Acting) -> None:
    """Launch instances as EC2 does, until the account stops."""
    launching = Launching(weather)

    def run(backend: Any, image_id: str, count: int, *args: Any, **kwargs: Any) -> Any:
        _take_room(weather, _where(backend, kwargs), count)
        reservation = plain_run(backend, image_id, count, *args, **kwargs)
        for each in reservation.instances:
            vars(each)["reservation_id"] = reservation.id
            _equip(each, own_interface=not kwargs.get("nics"))
        acting.befall_launch(reservation.instances)
        return reservation

    # moto launches MinCount instances, launches again for a client token that it has seen, gives
    # the profile to the first instance alone, and leaves out most of a launch template.
    plain_run = replace(account, InstanceBackend, "run_instances", run)
    launching.plain = replace(
        account, InstanceResponse, "run_instances", lambda self: launching.run(self)
    )
    # moto calls each root volume /dev/sda1, whatever the image calls it.
    replace(account, Instance, "setup_defaults", _add_root_volume)


class Launching:
    """Answers RunInstances."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self._lock = threading.RLock()
        self.plain: Any = None

    def run(self, response: Any) -> Rendered:
        """Launch, or tell again what a request with the same client token launched.

        Raises EC2's IdempotentParameterMismatch for the token of another request.
        """
        with self._lock:
            token = response._get_param("ClientToken")
            if not token:
                return _told(self._launch(response))
            known = vars(response.ec2_backend).setdefault("_launches", {})
            asked = {key: value for key, value in response.data.items() if key != "Version"}
            if token not in known:
                known[token] = (asked, self._launch(response))
            if known[token][0] != asked:
                raise errors.other_request()
            return _told(known[token][1])

    def _launch(self, response: Any) -> Any:
        asked: Parameters = response.params
        for name, value in _of_template(response).items():
            asked.setdefault(name, value)
        if not asked.get("ImageId"):
            raise EC2ClientError(
                "MissingParameter", "The request must contain the parameter ImageId"
            )
        check_launchable(response.ec2_backend.amis.get(asked["ImageId"]))
        placed = {
            "instance_type": asked.get("InstanceType", DEFAULT_TYPE),
            "nics": asked.get("NetworkInterfaces"),
            "placement": (asked.get("Placement") or {}).get("AvailabilityZone"),
            "subnet_id": asked.get("SubnetId"),
        }
        asked["MinCount"] = self._count(asked, _where(response.ec2_backend, placed))
        reservation = self.plain(response).result
        for each in reservation.instances:
            _complete(each, asked)
        return reservation

    def _count(self, asked: Parameters, where: tuple[str, str]) -> int:
        """Tell how many fit; raises EC2's error where they are fewer than MinCount."""
        least = int(asked.get("MinCount", 1))
        most = int(asked.get("MaxCount", least))
        room = room_for(self._weather, *where, most)
        if room < least:
            _take_room(self._weather, where, least)
        return room


def _take_room(weather: Weather, where: tuple[str, str], count: int) -> None:
    if take_room(weather, [where] * count):
        raise errors.no_capacity(*where)


def _told(reservation: Any) -> Rendered:
    """Answer with what was launched; at the moment of the answer each is pending."""
    pending = {"State": {"Code": CODES["pending"], "Name": "pending"}}
    return Rendered(
        {
            "Groups": groups([]),
            "Instances": [{**told(each), **pending} for each in reservation.instances],
            "OwnerId": reservation.owner_id,
            "ReservationId": reservation.id,
        }
    )


def _of_template(response: Any) -> Parameters:
    """Give what the launch template sets, with the subnet of its first network interface."""
    named = response._get_param("LaunchTemplate")
    if not named:
        return {}
    data: Mapping[str, Any] = response.ec2_backend._get_template_from_args(named).data
    found = {name: data[name] for name in FROM_TEMPLATE if data.get(name) is not None}
    if response._get_param("SubnetId"):
        for interface in found.pop("NetworkInterfaces", []):
            if interface.get("Groups"):
                found["SecurityGroupIds"] = interface["Groups"]
    return found


def _where(backend: Any, asked: Mapping[str, Any]) -> tuple[str, str]:
    """Tell the type and the zone that a launch leads to, from what moto is asked for."""
    interfaces = asked.get("nics") or [{}]
    subnet = asked.get("subnet_id") or interfaces[0].get("SubnetId")
    zone = backend.get_subnet(subnet).availability_zone if subnet else asked.get("placement")
    instance_type = asked.get("instance_type") or DEFAULT_TYPE
    return str(instance_type), str(zone or f"{backend.region_name}a")


def _equip(instance: Any, own_interface: bool) -> None:
    """Give an instance the root that its image has; its own interface ends with it."""
    image = instance.ec2_backend.amis.get(instance.image_id)
    if image is not None and image.root_device_type == "instance-store":
        instance.root_device_type = "instance-store"
    elif instance.root_device_name not in instance.block_device_mapping:
        _add_root_volume(instance)
    primary = instance.nics.get(0)
    if primary is not None and own_interface:
        primary.delete_on_termination = True


def _complete(instance: Any, asked: Parameters) -> None:
    """Set what moto takes from no request, or for the first instance alone."""
    placement = asked.get("Placement") or {}
    instance.placement.tenancy = placement.get("Tenancy") or instance.placement.tenancy
    instance.placement.group_name = placement.get("GroupName") or ""
    instance.disable_api_termination = bool(asked.get("DisableApiTermination", False))
    market = asked.get("InstanceMarketOptions") or {}
    if market.get("MarketType") == "spot":
        record_request(instance, market)
    profile = asked.get("IamInstanceProfile") or {}
    associated = instance.ec2_backend.iam_instance_profile_associations
    if profile and instance.id not in associated:
        instance.ec2_backend.associate_iam_instance_profile(
            instance_id=instance.id,
            iam_instance_profile_name=profile.get("Name"),
            iam_instance_profile_arn=profile.get("Arn"),
        )


def _add_root_volume(instance: Any) -> None:
    backend = instance.ec2_backend
    image = backend.amis.get(instance.image_id)
    if image is not None and image.root_device_type == "instance-store":
        return
    for device in devices(image):
        if device["DeviceName"] in instance.block_device_mapping:
            continue
        size, source = device["Ebs"]["VolumeSize"], device["Ebs"]["SnapshotId"]
        volume = backend.create_volume(size, instance.placement.zone, snapshot_id=source)
        ends = device["Ebs"]["DeleteOnTermination"]
        backend.attach_volume(volume.id, instance.id, device["DeviceName"], ends)
    if instance.root_device_name not in instance.block_device_mapping:
        volume = backend.create_volume(size=8, zone_name=instance.placement.zone)
        backend.attach_volume(volume.id, instance.id, instance.root_device_name, True)
