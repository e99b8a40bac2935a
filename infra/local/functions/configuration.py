"""What a function is configured with that moto forgets, and a revision for each change."""

import base64
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaFunction
from moto.core.utils import iso_8601_datetime_with_nanoseconds
from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends

from infra.local.account import ACCOUNT_ID, Account
from infra.local.functions.pool import Pool
from infra.local.patching import replace

# Properties of AWS::Lambda::Function that moto's CloudFormation model leaves behind.
LEFT_BEHIND = (
    "Architectures",
    "DeadLetterConfig",
    "EphemeralStorage",
    "KMSKeyArn",
    "Layers",
    "LoggingConfig",
    "PackageType",
    "TracingConfig",
)
NUMBERS = ("MemorySize", "Timeout", "ReservedConcurrentExecutions")
# What a setting becomes that a changed template no longer names.
UNSET: dict[str, Any] = {
    "DeadLetterConfig": {},
    "Environment": {"Variables": {}},
    "Layers": [],
    "TracingConfig": {"Mode": "PassThrough"},
}


def install(account: Account, pool: Pool) -> None:
    """Make moto keep all settings of a function, and end the processes of an old revision."""
    replaced: dict[str, Callable[..., Any]] = {}

    def created(self: Any, account_id: str, spec: dict[str, Any], *rest: Any, **more: Any) -> None:
        check_code(spec["Code"])
        replaced["__init__"](self, account_id, spec, *rest, **more)
        _keep(self, spec)
        self.revision_id = str(uuid4())

    def described(self: Any, on_create: bool = False) -> dict[str, Any]:
        config = replaced["get_configuration"](self, on_create)
        config["RevisionId"] = self.revision_id
        config["LoggingConfig"] = self.logging_config
        if self.dead_letter_config:
            config["DeadLetterConfig"] = self.dead_letter_config
        return config

    def configured(self: Any, updates: dict[str, Any]) -> dict[str, Any]:
        replaced["update_configuration"](self, updates)
        _keep(self, updates)
        if "TracingConfig" in updates:
            self.tracing_config = updates["TracingConfig"]
        if "EphemeralStorage" in updates:
            self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
        changed(self, pool)
        return self.get_configuration()

    # moto drops LoggingConfig and DeadLetterConfig, knows no RevisionId, takes code that is not
    # there for empty code, and updates neither TracingConfig nor EphemeralStorage.
    for name, value in (
        ("__init__", created),
        ("get_configuration", described),
        ("update_configuration", configured),
    ):
        replaced[name] = replace(account, LambdaFunction, name, value)
    _install_cloudformation(account, LambdaFunction)


def check_code(code: dict[str, Any]) -> None:
    """Refuse code that is not in its bucket: InvalidParameterValueException."""
    bucket, key = code.get("S3Bucket"), code.get("S3Key")
    if not (bucket and key):
        return
    try:
        found = s3_backends[ACCOUNT_ID]["aws"].get_object(bucket, key)
        problem = "" if found else "NoSuchKey. S3 Error Message: The specified key does not exist."
    except MissingBucket:
        problem = "NoSuchBucket. S3 Error Message: The specified bucket does not exist"
    if problem:
        raise InvalidParameterValueException(
            f"Error occurred while GetObject. S3 Error Code: {problem}"
        )


def changed(function: Any, pool: Pool) -> None:
    """Give a changed $LATEST a new revision and let the processes of the old one end."""
    function.revision_id = str(uuid4())
    function.last_modified = iso_8601_datetime_with_nanoseconds()
    pool.retire(function.function_name, str(function.version))


def _keep(function: Any, settings: dict[str, Any]) -> None:
    """Keep what moto does not, with Lambda's defaults."""
    logging = settings.get("LoggingConfig")
    if logging is not None or not hasattr(function, "logging_config"):
        default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
        function.logging_config = default | (logging or {})
    if "DeadLetterConfig" in settings or not hasattr(function, "dead_letter_config"):
        function.dead_letter_config = settings.get("DeadLetterConfig") or {}


def _install_cloudformation(account: Account, model: Any) -> None:
    def created(
        cls: Any, resource_name: str, cloudformation_json: dict[str, Any], *rest: Any, **more: Any
    ) -> Any:
        properties = _typed(cloudformation_json["Properties"])
        template_code = dict(properties["Code"])
        function = plain(resource_name, {"Properties": properties}, *rest, **more)
        function.template_code = template_code
        left = {name: properties[name] for name in LEFT_BEHIND if name in properties}
        if "Architectures" in left:
            function.architectures = left["Architectures"]
        function.update_configuration(left)
        function.tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        return function

    def updated(
        cls: Any, original_resource: Any, cloudformation_json: dict[str, Any], **_: Any
    ) -> Any:
        properties = _typed(cloudformation_json["Properties"])
        original_resource.update_configuration({**UNSET, **properties})
        original_resource.reserved_concurrency = properties.get("ReservedConcurrentExecutions")
        if properties["Code"] != original_resource.template_code:
            original_resource.template_code = dict(properties["Code"])
            original_resource.update_function_code(_packed(model, properties["Code"]))
        return original_resource

    # moto's model forgets the properties above and the tags, and with each update deploys the
    # template's code again, whatever else has changed and whoever has brought newer code.
    plain = replace(account, model, "create_from_cloudformation_json", classmethod(created))
    replace(account, model, "update_from_cloudformation_json", classmethod(updated))


def _typed(properties: dict[str, Any]) -> dict[str, Any]:
    """Copy a function's properties with the numbers that parameters give as text."""
    numbers = {name: int(properties[name]) for name in NUMBERS if name in properties}
    return {**properties, **numbers}


def _packed(model: Any, code: dict[str, Any]) -> dict[str, Any]:
    """Make the zip of code that stands in the template as text."""
    if "ZipFile" not in code:
        return dict(code)
    packed = model._create_zipfile_from_plaintext_code(code["ZipFile"])
    return {"ZipFile": base64.b64encode(packed)}
