"""Look which side of a failover record Route 53 answers with."""

from typing import Any

from tasks.drills import checks, clocks, failovers, standing
from tasks.runtime import client, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    "route53:ListResourceRecordSets": failovers.ZONES,
    "route53:TestDNSAnswer": "*",
}
# The states of the drill look for somewhat longer than this.
LONGEST_SECONDS = 3_600


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    config = request["component"]["target_config"]
    route53 = client("route53", failovers.place(drill["target"]["target"], config))
    return look(request, route53)


def look(request: dict[str, Any], route53: Any) -> dict[str, Any]:
    """Ask Route 53, and be done when it answers with the expected side alone.

    Done as well, with FAIL, when it has not since `since` for as long as the scenario waits.
    `ttl_seconds` is for how long resolvers may still give the answer from before. Raises
    DrillRefused where the record does not fail over.
    """
    component, expect = request["component"], request["expect"]
    config = component["target_config"]
    found = failovers.sides(config, route53)
    wanted, other = found.primary, found.secondary
    if expect == "secondary":
        wanted, other = other, wanted
    answered = failovers.answer(config, route53)
    good = failovers.serves(wanted, answered) and not failovers.serves(other, answered)
    waited = clocks.seconds(request["since"], request["now"])
    most = min(component["options"].get("most_seconds", LONGEST_SECONDS), LONGEST_SECONDS)
    done = good or waited > most
    ttl = failovers.ttl_seconds(other)
    seen = ", ".join(answered) or "nothing"
    detail = f"After {waited} s; resolvers keep the answer from before for up to {ttl} s"
    told = checks.holds(
        f"DNS answers with the {expect}", good, ", ".join(failovers.values(wanted)), seen, detail
    )
    return {
        "done": done,
        "state": f"{config['record']} is answered with {seen}",
        "checks": [told] if done else [],
        "ttl_seconds": ttl,
    }
