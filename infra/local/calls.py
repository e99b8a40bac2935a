"""API calls at the door: counted, and answered with an error where the weather says so.

The account's own work (delivering events, evaluating alarms) is neither counted nor refused.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from infra.local.account import Account
from infra.local.iam import denials
from infra.local.iam.denials import Refusal
from infra.local.iam.operations import Operation, protocol
from infra.local.weather import Fault, Weather

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

ERROR = "error"
LOST = "lost"
KINDS = {
    ERROR: "a call such as dynamodb:PutItem is answered with an error: its code, its message",
    LOST: "a call is done, and yet answered with an error, as when its answer is lost",
}
# Words in the codes of errors that pass; they are answered as a service under load answers.
PASSING = ("Throttl", "LimitExceeded", "SlowDown", "Unavailable", "InternalError")


def install(account: Account) -> None:
    """Let the calls of this account have weather."""
    account.weather["calls"] = Weather({}, KINDS)


def wrap(account: Account, app: Application) -> Application:
    """Give the application behind the door, which has said what each request asks for."""
    weather = account.weather["calls"]

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        operation: Operation | None = environ.get("daytwo.operation")
        if operation is None:
            return app(environ, start_response)
        action = f"{operation.service}:{operation.name}"
        account.calls[action] += 1
        refused = weather.fault(ERROR, action=action)
        lost = None if refused else weather.fault(LOST, action=action)
        fault = refused or lost
        if fault is None:
            return app(environ, start_response)
        if lost:
            b"".join(app(environ, lambda *answered: None))
        status, headers, body = _refusal(fault, operation, environ)
        start_response(status, headers)
        return [body]

    return answer


def _refusal(fault: Fault, operation: Operation, environ: dict[str, Any]) -> denials.Answer:
    code = fault.code or "ThrottlingException"
    words = fault.message or f"{code} by the weather"
    refusal = Refusal(json=code, query=code, s3=code, ec2=code, message=words)
    spoken = protocol(operation.service, environ)
    head = environ["REQUEST_METHOD"] == "HEAD"
    _, headers, body = denials.answer(spoken, operation.service, refusal, head)
    passing = spoken != "json" and any(word in code for word in PASSING)
    status = HTTPStatus.SERVICE_UNAVAILABLE if passing else HTTPStatus.BAD_REQUEST
    return f"{status.value} {status.phrase}", headers, body
