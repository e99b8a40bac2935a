"""Errors of Lambda's API that moto has no class for."""

from moto.awslambda.exceptions import LambdaClientError


class ResourceConflict(LambdaClientError):
    """The resource exists already, or something else changes it."""

    code = 409

    def __init__(self, message: str) -> None:
        super().__init__("ResourceConflictException", message)


class InvalidRequestContent(LambdaClientError):
    """The event is no JSON."""

    def __init__(self, reason: object) -> None:
        what = f"Could not parse request body into json: {reason}"
        super().__init__("InvalidRequestContentException", what)


class RequestTooLarge(LambdaClientError):
    """The event has more bytes than Lambda takes."""

    code = 413

    def __init__(self, largest: int) -> None:
        what = f"Request must be smaller than {largest} bytes for the Invoke operation"
        super().__init__("RequestTooLargeException", what)
