"""What Lambda's operations need; AWS page "Actions, resources … for AWS Lambda"."""

from typing import Any

from infra.local.iam.arns import Place
from infra.local.iam.operations import Operation

ACTIONS = {
    "Invoke": "InvokeFunction",
    "InvokeAsync": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
}
# Their resource is the version or the alias, where the request names one.
QUALIFIED = (
    "DeleteFunction",
    "GetFunction",
    "GetFunctionConfiguration",
    "InvokeFunction",
)


def of_functions(operation: Operation, place: Place) -> list[tuple[str, str]]:
    """List actions with functions and layers; code in a bucket is read by the caller."""
    action = ACTIONS.get(operation.name, operation.name)
    name = operation.text("FunctionName")
    needed = []
    if name and "EventSourceMapping" not in operation.name:
        needed.append((action, _function(name, action, operation, place)))
    elif operation.text("LayerName"):
        needed.append((action, _layer(operation, place)))
    elif operation.text("Resource", "Arn"):
        needed.append((action, operation.text("Resource", "Arn")))
    elif operation.text("UUID"):
        uuid = operation.text("UUID")
        needed.append((action, place.arn("lambda", f"event-source-mapping:{uuid}")))
    else:
        needed.append((action, "*"))
    if operation.name in ("CreateFunction", "UpdateFunctionConfiguration"):
        layers = operation.texts("Layers")
        needed += [("GetLayerVersion", layer) for layer in layers]
    if operation.name == "CreateFunction" and operation.parameters.get("Tags"):
        needed.append(("TagResource", _function(name, action, operation, place)))
    return needed + _code(operation, place)


def _function(name: str, action: str, operation: Operation, place: Place) -> str:
    parts = name.split(":")
    if name.startswith("arn:"):
        arn, qualifier = ":".join(parts[:7]), "".join(parts[7:8])
    elif len(parts) > 2:  # 123456789012:function:name
        arn, qualifier = place.arn("lambda", f"function:{parts[2]}"), "".join(parts[3:4])
    else:
        arn, qualifier = place.arn("lambda", f"function:{parts[0]}"), "".join(parts[1:2])
    qualifier = operation.text("Qualifier") or qualifier
    return f"{arn}:{qualifier}" if qualifier and action in QUALIFIED else arn


def _layer(operation: Operation, place: Place) -> str:
    name, version = operation.text("LayerName"), operation.text("VersionNumber")
    arn = place.arn_or("lambda", "layer:{}", name)
    return f"{arn}:{version}" if version else arn


def _code(operation: Operation, place: Place) -> list[tuple[str, str]]:
    code: Any = operation.parameters
    if operation.name in ("CreateFunction", "PublishLayerVersion"):
        code = code.get("Code") or code.get("Content") or {}
    elif operation.name != "UpdateFunctionCode":
        return []
    if not code.get("S3Bucket"):
        return []
    action = "s3:GetObjectVersion" if code.get("S3ObjectVersion") else "s3:GetObject"
    return [(action, f"arn:{place.partition}:s3:::{code['S3Bucket']}/{code.get('S3Key', '')}")]
