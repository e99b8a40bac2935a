"""What the CloudFormation API answers about change sets and resources, where moto differs."""

from collections.abc import Callable
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError

from infra.local.account import Account
from infra.local.cloudformation import changesets, templates
from infra.local.cloudformation.engine import Goal
from infra.local.patching import replace


def install(account: Account, execute: Callable[[Account, Any, Any], None]) -> None:
    """Make moto find change sets within their stack, and tell resources as they are."""
    from moto.cloudformation import responses
    from moto.cloudformation.exceptions import ValidationError
    from moto.core.exceptions import ServiceException
    from moto.core.responses import ActionResult, EmptyResult

    response = responses.CloudFormationResponse

    def find(self: Any) -> Any:
        name, stack = self._get_param("ChangeSetName"), self._get_param("StackName")
        return changesets.find(self.cloudformation_backend, name, stack)

    def deleted(self: Any) -> Any:
        backend = self.cloudformation_backend
        del backend.change_sets[find(self).change_set_id]
        return EmptyResult()

    def executed(self: Any) -> Any:
        execute(account, self.cloudformation_backend, find(self))
        return EmptyResult()

    def listed(self: Any) -> Any:
        backend = self.cloudformation_backend
        stack = backend.get_stack(self._get_param("StackName"))
        return ActionResult({"Summaries": changesets.of_stack(backend, stack)})

    def fetched(self: Any, url: str) -> str:
        try:
            return str(plain_fetch(self, url))
        except (AttributeError, ServiceException):
            raise ValidationError(message=f"S3 error: no object can be read at {url}") from None

    # moto stumbles over a template that is not where the request says.
    plain_fetch = replace(account, response, "_get_stack_from_s3_url", fetched)
    # moto finds a change set by its name in whichever stack has one of that name.
    replace(account, response, "create_change_set", _created(account))
    replace(account, response, "describe_change_set", lambda self: ActionResult(find(self)))
    replace(account, response, "delete_change_set", deleted)
    replace(account, response, "execute_change_set", executed)
    replace(account, response, "list_change_sets", listed)
    # moto calls an update of the same template an error before it is known what changes.
    replace(account, response, "_validate_different_update", lambda *_: None)
    _install_resources(account, responses)


def _created(account: Account) -> Callable[[Any], Any]:
    from moto.core.responses import ActionResult

    def create_change_set(self: Any) -> Any:
        backend = self.cloudformation_backend
        change_set = {
            "name": self._get_param("ChangeSetName"),
            "stack": self._get_param("StackName"),
            "type": self._get_param("ChangeSetType", "UPDATE"),
            "description": self._get_param("Description"),
        }
        goal = _goal(self, change_set["stack"])
        _check_capabilities(goal, self._get_param("Capabilities", []))
        made = changesets.create(account, backend, change_set, goal)
        return ActionResult({"Id": made.change_set_id, "StackId": made.stack_id})

    return create_change_set


class InsufficientCapabilities(CloudFormationError):
    """The template makes something that nobody acknowledged."""

    code = "InsufficientCapabilitiesException"


def _check_capabilities(goal: Goal, given: list[str]) -> None:
    """Refuse IAM resources that are not acknowledged (CreateChangeSet, "Capabilities")."""
    needed = templates.capabilities(templates.parse(goal.text))
    if needed and not set(needed) & set(given):
        raise InsufficientCapabilities(f"Requires capabilities : [{needed[0]}]")


def _goal(response: Any, stack_name: str) -> Goal:
    """Read what is asked for; what is left as it was comes from the stack."""
    stacks = response.cloudformation_backend.stacks.values()
    stack = next((item for item in stacks if stack_name in (item.name, item.stack_id)), None)
    text, url = response._get_param("TemplateBody"), response._get_param("TemplateURL")
    if response._get_bool_param("UsePreviousTemplate", False) and stack:
        text = stack.template
    elif url:
        text = response._get_stack_from_s3_url(url)
    elif not text:
        from moto.cloudformation.exceptions import ValidationError

        raise ValidationError(message="Either Template URL or Template Body must be specified.")
    parameters = {
        item["ParameterKey"]: stack.parameters[item["ParameterKey"]]
        if item.get("UsePreviousValue") and stack
        else item["ParameterValue"]
        for item in response._get_param("Parameters", [])
        if "ParameterValue" in item or (stack and item["ParameterKey"] in stack.parameters)
    }
    tags = {item["Key"]: item["Value"] for item in response._get_param("Tags", [])}
    kept = stack.tags if stack and not tags else tags
    return Goal(text, parameters, kept, response._get_param("RoleARN"))


def _install_resources(account: Account, responses: Any) -> None:
    plain = responses.StackResourceDTO.__init__

    def told(self: Any, stack: Any, resource: Any) -> None:
        plain(self, stack, resource)
        self.resource_status = resource.status
        self.timestamp = self.last_updated_timestamp = stack.events[-1].timestamp

    # moto tells the stack's status as each resource's, and a moment in 2010.
    replace(account, responses.StackResourceDTO, "__init__", told)
