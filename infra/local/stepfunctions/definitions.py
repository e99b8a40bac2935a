"""Read a machine's definition as CloudFormation does: from a template or S3, and filled in.

Its words for what it refuses are those of the resource provider that AWS publishes,
aws-cloudformation-resource-providers-stepfunctions (DefinitionProcessor.java).
"""

import json
from typing import Any

from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends

SOURCES = ("DefinitionS3Location", "DefinitionString", "Definition")
LARGEST_BYTES = 1_048_576
# How often a value may bring the name of another one, where there are fewer names than that.
LEAST_ROUNDS = 5


class DefinitionRefused(Exception):
    """A template's machine has no definition that can be read, or more than one."""


def definition_of(properties: dict[str, Any], account_id: str) -> str:
    """Give the definition of an AWS::StepFunctions::StateMachine as Step Functions gets it.

    Raises DefinitionRefused with CloudFormation's reason.
    """
    given = [source for source in SOURCES if source in properties]
    if not given:
        raise DefinitionRefused(
            "Property validation failed. Required key [DefinitionS3Location], [DefinitionString] "
            "or [Definition] not found."
        )
    if len(given) > 1:
        raise DefinitionRefused(
            "Property validation failed. Please use one of [DefinitionS3Location], "
            "[DefinitionString] or [Definition]."
        )
    values = properties.get("DefinitionSubstitutions", {})
    if "DefinitionS3Location" in properties:
        return _as_json(_filled(_object(properties["DefinitionS3Location"], account_id), values))
    if "Definition" in properties:
        return _filled(json.dumps(properties["Definition"]), values)
    return _filled(properties["DefinitionString"], values)


def _object(location: dict[str, Any], account_id: str) -> str:
    bucket, key, version = location["Bucket"], location["Key"], location.get("Version")
    try:
        stored = s3_backends[account_id]["aws"].get_object(bucket, key, version_id=version)
    except MissingBucket as error:
        raise _missing("The specified bucket does not exist", "NoSuchBucket") from error
    if stored is None:
        code = "NoSuchVersion" if version else "NoSuchKey"
        subject = "version" if version else "key"
        raise _missing(f"The specified {subject} does not exist.", code)
    if stored.size > LARGEST_BYTES:
        raise DefinitionRefused("State Machine definition file cannot exceed 1MB.")
    text: str = stored.value.decode()
    return text


def _missing(words: str, code: str) -> DefinitionRefused:
    return DefinitionRefused(f"{words} (Service: Amazon S3; Status Code: 404; Error Code: {code})")


def _filled(text: str, values: dict[str, Any]) -> str:
    """Replace `${name}` by its value, also where a value brings it; leave unknown names."""
    spelt = {f"${{{name}}}": _spelt(value) for name, value in values.items()}
    for _ in range(max(len(spelt), LEAST_ROUNDS) + 1):
        found = [name for name in spelt if name in text]
        if not found:
            return text
        for name in found:
            text = text.replace(name, spelt[name])
    raise DefinitionRefused("Internal Failure")


def _spelt(value: Any) -> str:
    if not isinstance(value, (str, int)):
        raise DefinitionRefused(
            "Invalid definition substitution type. Input should be either String, Integer, or "
            "Boolean"
        )
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_json(text: str) -> str:
    """Leave JSON as it is, and turn YAML into it."""
    try:
        json.loads(text)
    except ValueError:
        import yaml

        try:
            return json.dumps(yaml.safe_load(text), default=str)
        except yaml.YAMLError as error:
            raise DefinitionRefused("Invalid StateMachine definition.") from error
    return text
