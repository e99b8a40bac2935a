"""How tables scale: targets of Application Auto Scaling, where they have to do with tables."""

from typing import Any

from infra.local.account import Account
from infra.local.dynamodb.weather import SETTING_LOST
from infra.local.patching import replace
from infra.local.weather import Weather


def install(account: Account, weather: Weather) -> None:
    """Register only tables that are there, and let policies go with their target."""
    from moto.applicationautoscaling.exceptions import AWSValidationException
    from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
    from moto.dynamodb.models import dynamodb_backends

    def register(backend: Any, namespace: str, r_id: str, dimension: str, **limits: Any) -> Any:
        if namespace != "dynamodb":
            return plain_register(backend, namespace, r_id, dimension, **limits)
        name = r_id.split("/")[1] if "/" in r_id else r_id
        if name not in dynamodb_backends[backend.account_id][backend.region_name].tables:
            raise AWSValidationException(f"DynamoDB table does not exist: {r_id}")
        target = plain_register(backend, namespace, r_id, dimension, **limits)
        if weather.fault(SETTING_LOST, type="scaling", id=name):
            plain_deregister(backend, namespace, r_id, dimension)
        return target

    def deregister(backend: Any, namespace: str, r_id: str, dimension: str) -> None:
        plain_deregister(backend, namespace, r_id, dimension)
        for policy in list(backend.policies.values()):
            if (policy.resource_id, policy.scalable_dimension) == (r_id, dimension):
                backend.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)

    # moto registers tables that do not exist, and keeps the policies of what it lets go.
    plain_register = replace(
        account, ApplicationAutoscalingBackend, "register_scalable_target", register
    )
    plain_deregister = replace(
        account, ApplicationAutoscalingBackend, "deregister_scalable_target", deregister
    )
