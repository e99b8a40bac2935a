import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.gates import check_coverage
from tests.support.reports import judge_reports


def report(covered, valid, inside="", **attributes):
    named = {"lines-covered": covered, "lines-valid": valid, **attributes}
    told = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in named.items())
    return f"<coverage{told}>{inside}</coverage>"


def klass(filename, *hits):
    lines = "".join(f'<line number="{n}" hits="{hit}"/>' for n, hit in enumerate(hits))
    return f'<class filename="{filename}"><lines>{lines}</lines></class>'


def judged(*reports, needed=80):
    return judge_reports(check_coverage, reports, needed)


@pytest.mark.parametrize(
    ("covered", "valid", "needed", "passed", "percent"),
    [
        (80, 100, 80, True, 80.0),
        (79, 100, 80, False, 79.0),
        (79_999, 100_000, 80, False, 79.99),
        (799_999_999, 1_000_000_000, 80, False, 79.99),
        (100, 100, 100, True, 100.0),
        (0, 10, 0, True, 0.0),
        (795, 1000, 79.5, True, 79.5),
        (1, 3, 33.34, False, 33.33),
    ],
)
def test_the_threshold_is_met_exactly_or_not_at_all(covered, valid, needed, passed, percent):
    verdict = judged(report(covered, valid), needed=needed)
    assert verdict["passed"] is passed
    assert verdict["measured"] == {"percent": percent, "lines": valid, "covered": covered}


def test_lines_of_all_reports_count_together_and_not_the_mean_of_their_rates():
    verdict = judged(report(10, 10), report(0, 990))
    assert verdict["measured"]["percent"] == 1.0
    assert not verdict["passed"]


def test_the_files_that_cover_the_least_are_named_first():
    inside = klass("good.py", 1, 1) + klass("poor.py", 0, 0, 1) + klass("none.py", 0)
    verdict = judged(report(3, 6, inside))
    assert verdict["findings"] == [
        "50 % of the lines are covered (3 of 6); 80 % are needed",
        "evidence/0.report: none.py: 0 % (0 of 1 lines)",
        "evidence/0.report: poor.py: 33.33 % (1 of 3 lines)",
    ]


def test_lines_are_counted_where_the_report_does_not_say_how_many():
    inside = klass("a.py", 1, 1, 1, 0) + klass("a.py", 0, 0, 0, 1)
    verdict = judged(f"<coverage>{inside}</coverage>")
    assert verdict["measured"] == {"percent": 100.0, "lines": 4, "covered": 4}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (report(0, 0), "measures no line"),
        ("<coverage/>", "measures no line"),
        ('<coverage line-rate="0.9"/>', "measures no line"),
        (report(11, 10), "says that 11 of 10 lines are covered"),
        (report(-1, 10), "lines-covered is '-1', which is no count"),
        (report("NaN", 10), "lines-covered is 'NaN', which is no count"),
        (report("9.5", 10), "lines-covered is '9.5', which is no count"),
        (report("9" * 5000, 10), "which is no count"),
        (report("\u0669", 10), "which is no count"),
        (report(9, 10, line_rate="nan"), "line-rate is 'nan', which is no share from 0 to 1"),
        (report(9, 10, line_rate="inf"), "line-rate is 'inf', which is no share from 0 to 1"),
        (report(9, 10, line_rate="-0.9"), "line-rate is '-0.9', which is no share from 0 to 1"),
        (report(9, 10, line_rate="90%"), "line-rate is '90%', which is no share from 0 to 1"),
        (report(1, 10, line_rate="0.95"), "says line-rate 0.95, but 1 of 10 lines are covered"),
        (report(9, 10, klass("a.py", "often")), "hits is 'often', which is no count"),
        ("<testsuite/>", "is no Cobertura report: its root is <testsuite>"),
    ],
)
def test_what_is_no_measure_is_told(text, finding):
    verdict = judged(text)
    assert not verdict["passed"]
    assert verdict["findings"][0].startswith("evidence/0.report: ")
    assert finding in verdict["findings"][0]


counts = st.integers(1, 10**6).flatmap(
    lambda valid: st.tuples(st.integers(0, valid), st.just(valid))
)


@given(counts=counts, needed=st.integers(0, 100))
def test_it_passes_exactly_when_enough_lines_are_covered(counts, needed):
    covered, valid = counts
    assert judged(report(covered, valid), needed=needed)["passed"] == (
        100 * covered >= needed * valid
    )


@given(counts=counts, uncovered=st.integers(1, 10**6), needed=st.integers(1, 100))
def test_uncovered_lines_never_turn_the_gate_green(counts, uncovered, needed):
    before = judged(report(*counts), needed=needed)
    after = judged(report(*counts), report(0, uncovered), needed=needed)
    assert before["passed"] or not after["passed"]
    assert after["measured"]["percent"] <= before["measured"]["percent"]
