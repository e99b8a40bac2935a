import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.gates import check_dependencies
from tests.support.reports import judge_reports

SEVERITIES = ["none", "info", "low", "medium", "high", "critical"]
THRESHOLDS = ["low", "medium", "high", "critical"]


def bom(*vulnerabilities, **more):
    components = [{"bom-ref": "r1", "name": "requests", "version": "2.19.0"}]
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}
    return document | {"vulnerabilities": list(vulnerabilities)} | more


def vulnerability(*ratings, **more):
    told = {"id": "CVE-2026-0001", "affects": [{"ref": "r1"}], "ratings": list(ratings)}
    return told | more


def rated(severity):
    return vulnerability({"severity": severity})


def judged(*documents, refused="high"):
    return judge_reports(check_dependencies, documents, refused)


@pytest.mark.parametrize("refused", THRESHOLDS)
@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_severity_is_refused_from_the_threshold_on(severity, refused):
    verdict = judged(bom(rated(severity)), refused=refused)
    assert verdict["passed"] == (SEVERITIES.index(severity) < SEVERITIES.index(refused))


@pytest.mark.parametrize("refused", THRESHOLDS)
@pytest.mark.parametrize(
    "unknown",
    [
        rated("unknown"),
        rated("moderate"),
        rated(""),
        vulnerability(),
        vulnerability({"score": 2.0}),
        vulnerability({"score": 2.0, "method": "OWASP"}),
        vulnerability({"score": -1, "method": "CVSSv31"}),
        vulnerability({"score": 11, "method": "CVSSv31"}),
        vulnerability({"score": True, "method": "CVSSv31"}),
        vulnerability({"score": "2", "method": "CVSSv31"}),
    ],
)
def test_an_unknown_severity_is_never_below_the_threshold(unknown, refused):
    verdict = judged(bom(unknown), refused=refused)
    assert not verdict["passed"]
    assert verdict["measured"]["refused"] == 1
    assert "has no known severity" in verdict["findings"][0]


@pytest.mark.parametrize(
    ("score", "method", "passed"),
    [
        (6.9, "CVSSv31", True),
        (7.0, "CVSSv31", False),
        (9.8, "CVSSv3", False),
        (0, "CVSSv4", True),
        (6.9, "CVSSv2", True),
        (10, "CVSSv2", False),
    ],
)
def test_a_score_tells_the_severity_where_no_name_does(score, method, passed):
    assert judged(bom(vulnerability({"score": score, "method": method})))["passed"] is passed


def test_the_highest_rating_counts():
    ratings = [{"severity": "low"}, {"severity": "high"}, {"severity": "unknown"}]
    assert not judged(bom(vulnerability(*ratings)))["passed"]


def test_a_finding_names_the_file_the_vulnerability_and_the_component():
    (finding,) = judged(bom(rated("critical")))["findings"]
    assert finding == (
        "evidence/0.report: CVE-2026-0001 in requests 2.19.0 is critical; "
        "high and above are refused"
    )


def test_many_affected_components_are_shortened():
    affects = [{"ref": f"pkg:pypi/p{n}"} for n in range(9)]
    (finding,) = judged(bom(vulnerability({"severity": "high"}, affects=affects)))["findings"]
    assert "in pkg:pypi/p0, pkg:pypi/p1, pkg:pypi/p2 and 6 more is high" in finding


@pytest.mark.parametrize("state", ["not_affected", "false_positive", "resolved"])
def test_what_an_analysis_sets_aside_is_counted_and_passes(state):
    verdict = judged(bom(vulnerability({"severity": "critical"}, analysis={"state": state})))
    assert verdict["passed"]
    assert verdict["measured"] == {
        "components": 1,
        "vulnerabilities": 1,
        "refused": 0,
        "set_aside": 1,
    }


@pytest.mark.parametrize("state", ["exploitable", "in_triage", "", "Not_Affected"])
def test_what_is_still_open_counts(state):
    analysis = {"state": state}
    assert not judged(bom(vulnerability({"severity": "critical"}, analysis=analysis)))["passed"]


@pytest.mark.parametrize(
    ("document", "finding"),
    [
        ({"spdxVersion": "SPDX-2.3"}, "is no CycloneDX document"),
        (bom(vulnerabilities=None), "has no `vulnerabilities` section"),
        (bom(vulnerabilities={}), "`vulnerabilities` is no list"),
        (bom("CVE"), "`vulnerabilities` holds something that is no object"),
        (bom(components=[]), "names no component"),
        (bom(components="all"), "`components` is no list"),
        (bom(vulnerability(analysis="fine")), "`analysis` is no object"),
        (bom(vulnerability("high")), "`ratings` holds something that is no object"),
        (bom(vulnerability({"severity": 9})), "`severity` is no text"),
        (bom(components=[{"bom-ref": []}]), "`bom-ref` is no text"),
    ],
)
def test_what_is_no_searched_bill_of_materials_is_told(document, finding):
    verdict = judged(document)
    assert not verdict["passed"]
    assert verdict["findings"][0].startswith(f"evidence/0.report: {finding}")


def test_a_system_that_depends_on_nothing_passes_if_it_says_whose_bill_it_is():
    subject = {"component": {"name": "feedback", "type": "application"}}
    assert judged(bom(components=[], metadata=subject))["passed"]


ratings = st.lists(st.builds(dict, severity=st.sampled_from([*SEVERITIES, "unknown"])), max_size=3)
vulnerabilities = st.lists(st.builds(lambda given: vulnerability(*given), ratings), max_size=4)


@given(known=vulnerabilities, more=vulnerabilities, refused=st.sampled_from(THRESHOLDS))
def test_one_more_vulnerability_never_lets_the_gate_pass(known, more, refused):
    before, after = (
        judged(bom(*known), refused=refused),
        judged(bom(*known, *more), refused=refused),
    )
    assert before["passed"] or not after["passed"]


@given(known=vulnerabilities)
def test_a_stricter_threshold_never_lets_more_pass(known):
    passed = [judged(bom(*known), refused=refused)["passed"] for refused in THRESHOLDS]
    assert passed == sorted(passed)
