"""Report on a simulation: its results, for the teams to sign, and at the end all of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.drills import outcomes, papers, records, vaults
from tasks.drills.outcomes import cut
from tasks.drills.vaults import Kept, Vault
from tasks.drills.verdicts import FAIL, PASS
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
    plan, signed_results = asked["plan"], asked["results"]
    whole = papers.get(plan["plan_key"], bucket, vault.s3, plan["digest"])
    final = bool(signed_results)
    if final:
        before = papers.get(signed_results["key"], bucket, vault.s3, signed_results["digest"])
        found, results_at = before["scenarios"], before["results_at"]
        signed = signatures.of_all(whole, signed_results["digest"], table, dynamodb)
    else:
        found = results.of_all(whole, asked["played"], table, bucket, clients)
        signed, results_at = [], asked["now"]
        mending.opened(whole, found, asked["now"], table, dynamodb)
    drills = [one["drill"] for one in whole["scenarios"]]
    document = {
        "plan": whole,
        "plan_digest": plan["digest"],
        "final": final,
        "results_digest": signed_results.get("digest", ""),
        "results_at": results_at,
        "reported_at": asked["now"],
        "announced_at": asked["announced_at"],
        "untold": _said(asked["untold"]),
        "broke": _said(asked["failure"]),
        "scenarios": found,
        "sign_offs": signed,
        "reasons": reviews.reasons(whole, found, signed),
    }
    document |= _judged(document)
    actions = mending.of_drills(drills, table, dynamodb)
    document["review"] = reviews.review(whole, document, found, signed, actions)
    kept, report_key = _kept(document, vault)
    answer = _answer(document, kept, report_key)
    fields = {"verdict": answer["verdict"], "words": answer["words"], "ended_at": asked["now"]}
    named = {"report_key": report_key, "evidence_key": kept.key, "evidence_digest": kept.digest}
    if final:
        places.closed(plan["simulation"], {**fields, **named}, table, dynamodb)
        metric("Simulations", 1, system=plan["simulation"]["system"], verdict=answer["verdict"])
    else:
        places.change(plan["simulation"]["id"], named, table, dynamodb)
    return answer


def _said(failure: Values) -> str:
    return outcomes.words(outcomes.explained(failure)) if failure else ""


def _judged(document: Values) -> dict[str, str]:
    told, found, signed = (
        document["plan"]["simulation"],
        document["scenarios"],
        document["sign_offs"],
    )
    green = sum(one["verdict"] == PASS for one in found)
    verdict = FAIL if document["reasons"] or document["broke"] else PASS
    count = sum(one["state"] == signatures.SIGNED for one in signed)
    words = (
        f"{verdict}: simulation {told['id']} of {told['system']}: {green} of {len(found)} "
        "scenarios green"
    )
    if document["final"]:
        words += f", signed by {count} of {len(signed)} teams"
    return {"verdict": verdict, "words": f"{words}."}


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
