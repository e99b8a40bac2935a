"""What became of each scenario of a simulation, told by Step Functions and the state table."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tasks import store
from tasks.drills import clocks, records, verdicts
from tasks.drills.outcomes import cut, explained, words
from tasks.runtime import iso, raising
from tasks.simulations import folders, looks

NOT_STARTED = "NOT STARTED"
NOT_REACHED = "The simulation did not come so far"
LONGEST_WORDS = 1200

Values = Mapping[str, Any]


def of_all(
    whole: Values, played: Sequence[Values], table: str, bucket: str, clients: looks.Clients
) -> list[dict[str, Any]]:
    """Give the result of each scenario of a plan, in its order.

    `played` has what the execution's document knows: the error of a scenario that could not be
    looked at or started.
    """
    failures = {one["scenario"]: one["failure"] for one in played}
    dynamodb, s3 = clients("dynamodb"), clients("s3")
    found = []
    for scenario in whole["scenarios"]:
        arn = folders.drill_arn(whole["simulation"]["execution"]["id"], scenario["drill"])
        described = looks.ended(arn, clients("stepfunctions"))
        record = records.read(store.drill(scenario["drill"]), table, dynamodb)
        look = _look(whole["simulation"]["id"], scenario["name"], bucket, s3)
        found.append(result(scenario, look, described, record, failures.get(scenario["name"], {})))
    return found


def result(
    scenario: Values, look: Values, described: Values, record: Values, failure: Values
) -> dict[str, Any]:
    """Judge one scenario: only a drill that ended well and passed is green."""
    if described:
        end = looks.end_of(described)
        verdict = record.get("verdict") or verdicts.ERROR
        if end != "Succeeded" and verdict == verdicts.PASS:
            verdict = verdicts.ERROR
        said = _cause(end, described)
    else:
        end, verdict, said = "NotStarted", NOT_STARTED, _why_not(look, failure)
    return {
        "scenario": scenario["name"],
        "drill": scenario["drill"],
        "verdict": verdict,
        "end": end,
        "words": cut(said, LONGEST_WORDS),
        "environment": scenario["target_environment"],
        "look": dict(look),
        "started_at": _moment(described, "startDate"),
        "ended_at": _moment(described, "stopDate"),
        **_measured(scenario["objectives"], record if described else {}),
        "report_key": record.get("report_key", ""),
        "evidence_key": record.get("evidence_key", ""),
        "evidence_digest": record.get("evidence_digest", ""),
    }


def line(one: Values) -> str:
    """Say a result in a line."""
    told = [f"{one['scenario']}: {one['verdict']}"]
    if one["actual_seconds"] != clocks.NOT_MEASURED:
        told.append(f"{one['measure']} {one['actual_seconds']:,} s of {one['target_seconds']:,} s")
    if one["rpo_seconds"] != clocks.NOT_MEASURED:
        told.append(f"RPO {one['rpo_seconds']:,} s of {one['rpo_target_seconds']:,} s")
    if one["words"]:
        told.append(one["words"])
    return cut(", ".join(told))


def _measured(objectives: Values, record: Values) -> dict[str, Any]:
    """Give target and actual: the RTO where there is one, else the restore time."""
    rto = record.get("rto_seconds", clocks.NOT_MEASURED)
    restore = record.get("restore_seconds", clocks.NOT_MEASURED)
    data_only = rto == clocks.NOT_MEASURED and restore != clocks.NOT_MEASURED
    return {
        "measure": "restore time" if data_only else "RTO",
        "target_seconds": objectives["rto_seconds"],
        "actual_seconds": restore if data_only else rto,
        "rpo_target_seconds": objectives["rpo_seconds"],
        "rpo_seconds": record.get("rpo_seconds", clocks.NOT_MEASURED),
    }


def _cause(end: str, described: Values) -> str:
    if end == "Succeeded":
        return ""
    told = explained({"Error": described.get("error", end), "Cause": described.get("cause", "")})
    return words({**told, "error": end})


def _why_not(look: Values, failure: Values) -> str:
    if look and not look["safe"]:
        against = [check for check in look["checks"] if check["verdict"] != verdicts.PASS]
        return "It was not safe: " + "; ".join(
            f"{check['name']}: {check['detail'] or check['observed']}" for check in against
        )
    if failure:
        return words(explained(failure))
    return NOT_REACHED


def _look(simulation: str, scenario: str, bucket: str, s3: Any) -> dict[str, Any]:
    key = folders.key(simulation, scenario, "look.json")
    with raising({}, f"s3://{bucket}/{key}"):
        try:
            reply = s3.get_object(Bucket=bucket, Key=key)
        except s3.exceptions.NoSuchKey:
            return {}
        found: dict[str, Any] = json.loads(reply["Body"].read())
    return found


def _moment(described: Values, field: str) -> str:
    return iso(described[field]) if described.get(field) else ""
