"""Refusals in the words and the shape that each AWS protocol gives them."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from xml.sax.saxutils import escape

Answer = tuple[str, list[tuple[str, str]], bytes]


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused: one code for each kind of protocol, and the words."""

    json: str
    query: str
    s3: str
    ec2: str
    message: str

    def code(self, spoken: str) -> str:
        """Give the code that a protocol uses for it."""
        codes = {"s3": self.s3, "ec2": self.ec2, "query": self.query, "rest-xml": self.query}
        return codes.get(spoken, self.json)


UNKNOWN_KEY = Refusal(
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "AuthFailure",
    "The security token included in the request is invalid.",
)
WRONG_SIGNATURE = Refusal(
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method.",
)
UNSIGNED = Refusal(
    "MissingAuthenticationTokenException",
    "MissingAuthenticationToken",
    "AccessDenied",
    "MissingAuthenticationToken",
    "Request is missing Authentication Token",
)
EXPIRED = Refusal(
    "ExpiredTokenException", "ExpiredToken", "AccessDenied", "RequestExpired", "Request has expired"
)


def unknown_operation(message: str) -> Refusal:
    """Refuse what fits no operation."""
    return Refusal(
        "UnknownOperationException", "InvalidAction", "MethodNotAllowed", "InvalidAction", message
    )


def malformed(message: str) -> Refusal:
    """Refuse a signature that cannot be read."""
    return Refusal(
        "IncompleteSignatureException",
        "IncompleteSignature",
        "AuthorizationHeaderMalformed",
        "AuthFailure",
        message,
    )


def access_denied(
    service: str, arn: str, action: str, resource: str, explicit: bool, element: str = "identity"
) -> Refusal:
    """Refuse an action in the form of the page "Troubleshoot access denied error messages"."""
    words = f"User: {arn} is not authorized to perform: {action} on resource: {resource} "
    if explicit:
        words += f"with an explicit deny in an {element}-based policy"
    else:
        words += f"because no {element}-based policy allows the {action} action"
    return Refusal(
        "AccessDeniedException",
        "AuthorizationError" if service == "sns" else "AccessDenied",
        "AccessDenied",
        "UnauthorizedOperation",
        words,
    )


def answer(spoken: str, service: str, refusal: Refusal, head: bool = False) -> Answer:
    """Write a refusal as a service with this protocol answers it."""
    code, words = refusal.code(spoken), escape(refusal.message)
    if spoken in ("json", "rest-json"):
        status = HTTPStatus.BAD_REQUEST if spoken == "json" else HTTPStatus.FORBIDDEN
        headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-ErrorType", code)]
        if service in ("monitoring", "sqs"):
            headers.append(("x-amzn-query-error", f"{refusal.query};Sender"))
        document = {"__type": code, "message": refusal.message, "Message": refusal.message}
        return _answer(status, headers, json.dumps(document))
    if spoken == "s3":
        text = f"<Error><Code>{code}</Code><Message>{words}</Message></Error>"
    elif spoken == "ec2":
        if code == "UnauthorizedOperation":
            words = f"You are not authorized to perform this operation. {words}"
        text = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{words}</Message></Error>"
            "</Errors><RequestID>denied</RequestID></Response>"
        )
    else:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
            f"<Message>{words}</Message></Error><RequestId>denied</RequestId></ErrorResponse>"
        )
    return _answer(HTTPStatus.FORBIDDEN, [("Content-Type", "text/xml")], "" if head else text)


def _answer(status: HTTPStatus, headers: list[tuple[str, str]], text: str) -> Answer:
    return f"{status.value} {status.phrase}", headers, text.encode()
