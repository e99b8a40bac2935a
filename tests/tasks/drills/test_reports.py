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
