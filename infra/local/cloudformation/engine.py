"""Bring a stack's resources to what a template says, or back to what they were.

CloudFormation User Guide, "Understand update behaviors of stack resources" and "Stack
failure options": what is removed or replaced goes last, and one failure undoes everything.
"""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from infra.local.account import Account
from infra.local.cloudformation import (
    computing,
    databases,
    keeping,
    lambdas,
    messaging,
    networking,
    observing,
    roles,
    routing,
    scaling,
    storing,
    tables,
    templates,
)
from infra.local.cloudformation.history import reason_of, report, subject_of, tell
from infra.local.cloudformation.kinds import Kind, Made, Resource
from infra.local.cloudformation.native import Native

TYPES = {
    **computing.TYPES,
    **databases.TYPES,
    **keeping.TYPES,
    **lambdas.TYPES,
    **messaging.TYPES,
    **networking.TYPES,
    **observing.TYPES,
    **roles.TYPES,
    **routing.TYPES,
    **scaling.TYPES,
    **storing.TYPES,
    **tables.TYPES,
}
LETTERS = string.ascii_uppercase + string.digits
CREATE, UPDATE = "CREATE", "UPDATE"


class ResourceFailed(Exception):
    """A resource could not be made or changed; the stack is undone."""

    def __init__(self, logical_id: str, action: str, reason: str) -> None:
        super().__init__(reason)
        self.logical_id = logical_id
        self.action = action


@dataclass
class Goal:
    """What a stack shall become."""

    text: str
    parameters: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    role_arn: str | None = None


def kind_of(account: Account, region: str, type_name: str) -> Kind:
    """Find how to make a type; raises CloudFormation's error for one that is not known here."""
    from moto.cloudformation.parsing import get_model_map

    if type_name in TYPES:
        return TYPES[type_name](account, region)
    model = get_model_map().get(type_name)
    if model is None:
        raise ValidationError(
            message=f"Template format error: Unrecognized resource types: [{type_name}]"
        )
    return Native(account, region, type_name, model)


def current(stack: Any) -> dict[str, Resource]:
    """Give the stack's resources by logical id, in the order in which they were made."""
    found: dict[str, Resource] = getattr(stack, "resources_made", {})
    return found


class Operation:
    """One creation or update of a stack."""

    def __init__(self, account: Account, stack: Any, goal: Goal, verb: str) -> None:
        self.account = account
        self.stack = stack
        self.goal = goal
        self.verb = verb
        self.template = templates.parse(goal.text)
        self.target = templates.resource_map(stack, self.template, goal.parameters, goal.tags)
        self.made: dict[str, Resource] = {}
        self.obsolete: list[Resource] = []
        self._undo: list[Callable[[], None]] = []

    def run(self) -> None:
        """Do it; the stack's status and events say how it ended, nothing is raised."""
        report(self.stack, f"{self.verb}_IN_PROGRESS", "User Initiated")
        try:
            for logical_id in templates.order(self.template):
                self._bring(logical_id, self.template["Resources"][logical_id])
            outputs = self._outputs()
        except ResourceFailed as failure:
            self._roll_back(failure)
            return
        except ValidationError as error:
            self._roll_back(ResourceFailed(self.stack.name, self.verb, reason_of(error)))
            return
        self._adopt(outputs)
        self._clean_up()
        report(self.stack, f"{self.verb}_COMPLETE")

    def _bring(self, logical_id: str, written: dict[str, Any]) -> None:
        if not templates.is_wanted(written, self.target):
            return
        before = current(self.stack).get(logical_id)
        kind = kind_of(self.account, self.stack.region_name, written["Type"])
        action = CREATE if before is None else UPDATE
        try:
            properties = templates.resolved(written, self.target)
            after = self._change(logical_id, written, kind, before, properties)
        except Exception as error:
            reason = reason_of(error)
            tell(self.stack, (logical_id, written["Type"], ""), f"{action}_FAILED", reason)
            raise ResourceFailed(logical_id, action, reason) from error
        after.policies = {
            name: written.get(name, kind.default_policy)
            for name in ("DeletionPolicy", "UpdateReplacePolicy")
        }
        self.made[logical_id] = after
        self.target._parsed_resources[logical_id] = after

    def _change(
        self,
        logical_id: str,
        written: dict[str, Any],
        kind: Kind,
        before: Resource | None,
        properties: dict[str, Any],
    ) -> Resource:
        if before is None or is_replaced(before, written["Type"], kind, properties):
            if before is not None:
                self.obsolete.append(before)
            return self._create(logical_id, written["Type"], kind, properties)
        if before.properties == properties:
            return before
        return self._update(before, kind, properties)

    def _create(
        self, logical_id: str, type_name: str, kind: Kind, properties: dict[str, Any]
    ) -> Resource:
        tell(self.stack, (logical_id, type_name, ""), "CREATE_IN_PROGRESS")
        name = properties.get(kind.name_property) or self._free_name(type_name, logical_id)
        made, stack = kind.create(name, properties), self.stack
        resource = Resource(logical_id, type_name, properties, made, kind)
        self._undo.append(lambda: remove(stack, resource, is_kept_from_the_start(resource)))
        kind.settle(resource)
        tell(self.stack, (logical_id, type_name, made.physical_id), "CREATE_COMPLETE")
        return resource

    def _update(self, before: Resource, kind: Kind, properties: dict[str, Any]) -> Resource:
        logical_id, type_name = before.logical_resource_id, before.cf_resource_type
        tell(self.stack, (logical_id, type_name, before.made.physical_id), "UPDATE_IN_PROGRESS")
        # A change that fails halfway is undone as well.
        halfway = Resource(logical_id, type_name, properties, before.made, kind)
        self._undo.append(lambda: self._restore(halfway, before))
        made: Made = kind.update(before, properties)
        halfway.made = made
        halfway.status = "UPDATE_COMPLETE"
        tell(self.stack, (logical_id, type_name, made.physical_id), "UPDATE_COMPLETE")
        return halfway

    def _free_name(self, type_name: str, logical_id: str) -> str:
        from moto.cloudformation.parsing import generate_resource_name

        if type_name in TYPES and type_name != "AWS::S3::Bucket":
            suffix = "".join(secrets.choice(LETTERS) for _ in range(12))
            return f"{self.stack.name[:20]}-{logical_id[:28]}-{suffix}"
        return generate_resource_name(type_name, self.stack.name, logical_id)

    def _outputs(self) -> Any:
        from moto.cloudformation.parsing import OutputMap

        outputs = OutputMap(self.target, self.template, self.stack.stack_id)
        for name in outputs:
            _ = outputs[name]
        return outputs

    def _adopt(self, outputs: Any) -> None:
        stack, goal = self.stack, self.goal
        self.obsolete += [
            resource for name, resource in current(stack).items() if name not in self.made
        ]
        stack.resources_made = self.made
        stack.resource_map, stack.output_map = self.target, outputs
        stack.template, stack.template_dict = goal.text, self.template
        stack.description = self.template.get("Description")
        stack.parameters, stack.role_arn = goal.parameters, goal.role_arn
        stack.tags = goal.tags

    def _clean_up(self) -> None:
        """Remove what was replaced or is no longer named; what cannot go stays behind."""
        names = [resource.logical_resource_id for resource in self.made.values()]
        for resource in reversed(self.obsolete):
            replaced = resource.logical_resource_id in names
            policy = "UpdateReplacePolicy" if replaced else "DeletionPolicy"
            try:
                remove(self.stack, resource, is_kept(resource, policy))
            except Exception as error:  # noqa: BLE001 the reason is told and the stack goes on
                tell(self.stack, subject_of(resource), "DELETE_FAILED", reason_of(error))

    def _roll_back(self, failure: ResourceFailed) -> None:
        verb = "ROLLBACK" if self.verb == CREATE else "UPDATE_ROLLBACK"
        done = failure.action.lower()
        told = f"The following resource(s) failed to {done}: [{failure.logical_id}]. "
        if failure.logical_id == self.stack.name:
            told = str(failure)
        report(self.stack, f"{verb}_IN_PROGRESS", told)
        whole = True
        while self._undo:
            try:
                self._undo.pop()()
            except Exception as error:  # noqa: BLE001 whatever went wrong, the rest is undone
                whole = False
                tell(self.stack, (self.stack.name, "", ""), "UPDATE_FAILED", reason_of(error))
        report(self.stack, f"{verb}_COMPLETE" if whole else f"{verb}_FAILED")

    def _restore(self, changed: Resource, before: Resource) -> None:
        before.made = changed.kind.update(changed, before.properties)
        tell(self.stack, subject_of(before), "UPDATE_COMPLETE")


def is_replaced(before: Resource, type_name: str, kind: Kind, properties: dict[str, Any]) -> bool:
    """Tell whether the resource would be made anew."""
    return before.cf_resource_type != type_name or kind.needs_replacement(before, properties)


def is_kept(resource: Resource, policy: str) -> bool:
    """Tell whether a resource outlives its place in the template."""
    return resource.policies.get(policy) in ("Retain", "RetainExceptOnCreate")


def is_kept_from_the_start(resource: Resource) -> bool:
    """Tell whether a resource outlives even the failed operation that made it."""
    return resource.policies.get("DeletionPolicy") == "Retain"


def delete(stack: Any) -> bool:
    """Delete a stack's resources, the last made first; tell whether all are gone."""
    report(stack, "DELETE_IN_PROGRESS", "User Initiated")
    failed = []
    for logical_id, resource in reversed(list(current(stack).items())):
        try:
            remove(stack, resource, is_kept(resource, "DeletionPolicy"))
        except Exception as error:  # noqa: BLE001 the stack tells why, and keeps the resource
            failed.append(logical_id)
            tell(stack, subject_of(resource), "DELETE_FAILED", reason_of(error))
        else:
            del stack.resources_made[logical_id]
    if failed:
        named = ", ".join(failed)
        report(stack, "DELETE_FAILED", f"The following resource(s) failed to delete: [{named}].")
    else:
        report(stack, "DELETE_COMPLETE")
    return not failed


def remove(stack: Any, resource: Resource, kept: bool) -> None:
    """Remove one resource, or leave it to its owner if its policy says so."""
    if kept:
        tell(stack, subject_of(resource), "DELETE_SKIPPED")
        return
    tell(stack, subject_of(resource), "DELETE_IN_PROGRESS")
    resource.kind.delete(resource)
    tell(stack, subject_of(resource), "DELETE_COMPLETE")
