"""What a simulation is going to do, worked out from the manifest; nothing here calls AWS."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tasks import plans
from tasks.drills import sheets
from tasks.drills.outcomes import cut
from tasks.simulations import folders

VERSION = 1
LONGEST_REASON = 256  # what a drill takes
SUCCESS_CRITERIA = (
    "Each scenario is played through by a drill that passes within its objectives",
    "Each team signs the result off",
)
SAFETY_CHECKS = (
    "No earlier drill of the simulation has left something behind",
    "All alarms of the environments that the scenario has to do with are green",
    "No promotion runs there, and nothing holds their locks",
    "The system is in no other drill",
    "No EC2 operation holds instances there",
)

Values = Mapping[str, Any]


def problems(system: Values, asked: Sequence[str]) -> list[str]:
    """Say everything why the simulation must not be."""
    known = system["recovery"]["scenarios"]
    if not known:
        return [f"The manifest of {system['name']} has no scenarios under recovery.scenarios"]
    unknown = [name for name in asked if name not in known]
    return [
        f"{name} is no scenario of {system['name']}, which has {_listed(known)}" for name in unknown
    ]


def chosen(system: Values, asked: Sequence[str]) -> list[str]:
    """Give the scenarios in their order: those asked for, else the simulation's, else all."""
    recovery = system["recovery"]
    return list(asked or recovery["simulation"]["scenarios"] or recovery["scenarios"])


def simulation(request: Values, execution: Values) -> dict[str, Any]:
    """Give the simulation as all its steps are told of it."""
    return {
        "id": execution["name"],
        "system": request["system"],
        "requested_by": request["requested_by"],
        "reason": request["reason"],
        "execution": dict(execution),
    }


def whole(
    told: Values, system: Values, names: Sequence[str], account: str, now: str
) -> dict[str, Any]:
    """Give the plan as it is written down: what is played, judged and asked, before it begins."""
    setting = system["recovery"]["simulation"]
    return {
        "version": VERSION,
        "planned_at": now,
        "simulation": dict(told),
        "owner": system["recovery"]["owner"],
        "scenarios": [_scenario(name, told, system, account) for name in names],
        "teams": [dict(team) for team in setting["teams"]],
        "announce_seconds": setting["announce_seconds"],
        "sign_off_seconds": setting["sign_off_seconds"],
        "safety_checks": list(SAFETY_CHECKS),
        "success_criteria": list(SUCCESS_CRITERIA),
        "said": [] if setting["teams"] else [NOBODY_SIGNS],
    }


NOBODY_SIGNS = (
    "Nobody signs the result off: the manifest names no teams under recovery.simulation.teams"
)


def short(plan: Values, key: str, digest: str) -> dict[str, Any]:
    """Give what the execution's document holds of a plan."""
    told, count = plan["simulation"], len(plan["scenarios"])
    return {
        "simulation": told,
        "plan_key": key,
        "digest": digest,
        "scenarios": [
            {
                "name": one["name"],
                "drill": one["drill"],
                "request": _request(one, told),
                "words": (
                    f"Scenario {number} of {count} of the simulation {told['id']} begins: "
                    f"{one['name']} of {told['system']} in {one['target_environment']}."
                ),
            }
            for number, one in enumerate(plan["scenarios"], 1)
        ],
        "teams": plan["teams"],
        "announce_seconds": plan["announce_seconds"],
        "sign_off_seconds": plan["sign_off_seconds"],
        "announcement": _announcement(plan),
    }


def _scenario(name: str, told: Values, system: Values, account: str) -> dict[str, Any]:
    described = system["recovery"]["scenarios"][name]
    target = described["target_environment"]
    source = described.get("source_environment") or target
    places = {one["name"]: one for one in system["environments"]}
    return {
        "name": name,
        "drill": folders.drill_name(told["id"], name),
        "objectives": dict(described["objectives"]),
        "recovery_point": described["recovery_point"],
        "keep": described["keep"],
        "owner": described["owner"] or system["recovery"]["owner"],
        "due_days": described["due_days"],
        "components": list(described["components"]),
        "source_environment": source,
        "target_environment": target,
        "environments": [_place(places[one], account) for one in dict.fromkeys((target, source))],
    }


def _place(environment: Values, account: str) -> dict[str, Any]:
    names = {"environment": environment["name"], "account": environment["account"] or account}
    alarms = [plans.expand(alarm["name"], names) for alarm in environment["alarms"]]
    return {**sheets.place(environment), "alarms": alarms}


def _request(scenario: Values, told: Values) -> dict[str, Any]:
    """Give the drill's request: as its schedule would start it, in the simulation's name."""
    reason = f"simulation {told['id']}" + (f": {told['reason']}" if told["reason"] else "")
    return {
        "system": told["system"],
        "scenario": scenario["name"],
        "recovery_point": scenario["recovery_point"],
        "keep": scenario["keep"],
        "simulation": told["id"],
        "requested_by": told["requested_by"],
        "reason": cut(reason, LONGEST_REASON),
    }


def _announcement(plan: Values) -> str:
    told, names = plan["simulation"], [one["name"] for one in plan["scenarios"]]
    places = sorted({one["target_environment"] for one in plan["scenarios"]})
    teams = ", ".join(team["name"] for team in plan["teams"])
    return (
        f"In {plan['announce_seconds']:,} s the simulation {told['id']} of {told['system']} "
        f"begins, asked for by {told['requested_by']}. It plays {_listed(names)} in this order, "
        f"in {_listed(places)}. "
        + (f"It is signed off by {teams}." if teams else f"{NOBODY_SIGNS}.")
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
