"""EC2's errors in EC2's own words, with the HTTP status that each is answered with.

From the EC2 API Reference, "Error codes", and from what callers report of the messages.
"""

from collections.abc import Sequence

from moto.ec2.exceptions import EC2ClientError

# An SDK retries what is answered with 500 or 503 by itself.
STATUSES = {"RequestLimitExceeded": 503, "InsufficientInstanceCapacity": 500, "Unavailable": 503}
STATUSES |= {"InternalError": 500, "ServerInternal": 500}


def throttled() -> EC2ClientError:
    """Make the error of a request that finds too few tokens."""
    return EC2ClientError("RequestLimitExceeded", "Request limit exceeded.")


def malformed(instance_id: str) -> EC2ClientError:
    """Make the error of an id that can be no instance's."""
    expected = "" if instance_id.startswith("i-") else ' (expecting "i-...")'
    return EC2ClientError("InvalidInstanceID.Malformed", f'Invalid id: "{instance_id}"{expected}')


def not_found(instance_ids: Sequence[str]) -> EC2ClientError:
    """Make the error of ids that no instance has; it names them all."""
    words = "ID '{}' does" if len(instance_ids) == 1 else "IDs '{}' do"
    named = words.format(", ".join(instance_ids))
    return EC2ClientError("InvalidInstanceID.NotFound", f"The instance {named} not exist")


def wrong_state(instance_id: str, done: str) -> EC2ClientError:
    """Make the error of an instance whose state forbids that it is started, stopped, …"""
    return EC2ClientError(
        "IncorrectInstanceState",
        f"The instance '{instance_id}' is not in a state from which it can be {done}.",
    )


def never_ran(instance_id: str) -> EC2ClientError:
    """Make the error of a stop before the instance has run for the first time."""
    return EC2ClientError(
        "IncorrectInstanceState",
        f"Instance '{instance_id}' cannot be stopped as it has never reached the 'running' state.",
    )


def not_stopped(instance_id: str) -> EC2ClientError:
    """Make the error of a change that only a stopped instance allows."""
    return EC2ClientError(
        "IncorrectInstanceState", f"The instance '{instance_id}' is not in the 'stopped' state."
    )


def stop_protected(instance_id: str) -> EC2ClientError:
    """Make the error of stopping an instance with stop protection."""
    return EC2ClientError(
        "OperationNotPermitted",
        f"The instance '{instance_id}' may not be stopped. "
        "Modify its 'disableApiStop' instance attribute and try again.",
    )


def termination_protected(instance_id: str) -> EC2ClientError:
    """Make the error of terminating an instance with termination protection."""
    return EC2ClientError(
        "OperationNotPermitted",
        f"The instance '{instance_id}' may not be terminated. "
        "Modify its 'disableApiTermination' instance attribute and try again.",
    )


def one_time_spot(instance_id: str) -> EC2ClientError:
    """Make the error of stopping a Spot Instance whose request is not persistent."""
    return EC2ClientError(
        "UnsupportedOperation",
        f"You can't stop the Spot Instance '{instance_id}' because it is associated with a "
        "one-time Spot Instance request. You can only stop Spot Instances associated with "
        "persistent Spot Instance requests.",
    )


def not_ebs(instance_id: str) -> EC2ClientError:
    """Make the error of stopping an instance whose root is an instance store."""
    return EC2ClientError(
        "UnsupportedOperation",
        f"The instance '{instance_id}' does not have an 'ebs' root device type and cannot be "
        "stopped.",
    )


def cannot_hibernate(instance_id: str) -> EC2ClientError:
    """Make the error of hibernating an instance that was not launched for it."""
    return EC2ClientError(
        "UnsupportedHibernationConfiguration",
        f"The instance '{instance_id}' was not launched with hibernation enabled.",
    )


def no_capacity_to_start() -> EC2ClientError:
    """Make the error of a start that finds no room: it names neither type nor instance."""
    return EC2ClientError("InsufficientInstanceCapacity", "Insufficient capacity.")


def no_capacity(instance_type: str, zone: str) -> EC2ClientError:
    """Make the error of a launch whose type a zone has no more room for."""
    return EC2ClientError(
        "InsufficientInstanceCapacity",
        f"We currently do not have sufficient {instance_type} capacity in the Availability Zone "
        f"you requested ({zone}). Our system will be working on provisioning additional capacity.",
    )


def other_request() -> EC2ClientError:
    """Make the error of a client token that came with another request before."""
    return EC2ClientError(
        "IdempotentParameterMismatch",
        "Arguments on this idempotent request are inconsistent with arguments used in previous "
        "request(s).",
    )
