"""The door of EC2: buckets and injected errors meet a request before anything else does."""

import threading
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

from infra.local.account import Account
from infra.local.ec2 import errors
from infra.local.ec2.buckets import Buckets
from infra.local.ec2.weather import ERROR, LOST
from infra.local.patching import replace
from infra.local.weather import Weather

# The most that one call may name.
MOST = {
    "CreateTags": ("Resources", 1000),
    "DescribeInstanceStatus": ("InstanceIds", 100),
    "TerminateInstances": ("InstanceIds", 1000),
}
NARROWED_BY = ("Filters", "Filter", "MaxResults", "NextToken")


def install(account: Account, weather: Weather, settle: Sequence[Callable[[], None]]) -> None:
    """Refuse requests to EC2 as the weather says; let what is due happen before the others."""
    door = Door(account, weather)

    def answer(response: Any) -> Any:
        try:
            door.admit(response)
            for each in settle:
                each()
        except EC2ClientError as error:
            status, headers, body = response.serialized(ActionResult(error))
        else:
            status, headers, body = plain_answer(response)
            lost = door.lost(response) if int(status) == HTTPStatus.OK else None
            if lost is not None:
                status, headers, body = response.serialized(ActionResult(lost))
        return _status(body, int(status)), headers, body

    # moto never throttles, and answers each error with 400.
    plain_answer = replace(account, EC2Response, "call_action", answer)


class Door:
    """Lets requests in, or raises the error that they are answered with."""

    def __init__(self, account: Account, weather: Weather) -> None:
        self._clock = account.clock
        self._weather = weather
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], Buckets] = {}

    def admit(self, response: Any) -> None:
        """Take the request's tokens; raises EC2's error where it has none, or a fault has one."""
        action, ids = response._get_action(), _ids(response)
        error = self._error(ERROR, action, ids)
        if error is not None:
            raise error
        _limit(response, action)
        place = (response.current_account, response.region)
        with self._lock:
            if not self._weather["throttling"]:
                self._buckets.pop(place, None)
                return
            buckets = self._buckets.setdefault(place, Buckets())
            narrowed = any(response._get_param(name) for name in NARROWED_BY)
            count = int(response._get_param("MaxCount", len(ids)))
            if not buckets.take(action, narrowed, count, self._clock.now()):
                raise errors.throttled()

    def lost(self, response: Any) -> EC2ClientError | None:
        """Give the error that a request is answered with although it was done."""
        return self._error(LOST, response._get_action(), _ids(response))

    def _error(self, kind: str, action: str, ids: list[str]) -> EC2ClientError | None:
        fault = self._weather.fault(kind, action=action, id=ids)
        if fault is None:
            return None
        code = fault.code or "Unavailable"
        return EC2ClientError(code, fault.message or f"{code} by the weather")


def _ids(response: Any) -> list[str]:
    """Give the instances that a request names, or one empty id."""
    ids: list[str] = response._get_param("InstanceIds", [])
    return ids or [response._get_param("InstanceId", "")]


def _limit(response: Any, action: str) -> None:
    name, most = MOST.get(action, ("", 0))
    named = len(response._get_param(name, [])) if name else 0
    if named > most:
        raise EC2ClientError(
            "InvalidParameterValue",
            f"The number of {name} ({named}) is above the limit of {most} of {action}",
        )


def _status(body: Any, status: int) -> int:
    if status == HTTPStatus.BAD_REQUEST and isinstance(body, str | bytes):
        text = body.decode() if isinstance(body, bytes) else body
        for code, other in errors.STATUSES.items():
            if f"<Code>{code}</Code>" in text:
                return other
    return status
