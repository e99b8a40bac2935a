"""What the command line says when something is wrong, and the exit codes it ends with."""

from collections.abc import Sequence

import click

from workflows.cli.text import clean

SUCCEEDED = 0
FAILED = 1  # failed or rolled back
WRONG_INPUT = 2
NOT_APPROVED = 3  # rejected or expired
INTERRUPTED = 130

CREDENTIALS = "Log in, set AWS_PROFILE, or give --profile; --local is the embedded account."
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "AuthorizationErrorException",
}
UNKNOWN_KEY = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
    "AuthFailure",
}


class CommandError(click.ClickException):
    """One clear line for a person: what is wrong, where, and what to do."""

    def __init__(
        self, message: str, exit_code: int = WRONG_INPUT, details: Sequence[str] = ()
    ) -> None:
        super().__init__("\n  ".join(clean(line) for line in (message, *details)))
        self.exit_code = exit_code  # type: ignore[misc]


def explained(error: Exception) -> CommandError | None:
    """Put an expected error of the AWS SDK into words; None for one that is a defect."""
    from botocore import exceptions

    if isinstance(error, exceptions.ClientError):
        return CommandError(_refusal(error))
    if isinstance(
        error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError
    ) or type(error).__name__ in ("SSOError", "UnauthorizedSSOTokenError", "TokenRetrievalError"):
        return CommandError(f"No AWS credentials to use: {error}. {CREDENTIALS}")
    if isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError):
        return CommandError(
            f"AWS does not answer: {error}. Check the network, AWS_ENDPOINT_URL and --region; "
            "with --local, `daytwo local status`."
        )
    if isinstance(error, exceptions.BotoCoreError):
        return CommandError(f"The AWS call could not be made: {error}.")
    return None


def _refusal(error: Exception) -> str:
    response = error.response  # type: ignore[attr-defined]
    code = response.get("Error", {}).get("Code", "")
    said = response.get("Error", {}).get("Message", "") or "no reason given"
    call = error.operation_name  # type: ignore[attr-defined]
    if code in EXPIRED:
        return f"Your AWS credentials have expired ({call}). {CREDENTIALS}"
    if code in UNKNOWN_KEY:
        return f"AWS does not know your credentials ({call}: {said}). {CREDENTIALS}"
    if code in DENIED:
        return (
            f"You may not do {call}: {said}. Ask for that permission, or act as somebody who "
            "has it with --profile."
        )
    return f"AWS refused {call}: {said} [{code}]"
