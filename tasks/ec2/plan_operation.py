"""Work out which instances an operation will act on, in which batches, and which it must not.

Termination and stop protection are asked for ahead where few instances are acted on; for
more, the error with which EC2 refuses to act names them, and they fail alone. The plan of
every instance and the batches are written to S3: only their keys and counts are given.
"""

import functools
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tasks import stacks
from tasks.errors import InstancesRefused, NothingSelected, TaskError
from tasks.fleets import (
    consent,
    guards,
    isolations,
    leftovers,
    limits,
    operation_options,
    operations,
    owners,
    places,
    plan_lists,
    registrations,
    second_looks,
    selection,
)
from tasks.fleets.consent import Environment, Environments
from tasks.fleets.leftovers import Leftovers
from tasks.fleets.plan_sheets import Sheet, refreshed
from tasks.fleets.selection import Row
from tasks.runtime import client, setting, task

PERMISSIONS = {
    **owners.PERMISSIONS,
    **selection.PERMISSIONS,
    **leftovers.PERMISSIONS,
    **registrations.PERMISSIONS,
    **isolations.READING,
    **places.READING,
    **second_looks.PERMISSIONS,
    "s3:PutObject": "${EvidenceBucket.Arn}/operations/*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {}
TIMEOUT = 300
MEMORY = 512

Clients = Callable[..., Any]
Request = Mapping[str, Any]


@task
def handler(request: Any, context: Any) -> Any:
    return plan(
        request["request"],
        request["execution"],
        moment=datetime.now(UTC),
        table=setting("STATE_TABLE"),
        bucket=setting("EVIDENCE_BUCKET"),
        clients=client,
    )


def plan(
    request: Request,
    execution: Mapping[str, str],
    moment: datetime,
    table: str,
    bucket: str,
    clients: Clients,
) -> dict[str, Any]:
    """Give the plan; raises NothingSelected, TooManyInstances, InstancesRefused, GroupUnknown,
    UnknownSystem, UnknownEnvironment, ScheduleInvalid or InvalidInput.

    Asked again, it plans again from what is there by then and writes over its lists.
    """
    operation_options.refuse_wrong(request)
    dynamodb = clients("dynamodb")
    environments = owners.registered(table, dynamodb)
    limited = owners.named(environments, request["system"], request["environment"])
    target = {
        "region": limited.region if limited else "",
        "role_arn": limited.role_arn if limited else "",
    }
    ec2 = clients("ec2", target)
    near = owners.in_the_same_place(
        environments, ec2.meta.region_name, target["role_arn"], dynamodb.meta.region_name
    )

    def belonging(tags: Mapping[str, str]) -> tuple[str, bool]:
        return owners.belonging(tags, near)

    sheet, s3 = Sheet(), clients("s3")
    left = leftovers.NOTHING
    if request["resume"]:
        left = leftovers.of_operation(request, table, dynamodb, bucket, s3)
    found = _selected(request, limited, left, belonging, ec2, clients, target)
    isolated = operations.isolated(table, dynamodb)
    rows = _judged(found, request, limited, left, isolated, sheet)
    rows = _in_time(rows, request, environments, moment, sheet)
    rows = _looked_at(rows, request, sheet, ec2)
    rows, questions = _agreed(rows, request, environments, moment, sheet)
    _refuse(request, rows, sheet)
    decider = _decider(questions, environments)
    place = limited or decider or _sole_owner(rows, environments)
    instance = functools.partial(
        plan_lists.as_it_was,
        before=left.before,
        places=_registered(request, rows, clients, target, table),
    )
    return {
        "operation": execution["name"],
        "action": request["action"],
        "system": place.system if place else request["system"],
        "environment": place.environment if place else request["environment"],
        "production": any(row.production for row in rows),
        "target": target,
        **plan_lists.write(request, execution["name"], rows, sheet, instance, bucket, s3),
        "approval": consent.approval(decider, questions.values()),
    }


def _selected(
    request: Request,
    limited: Environment | None,
    left: Leftovers,
    belonging: selection.Belonging,
    ec2: Any,
    clients: Clients,
    target: Mapping[str, str],
) -> Iterator[Row]:
    """Find what the targets say; by tags only what belongs where the request is limited to."""
    targets = request["targets"]
    if left.before:
        return selection.by_ids(left.before, belonging, ec2)
    if "instance_ids" in targets:
        return selection.by_ids(targets["instance_ids"], belonging, ec2)
    if "auto_scaling_group" in targets:
        autoscaling = clients("autoscaling", target)
        return selection.by_group(targets["auto_scaling_group"], belonging, ec2, autoscaling)
    if limited is None:
        return selection.by_tags(targets["tags"], belonging, ec2)
    found = selection.by_tags({**limited.tags, **targets["tags"]}, belonging, ec2)
    return (row for row in found if row.owner == limited.name)


def _judged(
    found: Iterator[Row],
    request: Request,
    limited: Environment | None,
    left: Leftovers,
    isolated: Collection[str],
    sheet: Sheet,
) -> list[Row]:
    """Give the rows that the guards let pass; the others get their lines."""
    passed = []
    for row in found:
        before = json.loads(left.before.get(row.instance_id, "{}"))
        if limited and row.state and row.owner != limited.name:
            reason = f"it is none of the instances of {limited.name}"
            verdict = guards.Verdict(guards.REFUSED, reason)
        elif row.instance_id in left.marked:
            verdict = guards.Verdict(guards.REFUSED, leftovers.MARKED)
        else:
            verdict = guards.judge(
                row,
                request["action"],
                request["options"],
                isolated=isolated,
                whole_group=bool(refreshed(request)),
                was=before.get("state", ""),
            )
        if verdict == guards.GO:
            # A batch is of the type and zone that its instances had when it was first planned.
            same = {field: before[field] for field in ("type", "zone") if before}
            passed.append(row._replace(**same) if same else row)
        else:
            sheet.add(row, verdict)
    return passed


def _looked_at(rows: list[Row], request: Request, sheet: Sheet, ec2: Any) -> list[Row]:
    """Refuse what only a further look at EC2 tells."""
    group = bool(refreshed(request))
    for look in second_looks.looks(request["action"], request["options"], group):
        if rows:
            rows = sheet.sift(rows, look(rows, ec2))
    return rows


def _registered(
    request: Request,
    rows: Sequence[Row],
    clients: Clients,
    target: Mapping[str, str],
    table: str,
) -> registrations.Registrations:
    """Give the target groups that instances are in, where the action has to do with them.

    Of isolated instances that are released, and of stopped ones that are started, those in
    which they were before.
    """
    if request["action"] == "release_isolation":
        return isolations.served_in([row.instance_id for row in rows], table, clients("dynamodb"))
    ids = {row.instance_id for row in rows}
    found: registrations.Registrations = {}
    if rows and registrations.concerned(request["action"], request["options"]):
        vpcs = {row.vpc_id for row in rows}
        found = registrations.of_instances(ids, vpcs, clients("elbv2", target))
    if rows and request["action"] == "start":
        found |= places.served_in(ids, table, clients("dynamodb"))
    return found


def _in_time(
    rows: list[Row],
    request: Request,
    environments: Environments,
    moment: datetime,
    sheet: Sheet,
) -> list[Row]:
    """Refuse what the maintenance windows hold."""
    closed = {
        name: consent.held(request["action"], request["options"], environments[name], moment)
        for name in {row.owner for row in rows if row.owner}
    }
    return sheet.sift(rows, lambda row: closed.get(row.owner, ""))


def _agreed(
    rows: list[Row],
    request: Request,
    environments: Environments,
    moment: datetime,
    sheet: Sheet,
) -> tuple[list[Row], dict[str, str]]:
    """Refuse what nobody could agree to; gives by owner why somebody has to agree to the rest."""
    questions: dict[str, str] = {}
    # A fleet has few kinds of these, and windows and schedules take their time.
    known: dict[tuple[str, bool, str], str] = {}

    def objection(row: Row) -> str:
        kind = (row.owner, row.production, row.schedule)
        if kind not in known:
            known[kind] = consent.question(
                row, request["action"], request["options"], environments, moment
            )
        why = known[kind]
        if not why:
            return ""
        missing = consent.undecidable(row, environments)
        if not missing:
            questions[row.owner] = why
        return missing

    return sheet.sift(rows, objection), questions


def _sole_owner(rows: Sequence[Row], environments: Environments) -> Environment | None:
    """Give the environment that all instances belong to, if they have one in common."""
    found = {row.owner for row in rows}
    return environments.get(found.pop()) if len(found) == 1 else None


def _decider(questions: Mapping[str, str], environments: Environments) -> Environment | None:
    """Give the environment whose people have to agree, if any has."""
    if len(questions) > 1:
        raise InstancesRefused(
            f"Approvals of {', '.join(sorted(questions))} would be needed for one operation. Start "
            "one for each: limit it with `system` and `environment` (--system, --environment)."
        )
    return environments[next(iter(questions))] if questions else None


def _refuse(request: Request, rows: Sequence[Row], sheet: Sheet) -> None:
    """Raise where nothing matched, nothing may be acted on, or more than may be."""
    matched = sheet.matched + len(rows)
    if not matched:
        raise NothingSelected(
            f"No instance matches {json.dumps(request['targets'])}. An empty selection never means "
            "every instance: correct the targets, or the system, environment and Region."
        )
    refused = sheet.counts[guards.REFUSED]
    told = "; ".join(sheet.told(guards.REFUSED))
    if refused and request["action"] == "terminate":
        raise InstancesRefused(f"Nothing is terminated unless all may be. {told}")
    if refused and not rows and not sheet.counts[guards.ALREADY]:
        raise InstancesRefused(f"No matched instance may be acted on. {told}")
    limits.refuse_too_many(
        request["limits"],
        request["action"],
        matched,
        len(rows),
        production=any(row.production for row in rows),
        named="instance_ids" in request["targets"] or bool(request["resume"]),
    )
