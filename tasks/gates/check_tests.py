"""Check that the release's tests ran and passed, by the JUnit XML that CI wrote."""

from collections import Counter
from typing import Any

from tasks.gates import evidence
from tasks.gates.evidence import Findings, Unusable, plain, whole_number
from tasks.runtime import client, setting, task

PERMISSIONS = evidence.PERMISSIONS
MEMORY = evidence.MEMORY

FAILED = ("failure", "error")
# GoogleTest marks a test that did not run by its status alone.
NOT_RUN = ("notrun", "disabled", "skipped")


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return judge(request["evidence"], bucket=setting("ARTIFACTS_BUCKET"), s3=client("s3"))


def judge(references: list[evidence.Reference], bucket: str, s3: Any) -> dict[str, Any]:
    """Count the tests of all reports; each failed test is a finding, and so is no test at all."""
    findings = Findings("tests")
    counts: Counter[str] = Counter()

    def look(name: str, report: Any) -> None:
        found = count(name, report, findings)
        counts.update(found)
        if found["tests"] == found["skipped"]:
            findings.add(f"{name}: no test ran ({found['skipped']} skipped)")

    evidence.examine(references, evidence.parse_xml, look, findings, bucket, s3)
    return findings.verdict(
        tests=counts["tests"], failed=counts["failed"], skipped=counts["skipped"]
    )


def count(name: str, report: Any, findings: Findings) -> Counter[str]:
    """Count the tests of one report by outcome, and find those that failed."""
    if report.tag not in ("testsuites", "testsuite"):
        raise Unusable(f"is no JUnit report: its root is <{plain(report.tag, 40)}>")
    counts: Counter[str] = Counter()
    for element in report.iter():
        failure = next((child for child in element if child.tag in FAILED), None)
        if failure is not None:
            counts["failed"] += 1
            findings.add(f"{name}: {title(element)} failed{reason(failure)}")
        if element.tag == "testcase":
            counts["tests"] += 1
            if failure is None and is_skipped(element):
                counts["skipped"] += 1
    compare(name, report, counts["failed"], findings)
    return counts


def compare(name: str, report: Any, found: int, findings: Findings) -> None:
    """Find a report whose own count of failures is higher than the failures that it shows."""
    suites = [report] if report.tag == "testsuite" else report.findall("testsuite")
    counted = max(failures(report), sum(failures(suite) for suite in suites))
    if counted > found:
        findings.add(f"{name}: counts {counted} failures and errors but shows {found} of them")


def failures(suite: Any) -> int:
    """Give how many failures and errors a suite says that it has."""
    return (whole_number(suite, "failures") or 0) + (whole_number(suite, "errors") or 0)


def is_skipped(case: Any) -> bool:
    """Tell whether a test did not run."""
    return case.find("skipped") is not None or case.get("status") in NOT_RUN


def title(element: Any) -> str:
    """Name a test as its report does: class and test."""
    names = (element.get("classname"), element.get("name"))
    return plain(".".join(name for name in names if name) or f"<{element.tag}>", 120)


def reason(failure: Any) -> str:
    """Give the first line of what the test said."""
    said = (failure.get("message") or failure.text or "").strip().partition("\n")[0]
    return f": {plain(said, 100)}" if said else ""
