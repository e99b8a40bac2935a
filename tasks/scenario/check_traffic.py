"""See that all traffic of a function is back at the version that it had, and that it answers."""

from typing import Any

from tasks import aliases
from tasks.drills import checks, health, probes, standing
from tasks.runtime import client, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    "lambda:GetAlias": aliases.FUNCTION_ARN,
    "lambda:InvokeFunction": aliases.FUNCTION_ARN,
}
ERRORS = aliases.ERRORS
TIMEOUT = 120

CALLS = 10


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    name = request["component"]["name"]
    asked = health.of_component(health.of(drill, context), name)["checks"]
    return check(request["captured"], asked, client("lambda", drill["target"]["target"]))


def check(captured: dict[str, Any], asked: list[dict[str, Any]], lambda_: Any) -> dict[str, Any]:
    """Look at the alias, and call it several times as each health check does.

    Done, good or bad, once the alias is where it was; until then it may be on its way.
    """
    function, alias = captured["function"], captured["alias"]
    found = aliases.read(function, alias, lambda_).routing
    wanted = aliases.Routing(captured["version"], {})
    seen = [checks.equal("traffic at the good version", str(wanted), str(found))]
    if found == wanted:
        seen += [ask(captured, probe, lambda_) for probe in asked]
    return {"done": found == wanted, "state": str(found), "checks": seen}


def ask(captured: dict[str, Any], probe: dict[str, Any], lambda_: Any) -> dict[str, Any]:
    """Call the alias several times: each call has to be answered as a healthy one is."""
    function, alias = captured["function"], captured["alias"]
    answers = [
        probes.call(function, probe["payload"], lambda_, ERRORS, alias) for _ in range(CALLS)
    ]
    bad = [str(one) for one in answers if one.crashed or one.status != probe["expect_status"]]
    return checks.equal(
        f"healthy answers of {alias}", CALLS, CALLS - len(bad), ", ".join(sorted(set(bad)))
    )
