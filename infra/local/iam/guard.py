"""The door of the embedded account: every HTTP request shows here who it is and what for."""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from infra.local.account import REGION, Account
from infra.local.iam import denials, signature
from infra.local.iam.arns import Place
from infra.local.iam.bucketpolicy import bucket_decision
from infra.local.iam.checks import Check, checks
from infra.local.iam.denials import Refusal
from infra.local.iam.missing import Application, hiding_missing
from infra.local.iam.operations import Operation, UnknownOperation, identify, protocol
from infra.local.iam.policy import Decision
from infra.local.iam.principals import Principal, find
from infra.local.iam.signature import Malformed, Signature
from infra.local.iam.trust import may_assume
from infra.local.iam.urls import PATH_PREFIX, url_checks

log = logging.getLogger(__name__)


class Refused(Exception):
    """A request that the guard does not let through."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class Guard:
    """WSGI middleware that admits requests by IAM, and says behind it who the caller is.

    `environ["daytwo.principal"]` has arn, account, user_id and access_key_id.
    """

    def __init__(self, account: Account, app: Application) -> None:
        self._account = account
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Let the request through, or answer it with a refusal."""
        signed: Signature | None = None
        app = self._app
        try:
            signed = signature.read(environ)
            app = self._admitted(environ, signed)
        except Malformed as error:
            return _refuse(environ, start_response, signed, denials.malformed(str(error)))
        except UnknownOperation as error:
            return _refuse(environ, start_response, signed, denials.unknown_operation(str(error)))
        except Refused as refused:
            return _refuse(environ, start_response, signed, refused.refusal)
        return app(environ, start_response)

    def _admitted(self, environ: dict[str, Any], signed: Signature | None) -> Application:
        """Give what may answer the request; raises Refused."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(PATH_PREFIX):
            self._admit_to_url(environ, signed)
            return self._app
        if signed is None:
            raise Refused(denials.UNSIGNED)
        principal = self._authenticate(environ, signed)
        place = Place(signed.region, principal.account)
        body = environ["daytwo.body"]
        if principal.internal:
            return self._app
        environ["daytwo.operation"] = operation = identify(signed.service, environ, body)
        conditions = _conditions(environ, principal, place)
        _authorize(principal, operation, place, conditions)
        return hiding_missing(self._app, principal, operation, conditions)

    def _admit_to_url(self, environ: dict[str, Any], signed: Signature | None) -> None:
        """Admit a call of a function's URL; one without authentication needs no signature."""
        needed = url_checks(environ["PATH_INFO"])
        if needed is None:
            return
        if signed is None:
            raise Refused(denials.UNSIGNED)
        principal = self._authenticate(environ, signed)
        place = Place(signed.region or REGION, principal.account)
        conditions = _conditions(environ, principal, place)
        for check in needed:
            _require(principal, check, conditions, "lambda")

    def _authenticate(self, environ: dict[str, Any], signed: Signature) -> Principal:
        principal = find(signed.access_key_id, self._account)
        if principal is None or not principal.proves(signed.token):
            raise Refused(denials.UNKNOWN_KEY)
        if signed.expired(datetime.now(UTC)):
            raise Refused(denials.EXPIRED)
        if not signed.verifies(principal.secret, signed.token, environ, environ["daytwo.body"]):
            raise Refused(denials.WRONG_SIGNATURE)
        environ["daytwo.principal"] = principal.environ()
        return principal


def _authorize(
    principal: Principal,
    operation: Operation,
    place: Place,
    conditions: dict[str, str | list[str]],
) -> None:
    for check in checks(operation, place):
        if check.action == "sts:AssumeRole":
            if not may_assume(principal, check.resource, {**conditions, **check.context}):
                raise Refused(
                    _denial(principal, check, "sts", Decision.NOT_ALLOWED, Decision.NOT_ALLOWED)
                )
        else:
            _require(principal, check, conditions, operation.service)


def _require(
    principal: Principal, check: Check, conditions: Mapping[str, Any], service: str
) -> None:
    context = {**conditions, **check.context}
    own = principal.decide(check.action, check.resource, context)
    resource = bucket_decision(principal, check.action, check.resource, context)
    if Decision.DENIED in (own, resource) or Decision.ALLOWED not in (own, resource):
        raise Refused(_denial(principal, check, service, own, resource))


def _denial(
    principal: Principal, check: Check, service: str, own: Decision, resource: Decision
) -> Refusal:
    log.info("denied %s: %s on %s", principal.arn, check.action, check.resource)
    explicit = Decision.DENIED in (own, resource)
    element = "resource" if explicit and own is not Decision.DENIED else "identity"
    arn, action = principal.arn, check.action
    return denials.access_denied(service, arn, action, check.resource, explicit, element)


def _conditions(
    environ: Mapping[str, Any], principal: Principal, place: Place
) -> dict[str, str | list[str]]:
    return {
        **principal.context,
        "aws:requestedregion": place.region,
        "aws:securetransport": "true",
        "aws:sourceip": environ.get("REMOTE_ADDR", ""),
        "aws:viaawsservice": "false",
    }


def _refuse(
    environ: Mapping[str, Any], start_response: Any, signed: Signature | None, refusal: Refusal
) -> list[bytes]:
    service = signed.service if signed else _unsigned_service(environ)
    spoken = protocol(service, environ)
    head = environ["REQUEST_METHOD"] == "HEAD"
    status, headers, body = denials.answer(spoken, service, refusal, head)
    start_response(status, headers)
    return [body]


def _unsigned_service(environ: Mapping[str, Any]) -> str:
    """Guess in which service's words to refuse; S3 is what has no mark of its own."""
    marked = environ.get("HTTP_X_AMZ_TARGET") or protocol("", environ) == "query"
    url = environ.get("PATH_INFO", "").startswith(PATH_PREFIX)
    return "" if marked or url else "s3"
