"""Check that no secret was found in the release, by the SARIF of CI's secret scanner."""

from collections import Counter
from typing import Any

from tasks.gates import evidence, sarif
from tasks.gates.evidence import Findings
from tasks.runtime import client, setting, task

PERMISSIONS = evidence.PERMISSIONS
MEMORY = evidence.MEMORY

# What a person still has to look at may be one.
POSSIBLE = ("fail", "open", "review")


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return judge(request["evidence"], bucket=setting("ARTIFACTS_BUCKET"), s3=client("s3"))


def judge(references: list[evidence.Reference], bucket: str, s3: Any) -> dict[str, Any]:
    """Find each result that is not suppressed, of whatever level.

    Its message is left out: a scanner may quote the secret in it.
    """
    findings = Findings("secrets")
    counts: Counter[str] = Counter()

    def look(name: str, log: Any) -> None:
        for result in sarif.standing(name, log, findings, counts):
            if result.kind in POSSIBLE:
                counts["secrets"] += 1
                findings.add(f"{name}: {result.rule} at {result.place}: a possible secret")

    evidence.examine(references, evidence.parse_json, look, findings, bucket, s3)
    return findings.verdict(
        results=counts["results"], secrets=counts["secrets"], suppressed=counts["suppressed"]
    )
