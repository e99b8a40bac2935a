"""State machines: created once, and by CloudFormation with all that a template may say."""

from typing import Any

from moto.stepfunctions import models
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.api import StateMachineAlreadyExists
from moto.stepfunctions.parser.models import (
    StepFunctionsParserBackend,
    stepfunctions_parser_backends,
)

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.stepfunctions.definitions import definition_of


def install(account: Account) -> None:
    """Make state machines of templates those that execute."""

    def create(backend: Any, name: str, definition: str, roleArn: str, **others: Any) -> Any:
        machine = plain_create(backend, name, definition, roleArn, **others)
        if (machine.definition, machine.roleArn) != (definition, roleArn):
            raise StateMachineAlreadyExists(f"State Machine Already Exists: '{machine.arn}'")
        return machine

    # moto answers with the machine that is there, whatever was asked for.
    plain_create = replace(account, StepFunctionsParserBackend, "create_state_machine", create)
    # moto keeps machines made by CloudFormation in a backend that executes nothing.
    replace(account, models, "stepfunctions_backends", stepfunctions_parser_backends)
    # moto reads the definition from DefinitionString alone, and knows no Arn attribute.
    replace(account, StateMachine, "create_from_cloudformation_json", classmethod(_create))
    replace(account, StateMachine, "update_from_cloudformation_json", classmethod(_update))
    replace(account, StateMachine, "has_cfn_attr", classmethod(_has_attribute))
    replace(account, StateMachine, "get_cfn_attribute", _attribute)
    # moto looks for a machine's name under a property that no template has.
    named = staticmethod(lambda: "StateMachineName")
    replace(account, StateMachine, "cloudformation_name_type", named)


def _create(
    _cls: Any,
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **_others: Any,
) -> Any:
    properties = cloudformation_json["Properties"]
    backend = stepfunctions_parser_backends[account_id][region_name]
    return backend.create_state_machine(
        name=properties.get("StateMachineName", resource_name),
        definition=definition_of(properties, account_id),
        roleArn=properties["RoleArn"],
        tags=_tags(properties),
        loggingConfiguration=_lower(properties.get("LoggingConfiguration")),
        tracingConfiguration=_lower(properties.get("TracingConfiguration")),
        sm_type=properties.get("StateMachineType"),
    )


def _update(
    cls: Any,
    original_resource: Any,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> Any:
    properties = cloudformation_json["Properties"]
    backend = stepfunctions_parser_backends[account_id][region_name]
    name = properties.get("StateMachineName", original_resource.name)
    kind = properties.get("StateMachineType", "STANDARD")
    if name != original_resource.name or kind != original_resource.type:
        replaced = name == original_resource.name
        if replaced:
            backend.delete_state_machine(original_resource.arn)
        machine = _create(cls, name, cloudformation_json, account_id, region_name)
        if not replaced:
            backend.delete_state_machine(original_resource.arn)
        return machine
    machine = backend.update_state_machine(
        original_resource.arn,
        definition=definition_of(properties, account_id),
        role_arn=properties["RoleArn"],
        logging_configuration=_lower(properties.get("LoggingConfiguration")),
        tracing_configuration=_lower(properties.get("TracingConfiguration")),
    )
    backend.tagger.delete_all_tags_for_resource(machine.arn)
    backend.tagger.tag_resource(machine.arn, _tags(properties))
    return machine


def _lower(value: Any) -> Any:
    """Spell a template's fields as the API does: `IncludeExecutionData`, includeExecutionData."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _lower(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_lower(entry) for entry in value]
    return value


def _tags(properties: dict[str, Any]) -> list[dict[str, str]]:
    return [{"key": tag["Key"], "value": tag["Value"]} for tag in properties.get("Tags", [])]


def _has_attribute(_cls: Any, attribute: str) -> bool:
    return attribute in ("Arn", "Name", "StateMachineRevisionId")


def _attribute(machine: Any, attribute: str) -> str:
    from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

    if attribute == "Arn":
        return machine.arn
    if attribute == "Name":
        return machine.name
    if attribute == "StateMachineRevisionId":
        return str(int(machine.update_date.timestamp()))
    raise UnformattedGetAttTemplateException()
