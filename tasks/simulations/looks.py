"""The look both ways before a scenario: whether all around it is calm; red is what is not known."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from tasks import alarms, stacks, store
from tasks.drills import places, records, verdicts
from tasks.drills.outcomes import cut, explained, words
from tasks.drills.verdicts import Check
from tasks.errors import AccessRefused, AwsCallFailed, DrillRunning
from tasks.runtime import raising
from tasks.simulations import folders

PERMISSIONS = {
    **places.PERMISSIONS,
    "cloudwatch:DescribeAlarms": alarms.ALARM_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
RUNNING = ("RUNNING", "PENDING_REDRIVE")
# How a drill ends that has left nothing behind.
CLEAN_ENDS = ("DrillFailed", "FailedClean")

Values = Mapping[str, Any]
Clients = Callable[..., Any]
Say = Callable[[], Iterable[str]]


def checks(scenario: Values, plan: Values, table: str, clients: Clients) -> list[Check]:
    """Look at everything that must be calm; what cannot be looked at is an ERROR.

    `scenario` and `plan` are as they were written down. Raises Throttled and Unavailable, so
    that the look is tried again.
    """
    dynamodb, stepfunctions = clients("dynamodb"), clients("stepfunctions")
    system = plan["simulation"]["system"]
    names = [place["environment"] for place in scenario["environments"]]
    left = partial(_left, scenario, plan, stepfunctions)
    found = [_check("earlier drills", "nothing left behind", left)]
    for place in scenario["environments"]:
        name = place["environment"]
        locked = partial(_locked, system, name, table, dynamodb)
        found += [
            _check(f"alarms of {name}", _all_green(place), partial(_red, place, clients)),
            _check(f"lock of {name}", "no promotion, held by nobody", locked),
        ]
    drilled = partial(_drilled, system, table, dynamodb, stepfunctions)
    claimed = partial(_claimed, system, names, table, dynamodb)
    return [
        *found,
        _check("other drills", "the system is in none", drilled),
        _check("EC2 operations", f"none holds instances of {' or '.join(names)}", claimed),
    ]


def ended(drill: str, stepfunctions: Any) -> dict[str, Any]:
    """Describe the execution of a drill; {} for one that was never started."""
    with raising({}, drill):
        try:
            found: dict[str, Any] = stepfunctions.describe_execution(executionArn=drill)
        except stepfunctions.exceptions.ExecutionDoesNotExist:
            return {}
    return found


def end_of(described: Values) -> str:
    """Name the end of a drill that was started: Succeeded, its error, CutOff or Running."""
    if described["status"] in RUNNING:
        return "Running"
    if described["status"] == "SUCCEEDED":
        return "Succeeded"
    error = described.get("error", "")
    known = (*CLEAN_ENDS, "FailedDirty")
    return error if described["status"] == "FAILED" and error in known else "CutOff"


def said(failure: Values) -> str:
    """Say a caught error in a line, nothing for none."""
    return words(explained(failure)) if failure else ""


def _check(name: str, expected: str, say: Say) -> Check:
    """Ask for what stands against it, and judge by that."""
    try:
        against = list(say())
    except (AccessRefused, AwsCallFailed) as error:
        return verdicts.check(
            name, verdicts.ERROR, expected, "it could not be looked at", str(error)
        )
    if against:
        told = cut("; ".join(against), 600)
        return verdicts.check(name, verdicts.FAIL, expected, cut(against[0]), told)
    return verdicts.check(name, verdicts.PASS, expected, expected)


def _left(scenario: Values, plan: Values, stepfunctions: Any) -> list[str]:
    """Say which drill before this one did not end clean; that stays so for the whole simulation."""
    told = []
    for earlier in plan["scenarios"]:
        if earlier["name"] == scenario["name"]:
            break
        arn = folders.drill_arn(plan["simulation"]["execution"]["id"], earlier["drill"])
        described = ended(arn, stepfunctions)
        if described and (end := end_of(described)) not in (*CLEAN_ENDS, "Succeeded"):
            cause = explained({"Error": end, "Cause": described.get("cause", "")})["cause"]
            told.append(f"the drill {earlier['drill']} ended as {end}: {cause}")
    return told


def _all_green(place: Values) -> str:
    count = len(place["alarms"])
    return f"{count} green" if count else "the manifest names none"


def _red(place: Values, clients: Clients) -> list[str]:
    """Say which alarms are red or missing; one without data is not red, as for a promotion."""
    if not place["alarms"]:
        return []
    found = alarms.read(place["alarms"], clients("cloudwatch", place["target"]))
    missing = [f"there is no metric alarm {name}" for name in place["alarms"] if name not in found]
    return missing + [str(alarm) for alarm in found.values() if alarm.state == "ALARM"]


def _locked(system: str, environment: str, table: str, dynamodb: Any) -> list[str]:
    lock = records.read(store.lock(system, environment), table, dynamodb)
    if "owner" not in lock:
        return []
    return [f"held since {lock['since']} by {lock['owner']}: {lock['purpose']}"]


def _drilled(system: str, table: str, dynamodb: Any, stepfunctions: Any) -> list[str]:
    holder = places.holder(system, table, dynamodb)
    if not holder:
        return []
    try:
        places.refuse_taken(holder, table, dynamodb, stepfunctions)
    except DrillRunning as running:
        return [str(running)]
    return []


def _claimed(system: str, environments: Sequence[str], table: str, dynamodb: Any) -> Iterator[str]:
    version = store.claims_version()
    for claim in records.partition(version["pk"], table, dynamodb):
        if claim["sk"] == version["sk"]:
            continue
        operation = records.read(store.operation(claim["sk"]), table, dynamodb)
        about = (operation.get("system"), operation.get("environment"))
        if about[0] == system and about[1] in ("", *environments):
            yield (
                f"{len(claim['instances'])} held since {claim['since']} by the operation "
                f"{claim['sk']} ({claim['action']})"
            )
