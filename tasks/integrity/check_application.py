"""Let the system's own functions look at a copy, and say what they found."""

from collections.abc import Mapping
from typing import Any

from tasks import aliases
from tasks.drills import probes, standing, verdicts
from tasks.errors import AccessRefused, AwsCallFailed, FunctionMissing
from tasks.runtime import client, task

PERMISSIONS = {**standing.PERMISSIONS, "lambda:InvokeFunction": aliases.FUNCTION_ARN}
ERRORS = aliases.ERRORS
# The checks are answered one after the other, each within its own function's timeout.
TIMEOUT = 900


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    standing.ask(request["drill"])
    lambda_ = client("lambda", request["drill"]["target"]["target"])
    return check(request["component"], request["endpoint"], lambda_)


def check(component: Mapping[str, Any], endpoint: str, lambda_: Any) -> dict[str, Any]:
    """Ask each function that the manifest names for the component, about the copy.

    A function that says no is a FAIL; one that crashes, does not exist, may not be called or
    answers nothing that can be understood is an ERROR, and keeps no other from being asked.
    """
    words = {"{copy}": component["copy"] or component["resource"], "{endpoint}": endpoint}
    return {"checks": [ask(one, words, lambda_) for one in component["application_checks"]]}


def ask(one: Mapping[str, Any], words: Mapping[str, str], lambda_: Any) -> dict[str, Any]:
    """Ask one function, and judge its answer."""
    try:
        answer = probes.call(one["function"], filled(one["payload"], words), lambda_, ERRORS)
    except (FunctionMissing, AccessRefused, AwsCallFailed) as error:
        return verdicts.check(
            one["name"], verdicts.ERROR, f"an answer of {one['function']}", "none", str(error)
        )
    return judge(one, answer)


def judge(one: Mapping[str, Any], answer: probes.Answer) -> dict[str, Any]:
    """Make a check of a function's answer: its verdict and detail, or its statusCode."""
    document = answer.document if isinstance(answer.document, dict) else {}
    said, name = str(document.get("verdict", "")), one["name"]
    if not answer.crashed and said in (verdicts.PASS, verdicts.FAIL):
        detail = str(document.get("detail", ""))
        return verdicts.check(name, said, "verdict PASS", f"verdict {said}", detail)
    wanted = f"status {one['expect_status']}"
    if answer.crashed or answer.status is None:
        return verdicts.check(name, verdicts.ERROR, f"{wanted}, or a verdict", str(answer))
    verdict = verdicts.PASS if answer.status == one["expect_status"] else verdicts.FAIL
    return verdicts.check(name, verdict, wanted, str(answer))


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """Put the copy's name and address in the place of {copy} and {endpoint}."""
    if isinstance(value, str):
        for word, meant in words.items():
            value = value.replace(word, meant)
        return value
    if isinstance(value, dict):
        return {key: filled(entry, words) for key, entry in value.items()}
    if isinstance(value, list):
        return [filled(entry, words) for entry in value]
    return value
