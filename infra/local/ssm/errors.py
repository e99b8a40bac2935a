"""Errors in Systems Manager's own words."""

from moto.core.exceptions import JsonRESTError


def error(code: str, message: str) -> JsonRESTError:
    """Give an error that the request is answered with."""
    return JsonRESTError(code, message)


def not_valid(ids: list[str], account_id: str) -> JsonRESTError:
    """Say which instances take no command."""
    listed = ", ".join(ids)
    return error(
        "InvalidInstanceId", f"Instances [[{listed}]] not in a valid state for account {account_id}"
    )


def validation(field: str, value: object, wanted: str) -> JsonRESTError:
    """Say that a parameter breaks a constraint."""
    return error(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy "
        f"constraint: {wanted}",
    )
