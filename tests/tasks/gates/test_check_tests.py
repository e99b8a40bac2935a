from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.gates import check_tests
from tests.support.reports import judge_reports

WORKS = '<testcase classname="shop.Cart" name="adds"/>'
FAILS = '<testcase classname="shop.Cart" name="adds"><failure message="1 is not 2"/></testcase>'
SKIPPED = '<testcase name="later"><skipped/></testcase>'


def suite(*cases, **attributes):
    told = "".join(f" {name}={quoteattr(str(value))}" for name, value in attributes.items())
    return f"<testsuite{told}>{''.join(cases)}</testsuite>"


def suites(*inner):
    return f"<testsuites>{''.join(inner)}</testsuites>"


def judged(*reports):
    return judge_reports(check_tests, reports)


@pytest.mark.parametrize(
    ("report", "tests", "skipped"),
    [
        (suite(WORKS), 1, 0),
        (suites(suite(WORKS), suite(WORKS, SKIPPED)), 3, 1),
        (suites(suite(suite(WORKS), WORKS)), 2, 0),
        (suite(WORKS, '<testcase name="g" status="notrun"/>'), 2, 1),
        (suite(WORKS, tests=1, failures=0, errors=0, skipped=0), 1, 0),
        (suite('<testcase name="x"><system-out>failure</system-out></testcase>'), 1, 0),
        (suite('<testcase name="x"><flakyFailure/></testcase>'), 1, 0),
    ],
)
def test_what_passes(report, tests, skipped):
    verdict = judged(report)
    assert verdict["passed"], verdict["findings"]
    assert verdict["measured"] == {"tests": tests, "failed": 0, "skipped": skipped}


@pytest.mark.parametrize(
    ("report", "finding"),
    [
        (suite(WORKS, FAILS), "shop.Cart.adds failed: 1 is not 2"),
        (suites(suite(suite(FAILS))), "shop.Cart.adds failed: 1 is not 2"),
        (suite('<testcase name="x"><error>boom\nat line 3</error></testcase>'), "x failed: boom"),
        (suite(WORKS, "<error>no database</error>", name="db"), "db failed: no database"),
        (suite(WORKS, failures=2), "counts 2 failures and errors but shows 0 of them"),
        (suites(suite(WORKS, errors=1), suite(FAILS)), "shop.Cart.adds failed: 1 is not 2"),
        (suite(WORKS, errors="many"), "errors is 'many', which is no count"),
        (suite(WORKS, failures="-1"), "failures is '-1', which is no count"),
        (suite(), "no test ran (0 skipped)"),
        (suites(), "no test ran (0 skipped)"),
        (suite(SKIPPED, SKIPPED), "no test ran (2 skipped)"),
        ("<report/>", "is no JUnit report: its root is <report>"),
    ],
)
def test_what_does_not_pass_and_why(report, finding):
    verdict = judged(report)
    assert not verdict["passed"]
    assert verdict["findings"][0] == f"evidence/0.report: {finding}"


def test_a_report_that_counts_more_failures_than_it_shows_is_told():
    report = suites(suite(WORKS, errors=1), suite(FAILS, failures=1))
    assert any("counts 2 failures" in finding for finding in judged(report)["findings"])


def test_an_empty_report_beside_a_full_one_is_told():
    verdict = judged(suite(WORKS), suite())
    assert verdict["findings"] == ["evidence/1.report: no test ran (0 skipped)"]


# What XML can hold at all (XML 1.0, "Characters").
words = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"),
    max_size=300,
)
cases = st.lists(st.sampled_from([WORKS, FAILS, SKIPPED]), max_size=6)


@given(before=cases, after=cases)
def test_a_failing_test_anywhere_never_lets_the_gate_pass(before, after):
    assert not judged(suite(*before, FAILS, *after))["passed"]


@given(cases=cases)
def test_it_passes_only_when_something_ran_and_nothing_failed(cases):
    assert judged(suite(*cases))["passed"] == (WORKS in cases and FAILS not in cases)


@given(cases=cases, split=st.integers(0, 6))
def test_two_reports_count_what_one_does(cases, split):
    whole, parts = judged(suite(*cases)), judged(suite(*cases[:split]), suite(*cases[split:]))
    assert whole["measured"] == parts["measured"]
    assert whole["passed"] or not parts["passed"]


@given(name=words, message=words)
def test_whatever_a_test_is_called_its_failure_is_one_short_line(name, message):
    failure = f"<failure message={quoteattr(message)}/>"
    case = f"<testcase name={quoteattr(name)}>{failure}</testcase>"
    (finding,) = judged(suite(case))["findings"]
    assert finding.isprintable()
    assert len(finding) <= 240
