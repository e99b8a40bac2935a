"""Check that static analysis found no error, by the SARIF that CI wrote."""

from collections import Counter
from typing import Any

from tasks.gates import evidence, sarif
from tasks.gates.evidence import Findings
from tasks.runtime import client, setting, task

PERMISSIONS = evidence.PERMISSIONS
MEMORY = evidence.MEMORY


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return judge(request["evidence"], bucket=setting("ARTIFACTS_BUCKET"), s3=client("s3"))


def judge(references: list[evidence.Reference], bucket: str, s3: Any) -> dict[str, Any]:
    """Find each result of level error that is not suppressed; the lower levels are counted."""
    findings = Findings("static_analysis")
    counts: Counter[str] = Counter()

    def look(name: str, log: Any) -> None:
        for result in sarif.standing(name, log, findings, counts):
            counts[result.level] += 1
            if result.level == "error":
                findings.add(f"{name}: {result.rule} at {result.place}: {result.message}")

    evidence.examine(references, evidence.parse_json, look, findings, bucket, s3)
    return findings.verdict(
        results=counts["results"],
        errors=counts["error"],
        warnings=counts["warning"],
        suppressed=counts["suppressed"],
    )
