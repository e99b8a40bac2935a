"""The report of a drill: whatever its strings hold, they stay text."""

from html.parser import HTMLParser

import pytest
from drill_documents import ID, NOW, TIMES, bad, drill, good, plan, planned
from hypothesis import given
from hypothesis import strategies as st

from tasks.drills import clocks, dossiers, judgements, outcomes, reports

# What decides what the page looks like is daytwo's own, never a person's.
OWN = frozenset({"measure", "mode", "outcome", "verdict"})
HOSTILE = st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "</td></table></style><svg/onload=alert(1)>",
        "&lt;b&gt; <!-- ]]>",
    ]
)


class Structure(HTMLParser):
    """Notes each tag with the names of its attributes."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, tuple(name for name, _ in attrs)))


def structure(evidence):
    parser = Structure()
    parser.feed(reports.page(evidence, "0" * 64))
    return parser.seen


def with_strings(value, text, name=""):
    """Put the text in the place of every string, whatever it is the value of."""
    if isinstance(value, str):
        return value if name in OWN or not value else text
    if isinstance(value, dict):
        return {key: with_strings(entry, text, key) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [with_strings(entry, text, name) for entry in value]
    return value


@pytest.fixture(scope="module")
def evidence():
    whole = {
        **plan(),
        "version": 1,
        "planned_at": NOW,
        "components": [planned(skipped={"sample reads": "too big"})],
        "measure": clocks.RESTORE_TIME,
        "request": {"reason": "monthly", "simulation": ""},
        "accounts": {end: {"account": "1", "region": "us-east-1"} for end in ("source", "target")},
        "success_criteria": ["every component is restored"],
        "left_out": ["orders"],
    }
    difference = {"setting": "tags", "expected": "a", "observed": "b", "outcome": "lost"}
    seen = {
        "times": TIMES,
        "settings": {"differences": [difference]},
        "checked": {"table": {"checks": [good(), bad("checksum")]}},
        "failure": {"Error": "Broke", "Cause": "no reason"},
        "now": NOW,
        "not_before": "2026-11-02T03:00:00Z",
    }
    outcome = outcomes.judged(planned(), whole["objectives"], seen)
    row = {
        "drill": ID,
        "kind": "table",
        "name": "drill-1f0c2a9b-items",
        "component": "items",
        "target": {"region": "", "role_arn": ""},
        "status": "planned",
        "planned_at": "2026-11-02T03:00:00Z",
        "gone_at": "",
        "proof": "DescribeTable",
    }
    short = outcomes.summary(outcome)
    judgement = judgements.judged(whole, {"items": short}, [row], [], {}, NOW)
    storage = {"bucket": "b", "key": "k", "supersedes": "k0", "mode": "GOVERNANCE", "days": 30}
    assert judgement["verdict"] == "FAIL"
    assert whole["drill"] == drill()
    return dossiers.dossier(whole, "0" * 64, judgement, [outcome], [row], {}, storage, NOW)


@given(text=HOSTILE | st.text(min_size=1))
def test_no_string_of_the_evidence_becomes_part_of_the_page(evidence, text):
    assert structure(with_strings(evidence, text)) == structure(evidence)


def test_the_page_loads_and_runs_nothing(evidence):
    page = structure(evidence)
    assert {tag for tag, _ in page}.isdisjoint({"script", "img", "link", "iframe", "a", "form"})
    assert {name for _, names in page for name in names} <= {"lang", "charset", "class"}


class Text(HTMLParser):
    """Notes the text of each cell and heading."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_data(self, data):
        self.seen.append(data)


def text(evidence):
    parser = Text()
    parser.feed(reports.page(evidence, "0" * 64))
    return parser.seen


def of_one(evidence, **changes):
    (component,) = evidence["plan"]["components"]
    return {**evidence, "plan": {**evidence["plan"], "components": [{**component, **changes}]}}


def test_a_phase_stands_below_the_moment_that_ended_it(evidence):
    seen = [one for one in text(evidence) if one.strip()]
    first = seen.index("T0 failure")
    marks, moments = seen[first : first + 7], seen[first + 7 : first + 14]

    assert marks[4] == "T4 available"
    assert moments[3:6] == ["2026-11-02 03:01:00Z", "2026-11-02 03:21:00Z", "2026-11-02 03:31:00Z"]
    assert moments[:3] == ["-", "-", "-"]
    assert seen[first + 14 : first + 16] == ["restore 1,200.5 s", "validation 599.5 s"]


def test_what_has_no_copy_is_not_told_to_have_a_key_or_a_recovery_point(evidence):
    told = {"Copy", "Key", "Recovery point"}

    assert told <= set(text(evidence))
    assert told.isdisjoint(text(of_one(evidence, copy="")))


@pytest.mark.parametrize(
    ("actual", "missed"), [(7200, False), (7201, True), (clocks.NOT_MEASURED, False)]
)
def test_an_objective_that_is_missed_is_red(evidence, actual, missed):
    results = {**evidence["results"], "target_seconds": 7200, "actual_seconds": actual}
    page = reports.page({**evidence, "results": results}, "0" * 64)

    assert (f'<span class="verdict FAIL">{actual:,} s</span>' in page) is missed


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("2026-11-02T03:01:00Z", "2026-11-02 03:01:00Z"),
        ("2026-11-02T03:01:00.999Z", "2026-11-02 03:01:00Z"),
        ("", ""),
        ("<b>", "<b>"),
    ],
)
def test_moments_are_written_to_the_second(told, written):
    assert reports.moment(told) == written
