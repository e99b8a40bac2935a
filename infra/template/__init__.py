"""The CloudFormation template, generated from what tasks may do and what starts workflows."""

from typing import Any

from troposphere import Template

from infra.discovery import Task, Workflow
from infra.template import (
    definitions,
    functions,
    machines,
    observability,
    schedules,
    storage,
)
from infra.template.permissions import Scope


def render(tasks: list[Task], workflows: list[Workflow], config: dict[str, Any]) -> dict[str, Any]:
    """Give the template's document for one configuration (schemas/config.json)."""
    scope = Scope(config["systems"], workflows)
    template = Template(Description="daytwo: day-2 operations as Step Functions workflows")
    for parameter in functions.parameters(tasks) + definitions.parameters(workflows):
        template.add_parameter(parameter)
    template.add_resource(functions.layer(config))
    template.add_resource(functions.log_groups(tasks, config))
    rules = []
    for task in tasks:
        template.add_resource(functions.resources(task, config, scope))
    logical_ids = {task.logical_id for task in tasks}
    for workflow in workflows:
        made = machines.resources(workflow, logical_ids, config, scope)
        rules += [item.title for item in made if item.resource["Type"] == "AWS::Events::Rule"]
        template.add_resource(made)
    template.add_resource(schedules.resources(workflows))
    template.add_resource(storage.resources(config, rules))
    template.add_resource(observability.resources(tasks, workflows, config))
    for workflow in workflows:
        machines.check_names(workflow, set(template.resources))
    template.add_output(
        storage.outputs()
        + observability.outputs()
        + functions.outputs(tasks)
        + schedules.outputs()
        + machines.outputs(workflows)
    )
    document: dict[str, Any] = template.to_dict()
    return document
