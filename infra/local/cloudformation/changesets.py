"""Change sets: what a template would change, asked for before it is done.

CloudFormation API Reference, "CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet".
"""

import threading
from typing import Any

from moto.cloudformation.exceptions import AlreadyExistsException, CloudFormationError
from moto.cloudformation.exceptions import ValidationError as Invalid
from moto.cloudformation.models import ChangeSet

from infra.local.account import Account
from infra.local.cloudformation import templates
from infra.local.cloudformation.engine import (
    CREATE,
    UPDATE,
    Goal,
    Operation,
    current,
    is_replaced,
    kind_of,
)
from infra.local.cloudformation.kinds import Made, Resource

NOTHING_TO_DO = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)
_BEGINNING = threading.Lock()
UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


class ChangeSetNotFound(CloudFormationError):
    """The stack has no such change set."""

    code = "ChangeSetNotFound"


class InvalidChangeSetStatus(CloudFormationError):
    """The change set cannot be executed now."""

    code = "InvalidChangeSetStatus"


class Change:
    """One change, in the form in which moto writes it into the answer."""

    def __init__(
        self, action: str, logical_id: str, type_name: str, before: Resource | None = None
    ) -> None:
        self.action = action
        self.logical_resource_id = logical_id
        self.resource_type = type_name
        self.physical_resource_id = before.physical_resource_id if before else None
        self.replacement: str | None = None
        self.scope: list[str] = []


class Unknown(Made):
    """Stands for a resource that is yet to be made, while changes are foreseen."""

    def __init__(self, logical_id: str) -> None:
        super().__init__(f"known after {logical_id} is made", model=self)

    def get_cfn_attribute(self, name: str) -> str:
        """Answer any attribute with a value that no resource has."""
        return f"{self.physical_id}: {name}"


def changes(account: Account, stack: Any, goal: Goal) -> list[Change]:
    """Foresee what bringing the stack to the goal would change."""
    template = templates.parse(goal.text)
    target = templates.resource_map(stack, template, goal.parameters, goal.tags)
    found, seen = [], set()
    for logical_id in templates.order(template):
        written = template["Resources"][logical_id]
        kind = kind_of(account, stack.region_name, written["Type"])
        if not templates.is_wanted(written, target):
            continue
        seen.add(logical_id)
        properties = _foreseen(written, target)
        before = current(stack).get(logical_id)
        fresh = Resource(logical_id, written["Type"], properties, Unknown(logical_id), kind)
        target._parsed_resources[logical_id] = before or fresh
        if before is None:
            found.append(Change("Add", logical_id, written["Type"]))
        elif is_replaced(before, written["Type"], kind, properties):
            target._parsed_resources[logical_id] = fresh
            found.append(_modified(before, written["Type"], "True"))
        elif before.properties != properties:
            found.append(_modified(before, written["Type"], "False"))
    gone = [resource for name, resource in current(stack).items() if name not in seen]
    return found + [
        Change("Remove", item.logical_resource_id, item.cf_resource_type, item) for item in gone
    ]


def _foreseen(written: dict[str, Any], target: Any) -> dict[str, Any]:
    """Resolve properties as far as they can be known before anything is made."""
    try:
        return templates.resolved(written, target)
    except LookupError:
        # A part was selected of a value that is not known yet.
        return {"": "known after what it names is made"}


def _modified(before: Resource, type_name: str, replacement: str) -> Change:
    change = Change("Modify", before.logical_resource_id, type_name, before)
    change.replacement = replacement
    change.scope = ["Properties"]
    return change


def create(account: Account, backend: Any, change_set: dict[str, Any], goal: Goal) -> Any:
    """Make a change set; `change_set` has its name, type, stack name and description."""
    from moto.cloudformation.utils import generate_changeset_id, validate_create_change_set

    name = change_set["name"]
    validate_create_change_set(name)
    stack = stack_for(backend, change_set, goal)
    if any(item.change_set_name == name for item in of_stack(backend, stack)):
        raise AlreadyExistsException(f"ChangeSet {name} already exists")
    made = ChangeSet(
        change_set_type=change_set["type"],
        change_set_id=generate_changeset_id(name, backend.region_name, backend.account_id),
        change_set_name=name,
        stack=stack,
        template=goal.text,
        parameters=goal.parameters,
        description=change_set["description"],
        tags=goal.tags,
        role_arn=goal.role_arn,
    )
    made.changes = changes(account, stack, goal)  # type: ignore[assignment]
    same = change_set["type"] == UPDATE and not would_change(account, stack, goal)
    made.status = "FAILED" if same else "CREATE_COMPLETE"
    made.execution_status = "UNAVAILABLE" if same else "AVAILABLE"
    made.status_reason = NOTHING_TO_DO if same else None
    backend.change_sets[made.change_set_id] = made
    return made


def would_change(account: Account, stack: Any, goal: Goal) -> bool:
    """Tell whether anything would change: a resource, or what the stack puts out."""
    outputs = templates.parse(goal.text).get("Outputs", {})
    known = stack.template_dict.get("Outputs", {})
    return bool(outputs != known or changes(account, stack, goal))


def stack_for(backend: Any, change_set: dict[str, Any], goal: Goal) -> Any:
    """Find the stack that a change set is for; a new one begins with its review."""
    name = change_set["stack"]
    stacks = [item for item in backend.stacks.values() if name in (item.name, item.stack_id)]
    if change_set["type"] == CREATE:
        if not stacks:
            return _review(backend, name, goal)
        if stacks[0].status != "REVIEW_IN_PROGRESS":
            raise Invalid(
                message=f"Stack [{name}] already exists and cannot be created again with the "
                f"changeSet [{change_set['name']}]."
            )
        return stacks[0]
    if not stacks:
        raise Invalid(message=f"Stack [{name}] does not exist")
    check_updatable(stacks[0])
    return stacks[0]


def begin(stack: Any, verb: str) -> None:
    """Take the stack for one operation; refuse while another is at it."""
    with _BEGINNING:
        if verb == UPDATE:
            check_updatable(stack)
        elif stack.status != "REVIEW_IN_PROGRESS":
            raise Invalid(message=f"Stack:{stack.stack_id} is in {stack.status} state")
        stack.status = f"{verb}_IN_PROGRESS"


def check_updatable(stack: Any) -> None:
    """Refuse to change a stack that failed to be made, or that is being changed."""
    if stack.status not in UPDATABLE:
        raise Invalid(
            message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
        )


def _review(backend: Any, name: str, goal: Goal) -> Any:
    from moto.cloudformation import models
    from moto.cloudformation.utils import generate_stack_id

    make_stack: Any = models.Stack
    stack = make_stack(
        stack_id=generate_stack_id(name, backend.region_name, backend.account_id),
        name=name,
        template={},
        parameters={},
        account_id=backend.account_id,
        region_name=backend.region_name,
        tags=goal.tags,
        role_arn=goal.role_arn,
        cross_stack_resources=backend.exports,
    )
    backend.stacks[stack.stack_id] = stack
    stack.status = "REVIEW_IN_PROGRESS"
    stack._add_stack_event("REVIEW_IN_PROGRESS", resource_status_reason="User Initiated")
    return stack


def of_stack(backend: Any, stack: Any) -> list[Any]:
    """List a stack's change sets."""
    return [item for item in backend.change_sets.values() if item.stack_id == stack.stack_id]


def find(backend: Any, name: str, stack_name: str | None) -> Any:
    """Find a change set by its ARN, or by its name within its stack."""
    for change_set in backend.change_sets.values():
        named = change_set.change_set_name == name
        there = stack_name in (change_set.stack_name, change_set.stack_id)
        if name == change_set.change_set_id or (named and there):
            return change_set
    if stack_name is None and not name.startswith("arn:"):
        raise Invalid(
            message="StackName must be specified if ChangeSetName is not specified as an ARN."
        )
    raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")


def execute(account: Account, backend: Any, change_set: Any) -> None:
    """Do what a change set says; the stack's other change sets are void then."""
    if change_set.execution_status != "AVAILABLE":
        raise InvalidChangeSetStatus(
            f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current status of "
            f"[{change_set.status}]"
        )
    stack = backend.stacks[change_set.stack_id]
    begin(stack, change_set.change_set_type)
    for other in of_stack(backend, stack):
        if other is not change_set:
            del backend.change_sets[other.change_set_id]
    goal = Goal(
        change_set.template, change_set.parameters, change_set.tags or {}, change_set.role_arn
    )
    Operation(account, stack, goal, change_set.change_set_type).run()
    failed = "ROLLBACK" in stack.status
    change_set.execution_status = "EXECUTE_FAILED" if failed else "EXECUTE_COMPLETE"
