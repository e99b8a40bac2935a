"""Fit values of a template to what an operation of an API takes."""

import json
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, MapShape, StructureShape

NUMBERS = {"integer": int, "long": int, "double": float, "float": float}


def fitted(client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Give each parameter the type that the operation declares.

    Parameters and Fn::Sub make text of numbers and booleans, and a policy is an object in a
    template but text in an API. What the operation does not know is left out: such are
    settings that CloudFormation brings by other calls.
    """
    names = {xform_name(name): name for name in client.meta.service_model.operation_names}
    shape = client.meta.service_model.operation_model(names[operation]).input_shape
    fitting: dict[str, Any] = _fit(parameters, shape)
    return fitting


def _fit(value: Any, shape: Any) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            name: _fit(part, shape.members[name])
            for name, part in value.items()
            if name in shape.members and part is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_fit(part, shape.member) for part in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {str(name): _fit(part, shape.value) for name, part in value.items()}
    return _scalar(value, shape.type_name)


def _scalar(value: Any, kind: str) -> Any:
    if kind == "string":
        if isinstance(value, dict | list):
            return json.dumps(value)
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    return NUMBERS[kind](value) if kind in NUMBERS else value
