"""The state machines' definitions as they stand in S3, and what CloudFormation fills in there.

CloudFormation User Guide, "AWS::StepFunctions::StateMachine DefinitionSubstitutions".
"""

import json
import re
from typing import Any

from troposphere import GetAtt, Parameter, Ref, Sub

from infra.discovery import Workflow, pascal
from infra.template.permissions import Scope

REFERENCE = re.compile(r"\$\{([\w:.]+)\}")


def definition_key(workflow: str) -> str:
    """Name the parameter with the key of a workflow's definition: `PromotionDefinitionKey`.

    Each workflow has its own, so that a change of one leaves the other machines alone.
    """
    return f"{pascal(workflow)}DefinitionKey"


def parameters(workflows: list[Workflow]) -> list[Parameter]:
    """List what packaging tells the template: where each definition is."""
    return [
        Parameter(
            definition_key(workflow.name),
            Type="String",
            Description=f"Key of the definition of {workflow.name}",
        )
        for workflow in workflows
    ]


def stored(workflow: Workflow) -> dict[str, Any]:
    """Give the definition with `${Name_Arn}` where the workflow's module says `${Name.Arn}`.

    The substitutions of a machine are told by names of letters, digits and underscores.
    """
    text = REFERENCE.sub(lambda found: f"${{{_name(found[1])}}}", workflow.text)
    document: dict[str, Any] = json.loads(text)
    return document


def substitutions(workflow: Workflow, scope: Scope) -> dict[str, Any]:
    """Give the value of each `${…}` in the stored definition."""
    references = sorted(set(REFERENCE.findall(workflow.text)))
    return {_name(reference): _value(reference, scope) for reference in references}


def _name(reference: str) -> str:
    return re.sub(r"\W+", "_", reference)


def _value(reference: str, scope: Scope) -> Ref | GetAtt | Sub:
    logical_id, _, attribute = reference.partition(".")
    if logical_id in scope.machines:
        return Sub(scope.machines[logical_id])
    return GetAtt(logical_id, attribute) if attribute else Ref(logical_id)
