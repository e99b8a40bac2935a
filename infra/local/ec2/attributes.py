"""ModifyInstanceAttribute: what only a stopped instance can be given, and types that fit it.

AWS pages "ModifyInstanceAttribute" and "Compatibility for changing the instance type".
"""

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.amis import Ami
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import InstanceBackend

from infra.local.account import Account
from infra.local.ec2 import errors, finding
from infra.local.ec2.instances import facts
from infra.local.ec2.weather import WRONG_STATE
from infra.local.patching import replace
from infra.local.weather import Weather

# By moto's names for them.
ONLY_STOPPED = ("ebs_optimized", "instance_type", "kernel", "ramdisk", "user_data")
WHILE_STOPPED = "ModifyInstanceAttribute"


def install(account: Account, weather: Weather) -> None:
    """Refuse changes as EC2 refuses them, until the account stops."""

    def modify(backend: Any, instance_id: str, key: str, value: Any) -> Any:
        instance = finding.one(backend, instance_id)
        if key in ONLY_STOPPED and (
            instance.state != "stopped"
            or weather.fault(WRONG_STATE, **facts(instance), action=WHILE_STOPPED)
        ):
            raise errors.not_stopped(instance_id)
        if key == "instance_type":
            _check_type(instance, value)
        return plain_modify(backend, instance_id, key, value)

    # moto changes whatever it is asked to, in any state and to any type.
    plain_modify = replace(account, InstanceBackend, "modify_instance_attribute", modify)
    # moto forgets the options that a request leaves out.
    replace(account, InstanceBackend, "modify_instance_metadata_options", _modify_metadata)
    # moto's images do not say whether they support enhanced networking.
    replace(account, Ami, "ena_support", property(_supports_ena))


def _supports_ena(image: Any) -> bool:
    return bool(image.virtualization_type == "hvm")


def _modify_metadata(
    backend: Any,
    instance_id: str,
    http_tokens: str | None = None,
    hop_limit: int | None = None,
    http_endpoint: str | None = None,
    dry_run: bool | None = False,
    http_protocol: str | None = None,
    metadata_tags: str | None = None,
) -> Any:
    options = finding.one(backend, instance_id).metadata_options
    asked = {
        "http_tokens": http_tokens,
        "http_put_response_hop_limit": hop_limit,
        "http_endpoint": http_endpoint,
        "http_protocol_ipv6": http_protocol,
        "instance_metadata_tags": metadata_tags,
    }
    for name, value in asked.items():
        if value is not None:
            setattr(options, name, value)
    return options


def _check_type(instance: Any, name: str) -> None:
    found = INSTANCE_TYPES.get(name)
    if found is None:
        raise EC2ClientError(
            "InvalidInstanceAttributeValue",
            f"Invalid value '{name}' for InstanceType.",
        )
    network = found.get("NetworkInfo") or {}
    if network.get("EnaSupport") == "required" and instance.virtualization_type != "hvm":
        raise EC2ClientError(
            "InvalidParameterCombination",
            "Enhanced networking with the Elastic Network Adapter (ENA) is required for the "
            f"'{name}' instance type. Ensure that you are using an AMI that is enabled for ENA.",
        )
    architectures = (found.get("ProcessorInfo") or {}).get("SupportedArchitectures", [])
    if instance.architecture not in architectures:
        raise EC2ClientError(
            "InvalidParameterCombination",
            f"The architecture '{', '.join(architectures)}' of the instance type '{name}' does "
            f"not match the architecture '{instance.architecture}' of the instance "
            f"'{instance.id}'.",
        )
