"""What a stack tells of itself: its status, its events, and why something failed."""

from typing import Any

from botocore.exceptions import ClientError

from infra.local.cloudformation.kinds import Resource


def subject_of(resource: Resource) -> tuple[str, str, str]:
    """Give logical id, type and physical id, as `tell` takes them."""
    return (
        resource.logical_resource_id,
        resource.cf_resource_type,
        resource.physical_resource_id,
    )


def report(stack: Any, status: str, reason: str | None = None) -> None:
    """Set the stack's status, with an event that says why."""
    stack.status = status
    stack.status_reason = reason
    stack._add_stack_event(status, resource_status_reason=reason)


def tell(stack: Any, subject: tuple[str, str, str], status: str, reason: str | None = None) -> None:
    """Write an event of a resource: logical id, type and physical id are its subject."""
    from moto.cloudformation.models import Event

    logical_id, type_name, physical_id = subject
    stack.events.append(
        Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=logical_id,
            physical_resource_id=physical_id,
            resource_type=type_name,
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=None,
        )
    )


def reason_of(error: Exception) -> str:
    if isinstance(error, ClientError):
        answer = error.response["Error"]
        return f"{answer.get('Message', '')} ({error.operation_name}, {answer.get('Code', '')})"
    return str(getattr(error, "message", "") or error) or type(error).__name__
