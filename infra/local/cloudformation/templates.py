"""Read a template: its resources in the order of their dependencies, with values resolved."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.parsing import ResourceMap, clean_json

from infra.local.account import ACCOUNT_ID

# Properties that give an IAM resource a name of one's own.
NAMES_OF_IAM = {"GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName"}


def parse(text: Any) -> dict[str, Any]:
    """Read a template from JSON, or from YAML, which takes seconds for a large one."""
    if isinstance(text, dict):
        return text
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        document = _read_yaml(text)
    if not isinstance(document, dict) or not document.get("Resources"):
        raise ValidationError(
            message="Template format error: At least one Resources member must be defined."
        )
    return document


def _read_yaml(text: str) -> Any:
    import yaml
    from moto.cloudformation.utils import yaml_tag_constructor

    loader = type("Loader", (yaml.SafeLoader,), {})
    yaml.add_multi_constructor("", yaml_tag_constructor, Loader=loader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 a safe loader with CloudFormation's tags
    except yaml.YAMLError as error:
        raise ValidationError(message=f"Template format error: {error}") from None


def resource_map(
    stack: Any, template: dict[str, Any], parameters: dict[str, Any], tags: dict[str, str]
) -> ResourceMap:
    """Give moto's map of a template, with parameters and conditions known and no resource yet."""
    slots = template.get("Parameters", {})
    check_parameters(slots, parameters)
    resources = ResourceMap(
        stack.stack_id,
        stack.name,
        parameters,
        tags,
        account_id=ACCOUNT_ID,
        region_name=stack.region_name,
        template=copy.deepcopy(template),
        cross_stack_resources=stack.cross_stack_resources,
    )
    resources.load_mapping()
    resources.transform_mapping()
    resources.load_parameters()
    resources.load_conditions()
    return resources


def check_parameters(slots: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuse parameters as CloudFormation does: unknown, missing, or not allowed."""
    unknown = sorted(set(given) - set(slots))
    if unknown:
        raise ValidationError(
            message=f"Parameters: [{', '.join(unknown)}] do not exist in the template"
        )
    missing = [name for name, slot in slots.items() if name not in given and "Default" not in slot]
    if missing:
        raise ValidationError(message=f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in given.items():
        allowed = [str(item) for item in slots[name].get("AllowedValues", [])]
        if allowed and str(value) not in allowed:
            raise ValidationError(
                message=f"Template error: parameter '{name}' must be one of AllowedValues"
            )
        pattern = slots[name].get("AllowedPattern")
        if pattern and not re.fullmatch(pattern, str(value)):
            raise ValidationError(
                message=f"Parameter '{name}' must match pattern {pattern}",
            )


def order(template: dict[str, Any]) -> list[str]:
    """List the logical ids so that each comes after all that it names."""
    resources = template["Resources"]
    known = set(resources) | set(template.get("Parameters", {}))
    done: list[str] = []
    doing: list[str] = []

    def visit(logical_id: str) -> None:
        if logical_id in doing:
            circle = ", ".join(doing[doing.index(logical_id) :])
            raise ValidationError(message=f"Circular dependency between resources: [{circle}]")
        if logical_id in done:
            return
        doing.append(logical_id)
        for needed in _needs(resources[logical_id]):
            if needed in resources:
                visit(needed)
            elif needed not in known and "::" not in needed:
                raise ValidationError(
                    message=f"Template format error: Unresolved resource dependencies [{needed}] "
                    "in the Resources block of the template"
                )
        doing.pop()
        done.append(logical_id)

    for logical_id in resources:
        visit(logical_id)
    return done


def _needs(resource: dict[str, Any]) -> list[str]:
    depends = resource.get("DependsOn", [])
    listed = [depends] if isinstance(depends, str) else list(depends)
    return listed + list(references(resource.get("Properties", {})))


def references(value: Any) -> Iterator[str]:
    """Find every logical id that a value names by Ref, Fn::GetAtt or Fn::Sub."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "Ref" and isinstance(item, str):
            yield item
        elif key == "Fn::GetAtt":
            yield (item.split(".") if isinstance(item, str) else item)[0]
        elif key == "Fn::Sub":
            text, own = (item, {}) if isinstance(item, str) else item
            found = (name.split(".")[0] for name in re.findall(r"\$\{([^!}][^}]*)\}", text))
            yield from (name for name in found if name not in own)
            yield from references(own)
        else:
            yield from references(item)


def capabilities(template: dict[str, Any]) -> list[str]:
    """List what must be acknowledged: that IAM resources are made, and that some have names."""
    found = [item for item in template["Resources"].values() if item["Type"].startswith("AWS::IAM")]
    named = [item for item in found if set(item.get("Properties", {})) & NAMES_OF_IAM]
    if named:
        return ["CAPABILITY_NAMED_IAM"]
    return ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"] if found else []


def is_wanted(resource: dict[str, Any], resources: ResourceMap) -> bool:
    """Tell whether the resource's condition, if it has one, holds."""
    condition = resource.get("Condition")
    return condition is None or bool(resources.lazy_condition_map[condition])


def resolved(resource: dict[str, Any], resources: ResourceMap) -> dict[str, Any]:
    """Give the resource's properties with every function answered."""
    properties: dict[str, Any] = clean_json(
        copy.deepcopy(resource.get("Properties", {})), resources
    )
    return properties
