"""The copy of a stack: its template, its parameters, and that it touches nothing of its source."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tasks.errors import DrillRefused
from tasks.exports.documents import Export
from tasks.exports.texts import Resolver

# The stacks that drills make, wherever the target environment is.
ARN = "arn:${AWS::Partition}:cloudformation:*:${AWS::AccountId}:stack/drill-*"
# What keeps a resource from being deleted with its stack; a copy has to go with all it has.
PROTECTION = frozenset({"DeletionProtection", "DeletionProtectionEnabled", "DisableApiTermination"})
# Their names are unique within another resource only, as an API's stage is called.
WITHIN_ANOTHER = frozenset(
    f"AWS::{name}"
    for name in (
        "ApiGateway::Stage",
        "ApiGatewayV2::Stage",
        "Cognito::UserPoolGroup",
        "Cognito::UserPoolResourceServer",
        "ECS::Service",
        "Glue::Table",
        "Lambda::Alias",
        "Lambda::Permission",
        "Logs::LogStream",
        "Route53::HostedZone",
    )
)
MOST_NAMED = 5


def parse(stack: str, body: str) -> dict[str, Any]:
    """Read a template; raises DrillRefused where it is not JSON."""
    try:
        template: dict[str, Any] = json.loads(body)
    except ValueError:
        raise DrillRefused(
            f"The template of stack {stack} is not JSON, and a drill makes no copy of what it "
            "cannot read. Deploy it as JSON (cfn-flip turns YAML into it), or leave the stack out "
            "of the scenario's components."
        ) from None
    return template


def deletable(template: Mapping[str, Any]) -> dict[str, Any]:
    """Give the template with no resource that would outlive its stack."""
    resources = {
        name: {
            **_unprotected(resource),
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
        }
        for name, resource in template["Resources"].items()
    }
    return {**template, "Resources": resources}


def _unprotected(value: Any) -> Any:
    if isinstance(value, list):
        return [_unprotected(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _off(entry) if name in PROTECTION else _unprotected(entry)
        for name, entry in value.items()
    }


def _off(value: Any) -> Any:
    # Cognito writes its own in words.
    return "INACTIVE" if value in ("ACTIVE", "INACTIVE") else False


def written(template: Mapping[str, Any]) -> str:
    """Write a template as text, always the same."""
    return json.dumps(template, separators=(",", ":"), sort_keys=True)


def parameters(
    export: Export, template: Mapping[str, Any], config: Mapping[str, Any], prefix: str
) -> dict[str, str]:
    """Give the copy's parameters: the exported ones, and what the manifest says for a drill.

    Raises DrillRefused for one that the template does not declare, and for a secret one, which
    no export has, that neither the manifest nor the template gives a value.
    """
    declared = template.get("Parameters", {})
    given = {
        name: text.replace("{drill}", prefix) for name, text in config["drill_parameters"].items()
    }
    unknown = sorted(set(given) - set(declared))
    secret = sorted(
        name
        for name in export["masked"]
        if name not in given and "Default" not in declared.get(name, {})
    )
    if unknown or secret:
        said = [
            *([f"does not declare {', '.join(unknown)}"] if unknown else []),
            *([f"has no value for {', '.join(secret)}, which is secret"] if secret else []),
        ]
        raise DrillRefused(
            f"The template of stack {export['stack']} {' and '.join(said)}. Mend drill_parameters "
            "of the component in the system's manifest."
        )
    return {**export["parameters"], **given}


def refuse_collisions(
    export: Export, template: Mapping[str, Any], values: Mapping[str, str], copy: str
) -> None:
    """Raise DrillRefused where the copy would name a resource of its source.

    One of the same name could take the source's place, or take it away when the copy is
    deleted; one that is only spoken of, as a table in a function's settings, would be used by
    the copy.
    """
    taken = {name for one in export["resources"] for name in names_of(one)}
    account = export["stack_id"].split(":")
    resolver = Resolver(
        template,
        {
            **{name: str(one.get("Default", "")) for name, one in declared_defaults(template)},
            **values,
            "AWS::AccountId": account[4],
            "AWS::Partition": account[1],
            "AWS::Region": account[3],
            "AWS::StackName": copy,
        },
    )
    found = [
        f"{logical_id} ({text})"
        for logical_id, resource in sorted(template["Resources"].items())
        for text in sorted(set(resolver.walk(resource.get("Properties", {}))))
        if taken & pieces(text)
    ]
    if found:
        more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        raise DrillRefused(
            f"A copy of stack {export['stack']} would name what the stack itself has: "
            f"{', '.join(found[:MOST_NAMED])}{more}. Give drill_parameters of the component in "
            'the system\'s manifest which change all names, such as {"Environment": "{drill}"}.'
        )


def declared_defaults(template: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """List the parameters that have a default."""
    declared = template.get("Parameters", {})
    return [(name, one) for name, one in declared.items() if "Default" in one]


def names_of(resource: Mapping[str, str]) -> set[str]:
    """Give all forms in which a template can name a resource that exists."""
    physical = resource["physical_id"]
    if not physical or resource["type"] in WITHIN_ANOTHER:
        return set()
    names = {physical}
    if physical.startswith("arn:"):
        own = physical.split(":", 5)[5]
        names |= {own, re.split("[:/]", own, maxsplit=1)[-1]}
    elif physical.startswith("https://"):
        names.add(physical.rsplit("/", 1)[-1])
    return names


def pieces(text: str) -> set[str]:
    """Give a text and the names that it may be made of, as those of an ARN."""
    return {text, *re.split("[:/]", text)}
