"""Versions that never change and aliases that move only for who has seen them last.

The rules: Lambda API Reference, "PublishVersion", "UpdateAlias", "UpdateFunctionCode".
"""

import copy
import json
import threading
from typing import Any
from uuid import uuid4

from moto.awslambda.exceptions import InvalidParameterValueException, PreconditionFailedException
from moto.awslambda.models import LambdaBackend, LambdaFunction, LambdaStorage
from moto.awslambda.responses import LambdaResponse

from infra.local.account import Account
from infra.local.functions.configuration import changed, check_code
from infra.local.functions.pool import Pool
from infra.local.functions.routing import LATEST, named, split
from infra.local.patching import replace

STALE = (
    "The Revision Id provided does not match the latest Revision Id. "
    "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
)


def install(account: Account, pool: Pool) -> None:
    """Make moto's versions and code updates follow Lambda's rules."""
    changing = threading.RLock()

    def updated(
        self: Any, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        with changing:
            function = self.get_function(function_name, qualifier)
            check_revision(function, body.get("RevisionId"))
            if body.get("DryRun"):
                return dict(function.get_configuration())
            function.update_function_code(body)
            result = self.publish_version(function_name) if body.get("Publish") else function
            return dict(result.get_configuration())

    def coded(self: Any, spec: dict[str, Any]) -> dict[str, Any]:
        check_code(spec)
        plain_code(self, spec)
        changed(self, pool)
        return dict(self.get_configuration())

    def configured(
        self: Any, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        with changing:
            check_revision(self.get_function(function_name, qualifier), body.get("RevisionId"))
            return dict(plain_configure(self, function_name, qualifier, body))

    def published(self: Any, name_or_arn: str, description: str = "") -> Any:
        with changing:
            return _publish(self, name_or_arn, description)

    def answered(self: Any) -> tuple[int, dict[str, Any], str]:
        with changing:
            return _answer(self)

    def deleted(self: Any, name_or_arn: str, qualifier: str | None = None) -> None:
        plain_delete(self, name_or_arn, qualifier)
        name, version = split(name_or_arn, qualifier)
        pool.retire(name, version, now=True)

    # moto updates twice, the second time the published version, and knows no conditions.
    replace(account, LambdaBackend, "update_function_code", updated)
    plain_code = replace(account, LambdaFunction, "update_function_code", coded)
    # moto keeps one code dictionary for all versions, reuses the numbers of deleted versions,
    # and publishes again what has been uploaded again.
    replace(account, LambdaStorage, "publish_version", published)
    replace(account, LambdaResponse, "publish_version", answered)
    plain_delete = replace(account, LambdaStorage, "del_function", deleted)
    # moto answers GetFunction for an alias with the version's ARN.
    replace(account, LambdaResponse, "_set_configuration_qualifier", staticmethod(_qualified))
    # moto ignores a stale RevisionId when the configuration is updated.
    plain_configure = replace(account, LambdaBackend, "update_function_configuration", configured)


def check_revision(holder: Any, revision: str | None) -> None:
    """Refuse a change by a caller who has not seen the last one: PreconditionFailedException."""
    if revision is not None and revision != holder.revision_id:
        raise PreconditionFailedException(STALE)


def _publish(self: Any, name_or_arn: str, description: str = "") -> Any:
    """Freeze $LATEST as a version; an unchanged $LATEST gives the version that it is already."""
    latest = self.get_function_by_name_or_arn_forbid_qualifier(name_or_arn)
    group = self._functions[latest.function_name]
    last = group.get("last_published")
    if last is not None and last in group["versions"] and _content(last) == _content(latest):
        return last
    version = copy.copy(latest)
    version.code = dict(latest.code)
    version.event_invoke_config = []
    group["numbers"] = group.get("numbers", 0) + 1
    version.set_version(group["numbers"])
    version.revision_id = str(uuid4())
    version.description = description or latest.description
    group["versions"].append(version)
    group["last_published"] = version
    self._arns[version.function_arn] = version
    return version


def _content(function: Any) -> dict[str, Any]:
    """Give what makes two versions the same: all but name tags and times."""
    config = function.get_configuration()
    own = ("Version", "FunctionArn", "LastModified", "RevisionId", "Description")
    return {name: value for name, value in config.items() if name not in own}


def _answer(self: Any) -> tuple[int, dict[str, Any], str]:
    """Answer PublishVersion, with its conditions on the code and the revision."""
    body = json.loads(self.body or "{}")
    name, _ = split(named(self))
    latest = self.backend.get_function(name)
    check_revision(latest, body.get("RevisionId"))
    expected = body.get("CodeSha256")
    if expected and expected != latest.code_sha_256:
        raise InvalidParameterValueException(
            f"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST "
            f"({latest.code_sha_256}). Please try again with the CodeSHA256 in $LATEST."
        )
    version = self.backend.publish_version(name, body.get("Description") or "")
    return 201, {"status": 201}, json.dumps(version.get_configuration())


def _qualified(config: dict[str, Any], function_name: str, qualifier: str) -> dict[str, Any]:
    """Name a function as it was asked for: by its name, an alias or a version."""
    name, asked = split(function_name, qualifier)
    base = config["FunctionArn"].partition(f":function:{name}")
    config["FunctionArn"] = "".join(base[:2]) + (f":{asked}" if asked else "")
    if asked in ("", LATEST):
        config["Version"] = LATEST
    return config
