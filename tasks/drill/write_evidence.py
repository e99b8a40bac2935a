"""Put the evidence of a drill where nobody can change it: JSON with its digest, and a report."""

from collections.abc import Mapping
from typing import Any

from tasks import store
from tasks.drills import dossiers, ledger, papers, records, reports, vaults
from tasks.drills.vaults import Vault
from tasks.errors import AccessRefused, AwsCallFailed, EvidenceNotWritten
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **records.PERMISSIONS,
    **vaults.PERMISSIONS,
    "dynamodb:UpdateItem": "${StateTable.Arn}",
}
TIMEOUT = 60

Values = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return write(
        request,
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
        vault=Vault(setting("EVIDENCE_BUCKET"), client("s3")),
    )


def write(request: Values, table: str, dynamodb: Any, vault: Vault) -> dict[str, Any]:
    """Write evidence and report, and read the evidence back; nothing is ever written over.

    Evidence of the same drill with another content, as the janitor's, gets a number of its own
    and names the one before. Raises EvidenceNotWritten; throttling may be tried again.
    """
    drill = request["plan"]["drill"]
    try:
        rows = ledger.rows(drill["id"], table=table, dynamodb=dynamodb)
        written = _write(request, rows, vault)
        _remember(drill["id"], written, table, dynamodb)
    except (AccessRefused, AwsCallFailed) as error:
        raise EvidenceNotWritten(
            f"The evidence of {drill['id']} is not where nobody can change it: {error}"
        ) from error
    return written


def _write(request: Values, rows: list[Any], vault: Vault) -> dict[str, Any]:
    plan, judgement, now = request["plan"], request["judgement"], request["now"]
    whole = papers.get(plan["plan_key"], vault.bucket, vault.s3, plan["digest"])
    outcomes = [
        papers.get(one["key"], vault.bucket, vault.s3, one["digest"])
        for one in judgement["outcomes"]
    ]
    lock = vault.lock()

    def document(name: str, before: str) -> dict[str, Any]:
        storage = {"bucket": vault.bucket, "key": name, "supersedes": before, **lock}
        return dossiers.dossier(
            whole, plan["digest"], judgement, outcomes, rows, request["approval"], storage, now
        )

    kept, evidence = vault.keep(plan["drill"]["id"], document)
    report_key = kept.key.replace("evidence", "report").replace(".json", ".html")
    vault.put(report_key, reports.page(evidence, kept.digest).encode(), "text/html; charset=utf-8")
    vault.put(f"{kept.key}.sha256", vaults.sum_of(kept.key, kept.digest), "text/plain")
    return {
        "key": kept.key,
        "report_key": report_key,
        "digest": kept.digest,
        "version": kept.version,
        "lock": kept.lock,
        "locked_until": kept.locked_until,
    }


def _remember(drill: str, written: Values, table: str, dynamodb: Any) -> None:
    """Keep the digest where the bucket's writers cannot change it."""
    with raising({}, f"record of {drill}"):
        dynamodb.update_item(
            TableName=table,
            Key=store.to_item(store.drill(drill)),
            UpdateExpression=(
                "SET evidence_key = :key, evidence_digest = :digest, report_key = :report, "
                "evidence_version = :version, evidence_lock = :lock"
            ),
            ExpressionAttributeValues=store.to_item(
                {
                    ":key": written["key"],
                    ":digest": written["digest"],
                    ":report": written["report_key"],
                    ":version": written["version"],
                    ":lock": written["lock"],
                }
            ),
        )
