"""Images of instances: a snapshot of each of its volumes, pending until those are there."""

from datetime import datetime, timedelta
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import amis
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.responses.amis import AmisResponse

from infra.local.account import Account
from infra.local.clock import Clock
from infra.local.ec2.weather import IMAGE_FAILS, UNDELETABLE
from infra.local.patching import replace
from infra.local.weather import Weather

FAILED = "Client.InternalError: Client error on launch"


def install(account: Account, weather: Weather) -> None:
    """Let images of this account take their time, until it stops."""
    images = Images(account.clock, weather)
    replace(account, amis, "utcnow", lambda: account.clock.now().replace(tzinfo=None))
    # moto's images are available at once, and have one volume of 15 GiB, however many and
    # large those of the instance are.
    replace(account, Ami, "state", property(images.state, images.put_state))
    replace(account, Ami, "state_reason", property(images.reason))
    plain_devices: Any = Ami.block_device_mappings
    replace(
        account,
        Ami,
        "block_device_mappings",
        property(lambda image: devices(image) or plain_devices.fget(image)),
    )
    plain_create: Any = AmisResponse.create_image
    replace(
        account,
        AmisResponse,
        "create_image",
        lambda response: images.create(response, plain_create),
    )
    plain_copy: Any = AmisResponse.copy_image
    replace(account, AmisResponse, "copy_image", lambda response: images.copy(response, plain_copy))
    plain_register: Any = AmisResponse.register_image
    replace(
        account,
        AmisResponse,
        "register_image",
        lambda response: images.register(response, plain_register),
    )
    plain_deregister: Any = AmiBackend.deregister_image

    def deregister(backend: Any, ami_id: str) -> None:
        if weather.fault(UNDELETABLE, id=ami_id):
            raise EC2ClientError(
                "OperationNotPermitted", f"The image '{ami_id}' cannot be deregistered."
            )
        plain_deregister(backend, ami_id)

    replace(account, AmiBackend, "deregister_image", deregister)
    plain_answer: Any = AmisResponse.deregister_image
    # moto does not know that an image's snapshots can be deleted with it.
    replace(
        account,
        AmisResponse,
        "deregister_image",
        lambda response: _deregister(response, plain_answer),
    )


class Images:
    """Makes images, each in its time."""

    def __init__(self, clock: Clock, weather: Weather) -> None:
        self._clock = clock
        self._weather = weather

    def state(self, image: Any) -> str:
        """Tell the state of an image."""
        life = vars(image).get("_life")
        if life is not None and self._clock.now() < life["available"]:
            return "pending"
        if life is not None and life["fails"]:
            return "failed"
        return str(vars(image).get("_state", "available"))

    def put_state(self, image: Any, state: str) -> None:
        """Keep the state that moto gives: available or disabled."""
        vars(image)["_state"] = state

    def reason(self, image: Any) -> dict[str, str] | None:
        """Tell why an image failed."""
        if self.state(image) != "failed":
            return None
        return {"Code": FAILED.partition(":")[0], "Message": FAILED}

    def create(self, response: Any, plain: Any) -> Any:
        """Make an image of an instance with its volumes' snapshots."""
        backend = response.ec2_backend
        _check_name(backend, response._get_param("Name"))
        tags = response._parse_tag_specification()
        given = response.params.get("TagSpecifications", [])
        response.params["TagSpecifications"] = [
            each for each in given if each["ResourceType"] == "image"
        ]
        result = plain(response)
        image = backend.amis[result.result["ImageId"]]
        instance = image.instance
        _drop_own_snapshot(image)
        image.root_device_name = instance.root_device_name
        image.root_device_type = "ebs"
        vars(image)["_devices"] = [
            _device(name, _snapshot(image, device.volume_id, tags), device)
            for name, device in instance.block_device_mapping.items()
            if device.volume_id
        ]
        self._begin(image, instance.id)
        return result

    def register(self, response: Any, plain: Any) -> Any:
        """Make an image of snapshots that are there; it is available at once."""
        backend = response.ec2_backend
        _check_name(backend, response._get_param("Name"))
        mappings = response.params.get("BlockDeviceMappings", [])
        found = [_registered(each, backend) for each in mappings if "Ebs" in each]
        result = plain(response)
        image = backend.amis[result.result["ImageId"]]
        image.root_device_name = response._get_param("RootDeviceName") or image.root_device_name
        image.architecture = response._get_param("Architecture") or "i386"
        image.virtualization_type = response._get_param("VirtualizationType") or "paravirtual"
        image.add_tags(response._parse_tag_specification().get("image", {}))
        if found:
            _drop_own_snapshot(image)
            image.root_device_type = "ebs"
            vars(image)["_devices"] = found
            for each in found:
                backend.get_snapshot(each["Ebs"]["SnapshotId"]).from_ami = image.id
        return result

    def copy(self, response: Any, plain: Any) -> Any:
        """Copy an image with its snapshots, out of another Region where that is said."""
        from moto.ec2.models import ec2_backends

        backend = response.ec2_backend
        asked = response._get_param("SourceImageId")
        region = response._get_param("SourceRegion")
        source = ec2_backends[backend.account_id][region].describe_images(ami_ids=[asked])[0]
        if source.state != "available":
            raise EC2ClientError(
                "InvalidAMIID.Unavailable", f"The image ID '{asked}' is not available"
            )
        result = plain(response)
        image = backend.amis[result.result["ImageId"]]
        tags = response._parse_tag_specification()
        image.add_tags(tags.get("image", {}))
        if str(response._get_param("CopyImageTags", "")).lower() == "true":
            image.add_tags({tag["key"]: tag["value"] for tag in source.get_tags()})
        if devices(source):
            _drop_own_snapshot(image)
            image.root_device_name, image.root_device_type = source.root_device_name, "ebs"
            vars(image)["_devices"] = [
                _copied(image, device, region, tags) for device in devices(source)
            ]
        self._begin(image, asked)
        return result

    def _begin(self, image: Any, source: str) -> None:
        available: datetime = self._clock.now() + timedelta(seconds=float(self._weather["image"]))
        fails = self._weather.fault(IMAGE_FAILS, id=[image.id, source]) is not None
        vars(image)["_life"] = {"available": available, "fails": fails}


def devices(image: Any) -> list[dict[str, Any]]:
    """Give the block devices of an image that was made of an instance here, or none."""
    found: list[dict[str, Any]] = vars(image).get("_devices", []) if image is not None else []
    return found


def _deregister(response: Any, plain: Any) -> Any:
    """Deregister an image, and delete its snapshots where that is asked for."""
    backend = response.ec2_backend
    image = backend.amis.get(response._get_param("ImageId"))
    answer = plain(response)
    if image and str(response._get_param("DeleteAssociatedSnapshots")).lower() == "true":
        for device in image.block_device_mappings:
            snapshot = device.get("Ebs", {}).get("SnapshotId", "")
            if snapshot in backend.snapshots:
                backend.delete_snapshot(snapshot)
    return answer


def check_launchable(image: Any) -> None:
    """Raise EC2's error for an image that no instance can be launched from."""
    if image is not None and image.state != "available":
        raise EC2ClientError(
            "InvalidAMIID.Unavailable", f"The image ID '{image.id}' is not available"
        )


def _check_name(backend: Any, name: str) -> None:
    for each in backend.amis.values():
        if each.name == name and each.owner_id == backend.account_id:
            raise EC2ClientError(
                "InvalidAMIName.Duplicate",
                f"AMI name {name} is already in use by AMI {each.id}",
            )


def _drop_own_snapshot(image: Any) -> None:
    """Remove the snapshot that moto makes for each image."""
    image.ec2_backend.snapshots.pop(image.ebs_snapshot.id, None)


def _snapshot(image: Any, volume_id: str, tags: dict[str, dict[str, str]]) -> Any:
    made = image.ec2_backend.create_snapshot(
        volume_id,
        f"Created by CreateImage({image.instance_id}) for {image.id}",
        from_ami=image.id,
    )
    made.add_tags(tags.get("snapshot", {}))
    return made


def _copied(
    image: Any, device: dict[str, Any], region: str, tags: dict[str, dict[str, str]]
) -> dict[str, Any]:
    made = image.ec2_backend.copy_snapshot(
        device["Ebs"]["SnapshotId"], region, f"Copied for {image.id}", None
    )
    made.from_ami = image.id
    made.add_tags(tags.get("snapshot", {}))
    return {**device, "Ebs": {**device["Ebs"], "SnapshotId": made.id}}


def _registered(mapping: dict[str, Any], backend: Any) -> dict[str, Any]:
    """Give a device of a request with what its snapshot says."""
    asked = mapping["Ebs"]
    snapshot = backend.get_snapshot(asked.get("SnapshotId"))
    return {
        "DeviceName": mapping["DeviceName"],
        "Ebs": {
            "SnapshotId": snapshot.id,
            "VolumeSize": int(asked.get("VolumeSize") or snapshot.volume.size),
            "DeleteOnTermination": str(asked.get("DeleteOnTermination", True)).lower() == "true",
            "VolumeType": asked.get("VolumeType") or "standard",
            "Encrypted": snapshot.encrypted,
        },
    }


def _device(name: str, snapshot: Any, device: Any) -> dict[str, Any]:
    return {
        "DeviceName": name,
        "Ebs": {
            "SnapshotId": snapshot.id,
            "VolumeSize": snapshot.volume.size,
            "DeleteOnTermination": bool(device.delete_on_termination),
            "VolumeType": snapshot.volume.volume_type,
            "Encrypted": snapshot.encrypted,
        },
    }
