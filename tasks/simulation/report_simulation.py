"""Report on a simulation: its results, for the teams to sign, and at the end all of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.drills import papers, records, vaults
from tasks.drills.outcomes import cut
from tasks.drills.vaults import Kept, Vault
from tasks.drills.verdicts import PASS
from tasks.runtime import client, metric, setting, task
from tasks.simulations import (
    folders,
    looks,
    mending,
    pages,
    places,
    results,
    reviews,
    signatures,
)

PERMISSIONS: dict[str, str | list[str]] = {
    **records.PERMISSIONS,
    **places.PERMISSIONS,
    **folders.READS,
    **folders.WRITES,
    "s3:GetObjectVersion": folders.KEYS,
    "s3:GetObjectRetention": folders.KEYS,
    "s3:GetBucketObjectLockConfiguration": "${EvidenceBucket.Arn}",
    "dynamodb:DeleteItem": "${StateTable.Arn}",
}
TIMEOUT = 60
LONGEST_WORDS = 3000
MOST_LINES = 60
HTML = "text/html; charset=utf-8"

Values = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return report(
        request,
        table=setting("STATE_TABLE"),
        bucket=setting("EVIDENCE_BUCKET"),
        clients=client,
    )


def report(asked: Values, table: str, bucket: str, clients: looks.Clients) -> dict[str, Any]:
    """Write results or, when they were signed, the whole report; nothing is ever written over.

    The report has the results that were signed, and no later ones. The last report closes the
    simulation's record, and frees the system for the next.
    """
    dynamodb, vault = clients("dynamodb"), Vault(bucket, clients("s3"))
    plan, now = asked["plan"], asked["now"]
    whole = papers.get(plan["plan_key"], bucket, vault.s3, plan["digest"])
    if asked["results"]:
        found = _signed(whole, asked["results"], table, vault, dynamodb)
    else:
        played = results.of_all(whole, asked["played"], table, bucket, clients)
        mending.opened(whole, played, now, table, dynamodb)
        found = {"scenarios": played, "sign_offs": [], "results_at": now, "results_digest": ""}
    drills = [one["drill"] for one in whole["scenarios"]]
    actions = mending.of_drills(drills, table, dynamodb)
    document = reviews.document(asked, whole, found, actions)
    kept, report_key = _kept(document, vault)
    answer = _answer(document, kept, report_key)
    _record(answer, document, table, dynamodb)
    return answer


def _signed(
    whole: Values, signed: Values, table: str, vault: Vault, dynamodb: Any
) -> dict[str, Any]:
    """Give the results as the teams were asked to sign them, and who has."""
    before = papers.get(signed["key"], vault.bucket, vault.s3, signed["digest"])
    return {
        "scenarios": before["scenarios"],
        "sign_offs": signatures.of_all(whole, signed["digest"], table, dynamodb),
        "results_at": before["results_at"],
        "results_digest": signed["digest"],
    }


def _record(answer: Values, document: Values, table: str, dynamodb: Any) -> None:
    """Keep the digest where the bucket's writers cannot change it, and close what is over."""
    told = document["plan"]["simulation"]
    fields = {
        "report_key": answer["report_key"],
        "evidence_key": answer["key"],
        "evidence_digest": answer["digest"],
    }
    if not document["final"]:
        places.change(told["id"], fields, table, dynamodb)
        return
    ended = {
        "verdict": answer["verdict"],
        "words": answer["words"],
        "ended_at": document["reported_at"],
    }
    places.closed(told, {**fields, **ended}, table, dynamodb)
    metric("Simulations", 1, system=told["system"], verdict=answer["verdict"])


def _kept(document: Values, vault: Vault) -> tuple[Kept, str]:
    """Write the document and its page, and read the document back."""
    name = "report" if document["final"] else "results"
    lock = vault.lock()

    def made(key: str, before: str) -> dict[str, Any]:
        storage = {"bucket": vault.bucket, "key": key, "supersedes": before, **lock}
        return {**document, "storage": storage}

    kept, written = vault.keep_as(folders.key(document["plan"]["simulation"]["id"], name), made)
    report_key = kept.key.removesuffix(".json") + ".html"
    vault.put(report_key, pages.page(written, kept.digest).encode(), HTML)
    vault.put(f"{kept.key}.sha256", vaults.sum_of(kept.key, kept.digest), "text/plain")
    return kept, report_key


def _answer(document: Values, kept: Kept, report_key: str) -> dict[str, Any]:
    lines = [results.line(one) for one in document["scenarios"]]
    reasons: Sequence[str] = document["reasons"]
    told = [document["words"].rstrip("."), *reasons, f"Report: {kept.key}, SHA-256 {kept.digest}"]
    return {
        "verdict": document["verdict"],
        "end": "Succeeded" if document["verdict"] == PASS else "SimulationFailed",
        "key": kept.key,
        "report_key": report_key,
        "digest": kept.digest,
        "lines": lines[:MOST_LINES],
        "words": cut(" ".join(f"{one.rstrip('.')}." for one in told), LONGEST_WORDS),
    }
