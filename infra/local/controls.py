"""The account's own API: its weather and its calls, looked at and changed while it runs.

A request is signed for the service `daytwo` and let in by IAM as any other: the profile `admin`
may make it, `alice` and `bob` may not.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from infra.local.account import Account
from infra.local.iam import signature
from infra.local.weather import BadWeather, Setting, Weather

SERVICE = "daytwo"
TARGET = "DayTwo."
JSON = [("Content-Type", "application/x-amz-json-1.1")]
SECONDS = 30

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
Parameters = dict[str, Any]
Operation = Callable[[Parameters], Parameters | None]


class Refused(Exception):
    """The account refused a request to its own API; the message says why."""


def install(account: Account) -> None:
    """Nothing is changed: the requests are answered before moto sees them."""


def wrap(account: Account, app: Application) -> Application:
    """Give the application that answers the account's own API, and hands on everything else."""
    operations = _operations(account)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        name = _asked(environ)
        if name is None:
            return app(environ, start_response)
        try:
            told = operations[name](json.loads(environ["daytwo.body"] or b"{}")) or {}
            status = "200 OK"
        except (BadWeather, KeyError, TypeError, ValueError) as error:
            told = {"__type": "BadRequest", "message": _words(error)}
            status = "400 Bad Request"
        start_response(status, JSON)
        return [json.dumps(told).encode()]

    return answer


def _operations(account: Account) -> dict[str, Operation]:
    def describe_weather(asked: Parameters) -> Parameters:
        return {
            name: {**weather.show(), "kinds": dict(weather.kinds)}
            for name, weather in account.weather.items()
        }

    def set_weather(asked: Parameters) -> None:
        _part(account, asked).set(**asked["settings"])

    def add_fault(asked: Parameters) -> None:
        _part(account, asked).add(asked["kind"], **asked["conditions"])

    def calm_weather(asked: Parameters) -> None:
        for weather in account.weather.values():
            weather.calm()

    return {
        "DescribeWeather": describe_weather,
        "SetWeather": set_weather,
        "AddFault": add_fault,
        "CalmWeather": calm_weather,
        "DescribeCalls": lambda asked: dict(account.calls),
        "ForgetCalls": lambda asked: account.calls.clear(),
    }


def _asked(environ: Mapping[str, Any]) -> str | None:
    """Give the operation of a request for this API; the signature's service was checked."""
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if not target.startswith(TARGET):
        return None
    signed = signature.read(environ)
    return target.removeprefix(TARGET) if signed and signed.service == SERVICE else None


def _part(account: Account, asked: Parameters) -> Weather:
    name = asked.get("part", "")
    if name not in account.weather:
        raise BadWeather(f"no part {name!r} has weather; there are {', '.join(account.weather)}")
    return account.weather[name]


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, BadWeather) else f"the request is wrong: {error!r}"


class Controls:
    """The account's own API as a client calls it, with the keys of an administrator."""

    def __init__(self, endpoint: str, region: str, keys: Mapping[str, str]) -> None:
        self._endpoint = endpoint
        self._region = region
        self._keys = keys

    def describe_weather(self) -> dict[str, Any]:
        """Give settings, kinds of faults and faults of each part that has weather."""
        return self._call("DescribeWeather")

    def set(self, part: str, **settings: Setting) -> None:
        """Change settings of a part; raises Refused for one that it does not have."""
        self._call("SetWeather", part=part, settings=settings)

    def add(self, part: str, kind: str, /, **conditions: Any) -> None:
        """Add a fault to a part; raises Refused for a kind or condition that there is not."""
        self._call("AddFault", part=part, kind=kind, conditions=conditions)

    def calm(self) -> None:
        """End all faults, and set everything of all parts as it was in the beginning."""
        self._call("CalmWeather")

    def calls(self) -> dict[str, int]:
        """Count the API calls since the start, or since `forget_calls`, by action."""
        return self._call("DescribeCalls")

    def forget_calls(self) -> None:
        """Begin to count anew."""
        self._call("ForgetCalls")

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        from botocore.httpsession import URLLib3Session

        request = AWSRequest(
            "POST",
            f"{self._endpoint}/",
            headers={"X-Amz-Target": TARGET + operation, "Content-Type": JSON[0][1]},
            data=json.dumps(parameters),
        )
        keys = Credentials(self._keys["aws_access_key_id"], self._keys["aws_secret_access_key"])
        SigV4Auth(keys, SERVICE, self._region).add_auth(request)
        answer = URLLib3Session(timeout=SECONDS).send(request.prepare())
        document: dict[str, Any] = json.loads(answer.content or b"{}")
        if answer.status_code != 200:
            raise Refused(document.get("message", f"HTTP {answer.status_code}"))
        return document
