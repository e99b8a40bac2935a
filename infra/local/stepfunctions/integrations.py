"""Calls that a state machine makes: as its own role, with the service's own field names."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import OperationModel, ServiceModel
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (  # noqa: E501
    StateTaskService,
)

from infra.local.account import REGION, Account
from infra.local.patching import replace, replace_everywhere

INTERPRETER = "moto.stepfunctions.parser"
SESSION_NAME = "StepFunctions"


@lru_cache(maxsize=1)
def _botocore() -> botocore.session.Session:
    return botocore.session.Session()


@lru_cache(maxsize=32)
def service_model(service: str) -> ServiceModel:
    """Read botocore's model of a service."""
    return _botocore().get_service_model(service)


@lru_cache(maxsize=256)
def operation(service: str, method: str) -> OperationModel | None:
    """Find what an API takes and answers, by boto3's names; None where there is no such call."""
    model = service_model(service)
    for name in model.operation_names:
        if xform_name(name) == method:
            return model.operation_model(name)
    return None


def install(account: Account) -> None:
    """Let each state machine call AWS as its role, through clients that are made once."""

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        role = getattr(state_credentials, "role_arn", None)
        if role:
            return account.role_client(service, role, SESSION_NAME, region or REGION)
        return account.client(service, region or REGION)

    # moto makes a client for each call, which costs more than the call, and acts as nobody.
    replace_everywhere(account, INTERPRETER, "boto_client_for", client_for)
    # moto passes parameters as the definition spells them, not as the API does.
    replace(account, StateTaskService, "_normalise_parameters", _to_api)
    # moto answers as the API spells it, not as Step Functions does, with times no JSON can hold.
    replace(account, StateTaskService, "_normalise_response", _from_api)
    replace(account, StateTaskService, "_from_boto_response_value", staticmethod(_plain(account)))


def _to_api(
    task: Any,
    parameters: dict[str, Any],
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    called = _called(task, boto_service_name, service_action_name)
    if called is not None and called.input_shape is not None:
        task._to_boto_request(parameters, called.input_shape)


def _from_api(
    task: Any,
    response: Any,
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    called = _called(task, boto_service_name, service_action_name)
    if called is not None and called.output_shape is not None:
        task._from_boto_response(response, called.output_shape)


def _called(task: Any, service: str | None, action: str | None) -> OperationModel | None:
    name = task._get_boto_service_name(service)
    method = task._get_boto_service_action(action)
    return operation(name, method)


def _plain(account: Account) -> Any:
    read = StateTaskService._from_boto_response_value

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return read(value)

    return plain
