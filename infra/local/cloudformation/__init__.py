"""CloudFormation: stacks of real resources, change sets that foresee, failures that roll back.

moto parses templates and answers the API; what it does to resources is done here, because it
neither undoes a failure, nor knows what replaces a resource, nor has models of the types in
kinds.py's modules, and makes half of what a template says of those that it has.
"""

from typing import Any

from infra.local.account import Account
from infra.local.cloudformation import answers, bucket_policies, changesets, engine, templates
from infra.local.patching import replace


def install(account: Account) -> None:
    """Make moto's stacks and change sets behave as CloudFormation's."""
    from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack

    # moto makes, changes and removes resources in these, without order, events or rollback.
    replace(account, CloudFormationBackend, "create_stack", _create_stack(account))
    replace(account, CloudFormationBackend, "update_stack", _update_stack(account))
    replace(account, CloudFormationBackend, "delete_stack", _delete_stack)
    # moto reads JSON as YAML, which takes seconds for a template of some size.
    replace(account, Stack, "parse_template", staticmethod(templates.parse))
    replace(account, ChangeSet, "_parse_template", lambda self: None)
    replace(account, ChangeSet, "diff", lambda self: [])
    # moto lists what its lazy map would make when asked, and not what there is.
    replace(account, Stack, "stack_resources", property(lambda self: engine.current(self).values()))
    # moto shows secret parameters, and what Systems Manager keeps in place of its name.
    replace(account, Stack, "parameter_list", property(_parameters))
    answers.install(account, changesets.execute)
    bucket_policies.install(account)


def _parameters(stack: Any) -> list[dict[str, Any]]:
    return [
        _parameter(stack.resource_map, name, value)
        for name, value in stack.resource_map.resolved_parameters.items()
    ]


def _parameter(found: Any, name: str, value: Any) -> dict[str, Any]:
    """Show a parameter: secret ones hidden, those kept by Systems Manager as they were given."""
    if name in found.no_echo_parameter_keys:
        return {"ParameterKey": name, "ParameterValue": "****"}
    slot = found._template["Parameters"][name]
    if not slot["Type"].startswith("AWS::SSM::Parameter::"):
        return {"ParameterKey": name, "ParameterValue": value}
    given = found.input_parameters.get(name, slot.get("Default"))
    return {"ParameterKey": name, "ParameterValue": given, "ResolvedValue": value}


def _create_stack(account: Account) -> Any:
    def create_stack(
        self: Any, name: str, template: str, parameters: dict[str, Any], **settings: Any
    ) -> Any:
        goal = _goal(template, parameters, settings)
        change_set = {"stack": name, "type": engine.CREATE, "name": "direct"}
        stack = changesets.stack_for(self, change_set, goal)
        try:
            changesets.changes(account, stack, goal)
        except Exception:
            del self.stacks[stack.stack_id]
            raise
        engine.Operation(account, stack, goal, engine.CREATE).run()
        return stack

    return create_stack


def _update_stack(account: Account) -> Any:
    def update_stack(
        self: Any, name: str, template: str, parameters: list[dict[str, Any]], **settings: Any
    ) -> Any:
        from moto.cloudformation.exceptions import ValidationError

        stack = self.get_stack(name)
        changesets.check_updatable(stack)
        given = self._resolve_update_parameters(instance=stack, incoming_params=parameters)
        goal = _goal(template, given, {"tags": stack.tags, **settings})
        if not changesets.would_change(account, stack, goal):
            raise ValidationError(message="No updates are to be performed.")
        changesets.begin(stack, engine.UPDATE)
        engine.Operation(account, stack, goal, engine.UPDATE).run()
        return stack

    return update_stack


def _goal(template: str, parameters: dict[str, Any], settings: dict[str, Any]) -> engine.Goal:
    return engine.Goal(template, parameters, settings.get("tags") or {}, settings.get("role_arn"))


def _delete_stack(self: Any, name_or_stack_id: str) -> None:
    for stack in list(self.stacks.values()):
        if name_or_stack_id in (stack.name, stack.stack_id) and engine.delete(stack):
            del self.stacks[stack.stack_id]
            self.deleted_stacks[stack.stack_id] = stack
            for change_set in changesets.of_stack(self, stack):
                del self.change_sets[change_set.change_set_id]
            for name in [name for name, item in self.exports.items() if _is_of(item, stack)]:
                del self.exports[name]


def _is_of(export: Any, stack: Any) -> bool:
    return bool(export.exporting_stack_id == stack.stack_id)
