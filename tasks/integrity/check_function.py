"""Say whether the copy of a function is the version that it was made of, and answers."""

from collections.abc import Mapping
from typing import Any

from tasks import aliases
from tasks.drills import checks, function_copies, health, probes, standing, verdicts
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    "lambda:GetFunctionConfiguration": aliases.FUNCTION_ARN,
    "lambda:GetFunction": function_copies.ARN,
    "lambda:InvokeFunction": function_copies.ARN,
}
ERRORS = aliases.ERRORS
# Health checks are answered one after the other, each within the copy's own timeout.
TIMEOUT = 900


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    source = client("lambda", drill["source"]["target"])
    lambda_ = client("lambda", drill["target"]["target"])
    asked = health.of_component(health.of(drill, context), component["name"])["checks"]
    return {"checks": check(component, asked, source, lambda_)}


def check(
    component: Mapping[str, Any], asked: list[dict[str, Any]], source_lambda: Any, lambda_: Any
) -> list[dict[str, Any]]:
    """Compare the copy with its version, and call it as the environment's health checks do."""
    source, version = component["resource"], component["recovery_point"]["id"]
    with raising(ERRORS, f"{source}:{version}"):
        wanted = source_lambda.get_function_configuration(FunctionName=source, Qualifier=version)
    there = function_copies.find(component["copy"], lambda_)
    if there is None:
        return [verdicts.check("state", verdicts.FAIL, "Active", "no such function")]
    found = there["Configuration"]
    return [
        checks.equal("state", "Active", found.get("State", "Active")),
        checks.equal("code digest", wanted["CodeSha256"], found["CodeSha256"]),
        settings(wanted, found),
        variables(wanted, found),
        *(ask(component["copy"], number, probe, lambda_) for number, probe in enumerate(asked, 1)),
    ]


def settings(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Check runtime, handler, size and layers."""
    expected, observed = (function_copies.settings_of(one) for one in (wanted, found))
    differing = [name for name in expected if expected[name] != observed[name]]
    said = ", ".join(f"{name} is {observed[name]}, not {expected[name]}" for name in differing)
    return checks.equal("settings that differ", 0, len(differing), said)


def variables(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Check that the copy has each variable that the version reads; values are its target's."""
    names = [set(one.get("Environment", {}).get("Variables", {})) for one in (wanted, found)]
    missing = sorted(names[0] - names[1])
    return checks.equal("variables that are missing", 0, len(missing), ", ".join(missing))


def ask(name: str, number: int, probe: Mapping[str, Any], lambda_: Any) -> dict[str, Any]:
    """Call the copy as a health check calls the function."""
    answer = probes.call(name, probe["payload"], lambda_, ERRORS)
    good = not answer.crashed and answer.status == probe["expect_status"]
    return verdicts.check(
        f"answer to health check {number}",
        verdicts.PASS if good else verdicts.FAIL,
        f"status {probe['expect_status']}",
        str(answer),
    )
