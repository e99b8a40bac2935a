"""Check that no dependency has a severe known vulnerability, by the CycloneDX that CI wrote."""

from collections import Counter
from typing import Any

from tasks.gates import evidence
from tasks.gates.evidence import Findings, Unusable, objects, plain, take
from tasks.runtime import client, setting, task

PERMISSIONS = evidence.PERMISSIONS
MEMORY = evidence.MEMORY

SEVERITIES = ("none", "info", "low", "medium", "high", "critical")
UNKNOWN = "unknown"
# States in which somebody has looked and found nothing to fix (CycloneDX, "Impact analysis").
SET_ASIDE = ("not_affected", "false_positive", "resolved", "resolved_with_pedigree")
# Qualitative severity of a score below each bound (FIRST, "CVSS v3.1 Specification" and
# "CVSS v4.0 Specification"; NVD for version 2).
BOUNDS_3 = ((0.1, "none"), (4.0, "low"), (7.0, "medium"), (9.0, "high"), (10.1, "critical"))
BOUNDS: dict[str, tuple[tuple[float, str], ...]] = {
    "CVSSv2": ((4.0, "low"), (7.0, "medium"), (10.1, "high")),
    **dict.fromkeys(("CVSSv3", "CVSSv31", "CVSSv4"), BOUNDS_3),
}

Node = dict[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return judge(
        request["evidence"],
        request["gates"]["dependency_severity"],
        bucket=setting("ARTIFACTS_BUCKET"),
        s3=client("s3"),
    )


def judge(
    references: list[evidence.Reference], refused: str, bucket: str, s3: Any
) -> dict[str, Any]:
    """Find each vulnerability at or above the severity; an unknown one is never below it."""
    findings = Findings("dependencies")
    counts: Counter[str] = Counter()

    def look(name: str, bom: Node) -> None:
        check_format(bom)
        components = objects(bom, "components")
        counts["components"] += len(components)
        titles = {take(component, "bom-ref", str): titled(component) for component in components}
        for vulnerability in objects(bom, "vulnerabilities"):
            counts["vulnerabilities"] += 1
            if take(take(vulnerability, "analysis", dict), "state", str) in SET_ASIDE:
                counts["set_aside"] += 1
                continue
            found = severity(vulnerability)
            if found == UNKNOWN or SEVERITIES.index(found) >= SEVERITIES.index(refused):
                counts["refused"] += 1
                findings.add(f"{name}: {described(vulnerability, found, titles, refused)}")

    evidence.examine(references, evidence.parse_json, look, findings, bucket, s3)
    return findings.verdict(
        components=counts["components"],
        vulnerabilities=counts["vulnerabilities"],
        refused=counts["refused"],
        set_aside=counts["set_aside"],
    )


def check_format(bom: Node) -> None:
    """Raise Unusable unless it is a bill of materials that was looked through."""
    if bom.get("bomFormat") != "CycloneDX":
        raise Unusable("is no CycloneDX document")
    if bom.get("vulnerabilities") is None:
        raise Unusable(
            "has no `vulnerabilities` section, so nothing says that its components were looked up "
            "(an empty list says that nothing was found)"
        )
    subject = take(take(bom, "metadata", dict), "component", dict)
    if not objects(bom, "components") and not subject:
        raise Unusable("names no component, and not whose bill of materials it is")


def severity(vulnerability: Node) -> str:
    """Give the highest severity that a rating tells, `unknown` where none does."""
    told = [rated(rating) for rating in objects(vulnerability, "ratings")]
    known = [name for name in told if name in SEVERITIES]
    return max(known, key=SEVERITIES.index) if known else UNKNOWN


def rated(rating: Node) -> str:
    """Give a rating's severity, by its score where it names none."""
    named = take(rating, "severity", str).lower()
    method, score = take(rating, "method", str), rating.get("score")
    if named or isinstance(score, bool) or not isinstance(score, int | float) or score < 0:
        return named or UNKNOWN
    return next((name for bound, name in BOUNDS.get(method, ()) if score < bound), UNKNOWN)


def titled(component: Node) -> str:
    """Name a component and its version."""
    return plain(f"{take(component, 'name', str)} {take(component, 'version', str)}", 60)


def described(vulnerability: Node, found: str, titles: dict[str, str], refused: str) -> str:
    """Say what is known against which component, and why that is too much."""
    references = [take(entry, "ref", str) for entry in objects(vulnerability, "affects")]
    affected = ", ".join(titles.get(ref) or plain(ref, 60) for ref in references[:3])
    affected += f" and {len(references) - 3} more" if len(references) > 3 else ""
    title = plain(take(vulnerability, "id", str) or "a vulnerability without an id", 60)
    where = f" in {affected}" if affected else ""
    if found == UNKNOWN:
        return f"{title}{where} has no known severity, which is never taken for a low one"
    return f"{title}{where} is {found}; {refused} and above are refused"
