"""Report what became of all instances of an operation, in figures, in words and on file."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tasks import store
from tasks.fleets import operations, outcomes
from tasks.fleets.listings import Listing, lines
from tasks.runtime import client, iso, metric, setting, task

PERMISSIONS = {
    **operations.PERMISSIONS,
    "s3:GetObject": "${EvidenceBucket.Arn}/operations/*",
    "s3:PutObject": "${EvidenceBucket.Arn}/operations/*",
}
TIMEOUT = 120

MOST_REASONS = 5
MOST_NAMED = 10

Values = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return report(
        request["operation"],
        request["plan"],
        now=iso(),
        table=setting("STATE_TABLE"),
        bucket=setting("EVIDENCE_BUCKET"),
        dynamodb=client("dynamodb"),
        s3=client("s3"),
    )


def report(
    operation: Values, plan: Values, now: str, table: str, bucket: str, dynamodb: Any, s3: Any
) -> dict[str, Any]:
    """Sum the records of the batches up, and write them to S3 one by one.

    `changed` are the ids that may be other than before and did not succeed, at most 1,000 of
    `changed_count`: those of which it is known, those interrupted, and all of a batch that
    left no record.
    """
    key = f"operations/{operation['id']}/report.json"
    pk = store.batch(operation["id"], 0)["pk"]
    records = operations.partition(pk, table, dynamodb, outcomes.REPORTED)
    found = Found(plan["batch_count"])
    listing = Listing()
    listing.write(f'{{"operation": {json.dumps(dict(operation))},\n"batches": [')
    for number, record in enumerate(records):
        entry = found.add(record)
        listing.write(f"{',' if number else ''}\n{json.dumps(entry)}")
    if found.missing:
        found.add_missing(lines(plan["batches_key"], bucket, s3))
    totals = {**found.counts, "unrecorded": found.unrecorded, "reported_at": now}
    listing.write(f'\n],\n"totals": {json.dumps(totals)}}}\n')
    listing.put(key, "application/json", bucket, s3)
    result = found.result()
    metric(
        "OperationSeconds",
        seconds(operation["execution"]["started_at"], now),
        "Seconds",
        action=operation["action"],
        result=result,
    )
    return {
        **{name: found.counts[name] for name in outcomes.OUTCOMES},
        "unrecorded": found.unrecorded,
        "changed": found.changed[: operations.MOST_KEPT],
        "changed_count": len(found.changed),
        "result": result,
        "report_key": key,
        "words": words(operation, plan, found),
    }


class Found:
    """What the records say so far."""

    def __init__(self, batch_count: int) -> None:
        self.missing = set(range(1, batch_count + 1))
        self.counts = dict.fromkeys(outcomes.OUTCOMES, 0)
        self.errors: Counter[str] = Counter()
        self.causes: dict[str, None] = {}
        self.changed: list[str] = []
        self.unrecorded = 0

    def add(self, record: Values) -> dict[str, Any]:
        """Count a batch; gives its entry in the report."""
        self.missing.discard(record["number"])
        failures = json.loads(record["failures"])
        for name in outcomes.OUTCOMES:
            self.counts[name] += record[name]
        self.errors.update(failure["error"] for failure in failures)
        self.changed += record["changed_ids"]
        if record["cause"]:
            self.causes[record["cause"]] = None
        return {**record, "failures": failures}

    def add_missing(self, batches: Iterable[Values]) -> None:
        """Count the instances of the batches that left no record."""
        for batch in batches:
            if batch["number"] in self.missing:
                ids = [one["instance_id"] for one in batch["instances"]]
                self.unrecorded += len(ids)
                self.changed += ids

    def result(self) -> str:
        """Say in a word how the operation ended."""
        if self.changed or self.missing:
            return "dirty"
        if not self.counts[outcomes.SUCCEEDED]:
            return "unchanged"
        left = self.counts[outcomes.FAILED] + self.counts[outcomes.NOT_TOUCHED]
        return "incomplete" if left else "succeeded"


def seconds(started_at: str, now: str) -> float:
    """Give how long the operation took."""
    return (datetime.fromisoformat(now) - datetime.fromisoformat(started_at)).total_seconds()


def words(operation: Values, plan: Values, found: Found) -> str:
    """Say what became of the instances, and what a person can do about the rest."""
    instances = "1 instance" if plan["to_act"] == 1 else f"{plan['to_act']:,} instances"
    said = [f"{operation['action']} of {instances}: {figures(found)}."]
    said += [f"{cause.rstrip('.')}." for cause in list(found.causes)[:MOST_REASONS]]
    if found.changed:
        named = ", ".join(found.changed[:MOST_NAMED])
        more = ", …" if len(found.changed) > MOST_NAMED else ""
        said.append(
            f"{len(found.changed):,} may be other than before: {named}{more}. Look at them, then "
            f"go on with: daytwo ec2 resume {operation['id']}, or free them with: "
            f"daytwo ec2 release {operation['id']}"
        )
    elif found.result() != "succeeded":
        said.append(f"Do what is left with: daytwo ec2 resume {operation['id']}")
    return " ".join(said)


def figures(found: Found) -> str:
    """Say how many came to which end, with the errors of those who failed."""
    counts = found.counts
    told = [f"{counts[outcomes.SUCCEEDED]:,} succeeded"]
    if counts[outcomes.FAILED]:
        told.append(f"{counts[outcomes.FAILED]:,} failed ({most(found.errors)})")
    if counts[outcomes.NOT_TOUCHED]:
        told.append(f"{counts[outcomes.NOT_TOUCHED]:,} not touched")
    if counts[outcomes.INTERRUPTED]:
        told.append(f"{counts[outcomes.INTERRUPTED]:,} interrupted")
    if found.unrecorded:
        told.append(f"{found.unrecorded:,} without a record")
    return ", ".join(told)


def most(errors: Counter[str]) -> str:
    """Name the most frequent errors."""
    named = [f"{number:,} {error}" for error, number in errors.most_common(MOST_REASONS)]
    return ", ".join([*named, "…"] if len(errors) > MOST_REASONS else named)
