"""Aliases: their weights, their revisions, and who may move them.

The rules: Lambda API Reference, "CreateAlias" and "UpdateAlias".
"""

import json
import threading
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaAlias, LambdaBackend
from moto.awslambda.responses import LambdaResponse

from infra.local.account import Account
from infra.local.functions.errors import ResourceConflict
from infra.local.functions.routing import LATEST, named
from infra.local.functions.versions import check_revision
from infra.local.patching import replace


def install(account: Account) -> None:
    """Make moto's aliases follow Lambda's rules."""
    moving = threading.Lock()

    def created(self: Any, name: str, function_name: str, **settings: Any) -> Any:
        function = self.get_function(function_name)
        if any(alias.name == name for alias in self.list_aliases(function.function_name)):
            raise ResourceConflict(f"Alias already exists: {function.function_arn}:{name}")
        _check_routing(self, function, settings["function_version"], settings["routing_config"])
        return plain_create(self, name=name, function_name=function_name, **settings)

    def updated(self: Any, name: str, function_name: str, **settings: Any) -> Any:
        with moving:
            alias = self.get_alias(name, function_name)
            check_revision(alias, settings.pop("revision_id", None))
            version = settings.get("function_version") or alias.function_version
            function = self.get_function(function_name)
            _check_routing(self, function, version, settings.get("routing_config"))
            plain_update(self, name=name, function_name=function_name, **settings)
            alias.revision_id = str(uuid4())
            return alias

    def described(self: Any) -> dict[str, Any]:
        config = plain_describe(self)
        if not (self.routing_config or {}).get("AdditionalVersionWeights"):
            del config["RoutingConfig"]
        return config

    # moto calls the conflict by another name, takes any routing, and never looks at or changes
    # an alias's RevisionId.
    plain_create = replace(account, LambdaBackend, "create_alias", created)
    plain_update = replace(account, LambdaBackend, "update_alias", updated)
    replace(account, LambdaResponse, "update_alias", _update)
    plain_describe = replace(account, LambdaAlias, "to_json", described)


def _update(self: Any) -> tuple[int, dict[str, Any], str]:
    """Answer UpdateAlias, whose RevisionId moto does not read."""
    body = json.loads(self.body)
    updated = self.backend.update_alias(
        name=unquote(self.path.rsplit("/", 1)[-1]),
        function_name=named(self),
        function_version=body.get("FunctionVersion"),
        description=body.get("Description"),
        routing_config=body.get("RoutingConfig"),
        revision_id=body.get("RevisionId"),
    )
    return 200, {"status": 200}, json.dumps(updated.to_json())


def _check_routing(
    lambdas: Any, function: Any, version: str, routing: dict[str, Any] | None
) -> None:
    """Refuse weights that Lambda refuses: InvalidParameterValueException says which and why."""
    lambdas.get_function(function.function_name, version)
    weights = (routing or {}).get("AdditionalVersionWeights") or {}
    if weights and LATEST in (version, *weights):
        raise InvalidParameterValueException("$LATEST is not supported for an alias with weights")
    for other, weight in weights.items():
        lambdas.get_function(function.function_name, other)
        if other == version:
            raise InvalidParameterValueException(
                f"Invalid function version {other}. Function version {version} is already "
                "included in the routing configuration."
            )
        if not 0 <= float(weight) <= 1:
            raise InvalidParameterValueException(f"The weight {weight} is not between 0 and 1")
