"""Check that the release's tests cover enough lines, by the Cobertura XML that CI wrote."""

import math
from collections import Counter
from fractions import Fraction
from typing import Any

from tasks.gates import evidence
from tasks.gates.evidence import Findings, Unusable, plain, whole_number
from tasks.runtime import client, setting, task

PERMISSIONS = evidence.PERMISSIONS
MEMORY = evidence.MEMORY

# A report rounds its rate; beyond this, rate and lines speak of different things.
ROUNDING = 0.01

Lines = Counter[str]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return judge(
        request["evidence"],
        request["gates"]["coverage_percent"],
        bucket=setting("ARTIFACTS_BUCKET"),
        s3=client("s3"),
    )


def judge(
    references: list[evidence.Reference], needed: float, bucket: str, s3: Any
) -> dict[str, Any]:
    """Take the lines of all reports together; the files that cover the least are named."""
    findings = Findings("coverage")
    total: Lines = Counter()
    files: dict[str, Lines] = {}

    def look(name: str, report: Any) -> None:
        if report.tag != "coverage":
            raise Unusable(f"is no Cobertura report: its root is <{plain(report.tag, 40)}>")
        own = by_file(report)
        total.update(lines(report, own))
        files.update({f"{name}: {file}": counts for file, counts in own.items()})

    evidence.examine(references, evidence.parse_xml, look, findings, bucket, s3)
    valid, covered = total["valid"], total["covered"]
    if valid and share(total) < Fraction(str(needed)):
        findings.add(
            f"{percent(total):g} % of the lines are covered ({covered} of {valid}); "
            f"{needed:g} % are needed"
        )
        for name, counts in sorted(files.items(), key=lambda entry: (share(entry[1]), entry[0])):
            if share(counts) < Fraction(str(needed)):
                said = f"{percent(counts):g} % ({counts['covered']} of {counts['valid']} lines)"
                findings.add(f"{name}: {said}")
    return findings.verdict(percent=percent(total), lines=valid, covered=covered)


def lines(report: Any, files: dict[str, Lines]) -> Lines:
    """Give the lines of a report: what it says, or the count of its lines where it does not."""
    valid, covered = whole_number(report, "lines-valid"), whole_number(report, "lines-covered")
    if valid is None or covered is None:
        counts = sum(files.values(), Counter())
        valid, covered = counts["valid"], counts["covered"]
    if not valid:
        raise Unusable("measures no line")
    if covered > valid:
        raise Unusable(f"says that {covered} of {valid} lines are covered")
    rate = line_rate(report)
    if rate is not None and abs(rate - covered / valid) > ROUNDING:
        raise Unusable(f"says line-rate {rate:g}, but {covered} of {valid} lines are covered")
    return Counter(valid=valid, covered=covered)


def line_rate(report: Any) -> float | None:
    """Give the report's own rate, None where it has none; raises Unusable unless from 0 to 1."""
    text = report.get("line-rate")
    if text is None:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 <= rate <= 1:
        raise Unusable(f"line-rate is {plain(text, 40)!r}, which is no share from 0 to 1")
    return rate


def by_file(report: Any) -> dict[str, Lines]:
    """Count the lines of each file; a line that several classes share counts once."""
    seen: dict[str, dict[str, bool]] = {}
    for entry in report.iter("class"):
        hits = seen.setdefault(plain(entry.get("filename") or "a file without a name", 120), {})
        for line in entry.findall("lines/line"):
            number = line.get("number", "")
            hits[number] = hits.get(number, False) or bool(whole_number(line, "hits"))
    return {
        file: Counter(valid=len(hits), covered=sum(hits.values()))
        for file, hits in seen.items()
        if hits
    }


def share(counts: Lines) -> Fraction:
    """Give the covered share in percent, exactly; 0 where there is no line."""
    return Fraction(100 * counts["covered"], counts["valid"]) if counts["valid"] else Fraction(0)


def percent(counts: Lines) -> float:
    """Give the covered share in percent, rounded down, so that 79.999 is never shown as 80."""
    return math.floor(share(counts) * 100) / 100
