"""Work out which instances an operation will act on, in which batches, and which it must not.

Termination and stop protection are asked for ahead where few instances are acted on; for
more, the error with which EC2 refuses to act names them, and they fail alone. The plan of
every instance and the batches are written to S3: only their keys and counts are given.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tasks import (
    batching,
    consent,
    guards,
    limits,
    operation_options,
    operations,
    owners,
    selection,
    stacks,
)
from tasks.consent import Environment, Environments
from tasks.errors import InstancesRefused, NothingSelected, TaskError
from tasks.listings import put_array
from tasks.plan_sheets import Sheet, in_words
from tasks.runtime import client, setting, task
from tasks.selection import Row

PERMISSIONS = {
    **owners.PERMISSIONS,
    **selection.PERMISSIONS,
    **operations.PERMISSIONS,
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

    sheet = Sheet()
    found = _selected(request, limited, belonging, ec2, clients, target)
    isolated = operations.isolated(table, dynamodb)
    rows = _judged(found, request, limited, isolated, sheet)
    rows = _in_time(rows, request, environments, moment, sheet)
    rows, questions = _agreed(rows, request, environments, moment, sheet)
    _refuse(request, rows, sheet)
    decider = _decider(questions, environments)
    place = limited or decider
    return {
        "operation": execution["name"],
        "action": request["action"],
        "system": place.system if place else request["system"],
        "environment": place.environment if place else request["environment"],
        "production": any(row.production for row in rows),
        "target": target,
        **_written(request, execution["name"], rows, sheet, bucket, clients("s3")),
        "approval": consent.approval(decider, questions.values()),
    }


def _selected(
    request: Request,
    limited: Environment | None,
    belonging: selection.Belonging,
    ec2: Any,
    clients: Clients,
    target: Mapping[str, str],
) -> Iterator[Row]:
    """Find what the targets say; by tags only what belongs where the request is limited to."""
    targets = request["targets"]
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
    isolated: Collection[str],
    sheet: Sheet,
) -> list[Row]:
    """Give the rows that the guards let pass; the others get their lines."""
    passed = []
    for row in found:
        if limited and row.state and row.owner != limited.name:
            reason = f"it is none of the instances of {limited.name}"
            verdict = guards.Verdict(guards.REFUSED, reason)
        else:
            verdict = guards.judge(
                row,
                request["action"],
                request["options"],
                isolated=isolated,
                whole_group=bool(_refreshed(request)),
            )
        if verdict == guards.GO:
            passed.append(row)
        else:
            sheet.add(row, verdict)
    return passed


def _refreshed(request: Request) -> str:
    """Name the Auto Scaling group that is replaced by its own instance refresh, if any is."""
    group: str = request["targets"].get("auto_scaling_group", "")
    return group if request["action"] == "replace" else ""


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

    def objection(row: Row) -> str:
        why = consent.question(row, request["action"], request["options"], environments, moment)
        if not why:
            return ""
        missing = consent.undecidable(row, environments)
        if not missing:
            questions[row.owner] = why
        return missing

    return sheet.sift(rows, objection), questions


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
        named="instance_ids" in request["targets"],
    )


def _written(
    request: Request, operation: str, rows: Sequence[Row], sheet: Sheet, bucket: str, s3: Any
) -> dict[str, Any]:
    """Divide into batches, write both lists to S3, and give their keys and counts."""
    action, to_act = request["action"], len(rows)
    unavailable = limits.max_unavailable(request["limits"], action, to_act)
    buckets = batching.PACES[action]
    batches = batching.divide(
        rows, lambda row: (row.type, row.zone), batching.largest(buckets, unavailable)
    )
    refreshed = _refreshed(request)
    # After an instance refresh the batches only record what became of their instances.
    one_by_one = bool(unavailable) and not refreshed
    sizes = [len(batch) for batch in batches]
    waits = [0] * len(sizes) if refreshed else batching.waits(sizes, buckets, one_by_one)
    lines = in_words(action, batches, sheet, waits)
    for number, batch in enumerate(batches, 1):
        for row in batch:
            sheet.add(row, guards.GO, number)
    digest = sheet.listing.digest
    folder = f"operations/{operation}/"
    sheet.listing.put(folder + "plan.jsonl", "application/x-ndjson", bucket, s3)
    count = put_array(
        batching.documents(batches, waits, one_by_one, _instance),
        folder + "batches.json",
        bucket,
        s3,
    )
    return {
        "plan_key": folder + "plan.jsonl",
        "batches_key": folder + "batches.json",
        "digest": digest,
        "matched": sheet.matched,
        "to_act": to_act,
        "already": sheet.counts[guards.ALREADY],
        "refused": sheet.counts[guards.REFUSED],
        "batch_count": count,
        "at_once": 1 if one_by_one else 0,
        "max_unavailable": unavailable,
        "max_errors": limits.max_errors(request["limits"], to_act),
        "rounds": limits.rounds(request["options"]),
        "instance_refresh": refreshed,
        "lines": lines,
    }


def _instance(row: Row) -> dict[str, Any]:
    """Give an instance as a batch has it."""
    return {
        "instance_id": row.instance_id,
        "type": row.type,
        "zone": row.zone,
        "state": row.state,
        "subnet_id": row.subnet_id,
        "private_ip": row.private_ip,
        "image_id": row.image_id,
        "root_volume": row.root_volume,
        "auto_scaling_group": row.group,
        "target_groups": [],
    }
