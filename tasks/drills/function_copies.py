"""Copies of functions: the code and settings of a version, in the target environment's hands."""

from collections.abc import Mapping
from typing import Any

from tasks import aliases
from tasks.errors import FunctionMissing, RestoreFailed
from tasks.runtime import raising

ARN = "arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:function:drill-*"
LAYERS = "arn:${AWS::Partition}:lambda:*:*:layer:*"
# What a version brings along, with what Lambda takes it for where it is not told.
OF_THE_VERSION: Mapping[str, Any] = {
    "Runtime": "",
    "Handler": "",
    "Timeout": 3,
    "MemorySize": 128,
    "Architectures": ["x86_64"],
    "EphemeralStorage": {"Size": 512},
    "PackageType": "Zip",
}

Configuration = Mapping[str, Any]


def find(name: str, lambda_: Any) -> dict[str, Any] | None:
    """Read a function with its tags; None where there is none."""
    try:
        with raising(aliases.ERRORS, name):
            return dict(lambda_.get_function(FunctionName=name))
    except FunctionMissing:
        return None


def settings_of(version: Configuration) -> dict[str, Any]:
    """Give the settings that make a version what it is, layers by their ARNs."""
    kept = {name: version.get(name) or usual for name, usual in OF_THE_VERSION.items()}
    return {**kept, "Layers": [layer["Arn"] for layer in version.get("Layers", [])]}


def surroundings_of(own: Configuration) -> dict[str, Any]:
    """Give what the copy takes of the target environment's own function.

    Its role, variables and network: the code of production never runs with production's
    rights or on its data. Its log group too, so that the copy leaves none behind.
    """
    network = own.get("VpcConfig", {})
    variables = own.get("Environment", {}).get("Variables", {})
    group = own.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{own['FunctionName']}"
    in_network = {
        "SubnetIds": network.get("SubnetIds", []),
        "SecurityGroupIds": network.get("SecurityGroupIds", []),
    }
    return {
        "Role": own["Role"],
        "LoggingConfig": {"LogGroup": group},
        **({"Environment": {"Variables": variables}} if variables else {}),
        **({"VpcConfig": in_network} if network.get("SubnetIds") else {}),
    }


def download(url: str, name: str) -> bytes:
    """Read a function's code from where Lambda says that it lies for ten minutes."""
    from botocore.awsrequest import AWSRequest
    from botocore.httpsession import URLLib3Session

    with raising({}, f"the code of {name}"):
        reply = URLLib3Session(timeout=60).send(AWSRequest("GET", url).prepare())
    if reply.status_code != 200:
        raise RestoreFailed(
            f"The code of {name} could not be read: its address answers {reply.status_code}"
        )
    return bytes(reply.content)
