"""The plan of a drill on paper: written down, with a digest, before anything starts."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks import components, plans
from tasks.drills import choices, clocks, expected, papers, points, scenarios
from tasks.drills.choices import Choice
from tasks.drills.outcomes import MEASURE_WORDS, cut
from tasks.drills.points import Source

VERSION = 1
MOST_LINES = 60
LONGEST_LINE = 300
# What the steps are told of a component; the rest is for its judgement.
OF_STEPS = (
    "name",
    "type",
    "chain",
    "resource",
    "copy",
    "recovery_point",
    "config",
    "target_config",
    "options",
    "application_checks",
)
FROM = {
    "pitr": "from its log as of {at}",
    "versions": "from its versions as of {at}",
    "backup": "from the backup {id} of {at}",
    "snapshot": "from the snapshots {id} of {at}",
    "export": "from the export {id} of {at}",
    "version": "from version {id}",
}

Values = Mapping[str, Any]


def drill(request: Values, execution: Values, choice: Choice, account: str) -> dict[str, Any]:
    """Give the drill as all its steps are told of it."""
    names = {
        "environment": choice.target["name"],
        "account": choice.target["account"] or account,
    }
    return {
        "id": execution["name"],
        "prefix": choices.prefix(execution["id"]),
        "system": request["system"],
        "scenario": request["scenario"],
        "mode": request["mode"] or choice.scenario["options"]["mode"],
        "source": place(choice.source),
        "target": place(choice.target),
        "stop_alarms": [plans.expand(name, names) for name in choice.scenario["stop_alarms"]],
        "execution": dict(execution),
        "requested_by": request["requested_by"],
    }


def place(environment: Values) -> dict[str, Any]:
    """Say where an environment is."""
    return {
        "environment": environment["name"],
        "account": environment["account"],
        "target": {"region": environment["region"], "role_arn": environment["role_arn"]},
    }


def component(
    entry: Values, the_drill: Values, choice: Choice, chain: str, account: str
) -> dict[str, Any]:
    """Give a component as its steps are told of it, its recovery point apart."""
    config = components.placed(entry, choice.source, account)
    target_config = components.placed(entry, choice.target, account)
    disturbing = chain in components.DISTURBING
    where = choice.target if disturbing else choice.source
    skipped = {
        one["check"]: one["reason"]
        for one in choice.scenario["skipped_checks"]
        if one["component"] == entry["name"]
    }
    return {
        "name": entry["name"],
        "type": entry["type"],
        "chain": chain,
        "resource": components.resource(target_config if disturbing else config, where),
        "copy": "" if disturbing else choices.copy_name(the_drill["prefix"], entry["name"]),
        "recovery_point": dict(points.NONE),
        "config": config,
        "target_config": target_config,
        "options": {
            **choice.scenario["options"],
            **_beside(entry, choice, account),
            "skipped_checks": skipped,
        },
        "application_checks": [
            {**check, "function": components.placed(check, choice.target, account)["function"]}
            for check in choice.scenario["application_checks"]
            if check["component"] == entry["name"]
        ],
    }


def _beside(entry: Values, choice: Choice, account: str) -> dict[str, Any]:
    """Give what steps have to know of another component: the table behind a failover record."""
    if entry["type"] != "failover_record":
        return {}
    table = choice.known.get(entry["table"])
    return {"table": components.placed(table, choice.target, account) if table else {}}


def planned(made: Values, source: Source, failure_at: str, scenario: str) -> dict[str, Any]:
    """Give a component as the plan keeps it: with what will be measured and checked.

    `failure_at` is the moment that a drill of data alone stands for.
    """
    return {
        **made,
        "measure": scenarios.measure(made["chain"]),
        "rpo": made["chain"] in scenarios.WITH_RECORDS,
        "failure_at": failure_at,
        "checks": expected.checks(made, scenario),
        "settings": made["chain"] in expected.WITH_SETTINGS,
        "skipped": {**expected.left_out(made), **made["options"]["skipped_checks"]},
        "window": {"earliest": source.earliest, "latest": source.latest},
        "key": source.key,
        "size_bytes": source.size_bytes,
    }


def whole(
    request: Values, scene: Any, parts: Sequence[Values], system: Values, components_digest: str
) -> dict[str, Any]:
    """Give the whole plan, as auditors read it."""
    scenario = scene.choice.scenario
    approval = scenario["approval"]
    return {
        "version": VERSION,
        "planned_at": scene.now,
        "drill": scene.drill,
        "request": dict(request),
        "accounts": {
            end: {"account": scene.account_of(place), "region": scene.region_of(place)}
            for end, place in (("source", scene.choice.source), ("target", scene.choice.target))
        },
        "manifest_digest": papers.sha256_of(system),
        "components_digest": components_digest,
        "objectives": dict(scenario["objectives"]),
        "measure": measure_of(parts),
        "success_criteria": criteria(scenario["objectives"], [one["measure"] for one in parts]),
        "components": list(parts),
        "left_out": scene.choice.left_out,
        "opens": scenario["opens"],
        "owner": scenario["owner"] or system["recovery"]["owner"] or system["name"],
        "due_days": scenario["due_days"],
        "approval": {
            "required": bool(approval["roles"]),
            "roles": approval["roles"],
            "expires_seconds": approval["expires_seconds"],
        },
    }


def criteria(objectives: Values, measures: Sequence[str]) -> list[str]:
    """Say beforehand what makes the drill green."""
    times = " and ".join(MEASURE_WORDS[name] for name in sorted(set(measures), reverse=True))
    return [
        "Every component is restored or brought back, and every planned check of it passes",
        f"{times} of at most {objectives['rto_seconds']:,} s",
        f"RPO of at most {objectives['rpo_seconds']:,} s where records are restored",
        "No setting is lost that a restore has to bring back",
        "Everything that was made is seen to be gone, everything that was changed to be undone",
        "The evidence is written and read back",
    ]


def lines(whole: Values) -> list[str]:
    """Say the plan in words, for those who approve it and those who watch."""
    the_drill, request = whole["drill"], whole["request"]
    told = [
        f"Drill {the_drill['scenario']} of {the_drill['system']}: from "
        f"{the_drill['source']['environment']} into {the_drill['target']['environment']}, asked "
        f"for by {the_drill['requested_by']}" + (f": {request['reason']}" * bool(request["reason"]))
    ]
    told += [deed(one) for one in whole["components"]]
    told += [f"Green is: {one}" for one in whole["success_criteria"]]
    told += [
        f"Left out of {one['name']}: {name}, as {reason}"
        for one in whole["components"]
        for name, reason in one["skipped"].items()
    ]
    told += [f"Not part of it: {name}" for name in whole["left_out"]]
    if the_drill["stop_alarms"]:
        told.append(f"Stopped by a red alarm: {', '.join(the_drill['stop_alarms'])}")
    told.append(f"Stop it with: daytwo drill stop {the_drill['id']}")
    if len(told) > MOST_LINES:
        told[MOST_LINES - 1 :] = [f"and {len(told) - MOST_LINES + 1} lines more"]
    return [cut(line, LONGEST_LINE) for line in told]


def deed(one: Values) -> str:
    """Say what is done with a component."""
    about = f"{one['name']} ({one['type']})"
    if not one["copy"]:
        return f"{about}: disturb {one['resource']} itself, and bring it back"
    origin = FROM[one["recovery_point"]["kind"]].format(**one["recovery_point"])
    return f"{about}: restore {one['resource']} {origin} into {one['copy']}"


def measure_of(parts: Sequence[Values]) -> str:
    """Tell what the drill's time is called: without any failure there is no RTO."""
    failing = any(one["measure"] == clocks.RTO for one in parts)
    return clocks.RTO if failing else clocks.RESTORE_TIME
