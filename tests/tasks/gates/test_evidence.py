import hashlib
import importlib
import json

import pytest

from tasks.errors import AccessRefused, Throttled
from tasks.gates import (
    check_coverage,
    check_dependencies,
    check_secrets,
    check_static_analysis,
    check_tests,
    evidence,
)
from tests.support.reports import Bucket, judge_reports

GATES = {"coverage_percent": 80, "dependency_severity": "high"}
JUNIT = '<testsuite><testcase name="works"/></testsuite>'
COBERTURA = '<coverage lines-valid="10" lines-covered="9" line-rate="0.9"/>'
SARIF = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "ruff"}}, "results": []}]}
CYCLONEDX = {"bomFormat": "CycloneDX", "components": [{"name": "boto3"}], "vulnerabilities": []}
GOOD = {
    check_tests: (JUNIT, ()),
    check_coverage: (COBERTURA, (80,)),
    check_static_analysis: (SARIF, ()),
    check_secrets: (SARIF, ()),
    check_dependencies: (CYCLONEDX, ("high",)),
}
BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<testsuite><testcase name="&b;"/></testsuite>"""


@pytest.fixture
def bucket():
    return Bucket()


def name(gate):
    return gate.__name__.rpartition("check_")[2]


@pytest.fixture(params=GOOD, ids=name)
def gate(request):
    return request.param


def test_good_evidence_passes_without_a_finding(gate):
    report, thresholds = GOOD[gate]
    verdict = judge_reports(gate, [report], *thresholds)
    assert (verdict["gate"], verdict["passed"], verdict["findings"]) == (name(gate), True, [])


def test_no_evidence_is_no_pass(gate):
    verdict = judge_reports(gate, [], *GOOD[gate][1])
    assert not verdict["passed"]
    assert "no evidence" in verdict["findings"][0]


def test_a_bad_file_beside_a_good_one_is_no_pass(gate):
    report, thresholds = GOOD[gate]
    verdict = judge_reports(gate, [report, "nonsense"], *thresholds)
    assert not verdict["passed"]
    assert verdict["findings"][0].startswith("evidence/1.report: ")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \n",
        b"<",
        b"{",
        b"\x00\x01\x02",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"{}",
        b"<html/>",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"<a>" * 200_000,
        b"9" * 10_000,
        b'{"version": NaN}',
    ],
    ids=lambda content: repr(content[:20]),
)
def test_what_is_no_report_is_a_finding_and_never_an_exception(gate, content):
    verdict = judge_reports(gate, [content], *GOOD[gate][1])
    assert not verdict["passed"]
    assert verdict["findings"][0].startswith("evidence/0.report: ")


def test_evidence_that_is_gone_is_named(gate, bucket):
    reference = bucket.put("report", b"x")
    bucket.contents.clear()
    verdict = gate.judge([reference], *GOOD[gate][1], bucket="artifacts", s3=bucket)
    assert verdict["findings"] == ["evidence/report: is missing from the artifacts bucket"]


def test_evidence_that_was_altered_is_refused_even_if_it_is_good(gate, bucket):
    report, thresholds = GOOD[gate]
    reference = bucket.put("report", report)
    bucket.contents[reference["key"]] += b" "
    verdict = gate.judge([reference], *thresholds, bucket="artifacts", s3=bucket)
    assert not verdict["passed"]
    assert "changed after publishing" in verdict["findings"][0]


def test_evidence_that_is_too_large_is_refused(gate, bucket, monkeypatch):
    monkeypatch.setattr(evidence, "LARGEST_BYTES", 10)
    reference = bucket.put("report", GOOD[gate][0])
    verdict = gate.judge([reference], *GOOD[gate][1], bucket="artifacts", s3=bucket)
    assert "is larger than" in verdict["findings"][0]


@pytest.mark.parametrize("xml_gate", [check_tests, check_coverage], ids=name)
def test_an_entity_bomb_is_refused_before_it_goes_off(xml_gate):
    verdict = judge_reports(xml_gate, [BOMB], *GOOD[xml_gate][1])
    assert not verdict["passed"]
    assert "declares XML entities" in verdict["findings"][0]


@pytest.mark.parametrize("xml_gate", [check_tests, check_coverage], ids=name)
def test_a_file_of_the_machine_is_not_read_into_the_report(xml_gate, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("top-secret")
    bait = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]><testsuite name="&e;"/>'
    verdict = judge_reports(xml_gate, [bait], *GOOD[xml_gate][1])
    assert not verdict["passed"]
    assert "top-secret" not in json.dumps(verdict)


def test_cobertura_with_its_own_document_type_is_read():
    doctype = '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">'
    assert judge_reports(check_coverage, [doctype + COBERTURA], 80)["passed"]


def test_after_twenty_findings_only_the_number_is_told():
    cases = "".join(f'<testcase name="t{n}"><failure/></testcase>' for n in range(500))
    verdict = judge_reports(check_tests, [f"<testsuite>{cases}</testsuite>"])
    assert len(verdict["findings"]) == 21
    assert verdict["findings"][-1] == "and 480 more"
    assert verdict["measured"]["failed"] == 500


def test_a_finding_is_one_short_line_of_printable_characters():
    hostile = "\n\t\u202e" + "x" * 100_000
    case = f'<testcase name="{hostile}"><failure message="{hostile}"/></testcase>'
    (finding,) = judge_reports(check_tests, [f"<testsuite>{case}</testsuite>"])["findings"]
    assert finding.isprintable()
    assert len(finding) <= evidence.LONGEST_FINDING


def test_throttling_and_refusal_say_nothing_about_the_release(gate, bucket, refusing):
    reference = bucket.put("report", GOOD[gate][0])
    for code, error in (("SlowDown", Throttled), ("AccessDenied", AccessRefused)):
        client = refusing(bucket, "get_object", code)
        with pytest.raises(error):
            gate.judge([reference], *GOOD[gate][1], bucket="artifacts", s3=client)


@pytest.mark.parametrize("key", ["releases/shop/1.1.0/evidence/a/b.xml", "other/evidence.xml"])
def test_a_finding_names_the_file_within_the_release(key):
    assert evidence.short_name(key) in ("evidence/a/b.xml", "other/evidence.xml")


def test_the_function_reads_the_artifacts_bucket_and_fits_its_schema(gate, artifacts_bucket, s3):
    content = GOOD[gate][0]
    body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
    reference = {
        "key": "releases/shop/1.1.0/evidence/r",
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    s3.put_object(Bucket=artifacts_bucket, Key=reference["key"], Body=body)
    handler = importlib.import_module(gate.__name__).handler
    assert handler({"evidence": [reference], "gates": GATES}, None)["passed"]
    missing = reference | {"key": "releases/shop/1.1.0/evidence/none"}
    assert not handler({"evidence": [missing], "gates": GATES}, None)["passed"]
