"""ModifyInstanceAttribute: what only a stopped instance can be given, and types that fit it.

AWS pages "ModifyInstanceAttribute" and "Compatibility for changing the instance type".
"""

from typing import Any

from moto.ec2.exceptions import EC2ClientError
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


def _check_type(instance: Any, name: str) -> None:
    found = INSTANCE_TYPES.get(name)
    if found is None:
        raise EC2ClientError(
            "InvalidInstanceAttributeValue",
            f"Invalid value '{name}' for InstanceType.",
        )
    architectures = (found.get("ProcessorInfo") or {}).get("SupportedArchitectures", [])
    if instance.architecture not in architectures:
        raise EC2ClientError(
            "InvalidParameterCombination",
            f"The architecture '{', '.join(architectures)}' of the instance type '{name}' does "
            f"not match the architecture '{instance.architecture}' of the instance "
            f"'{instance.id}'.",
        )
