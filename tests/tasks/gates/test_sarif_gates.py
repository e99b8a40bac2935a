import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.gates import check_secrets, check_static_analysis
from tests.support.reports import judge_reports

PLACE = {"physicalLocation": {"artifactLocation": {"uri": "src/a.py"}, "region": {"startLine": 7}}}
ERROR = {"defaultConfiguration": {"level": "error"}}
ACCEPTED = {"kind": "inSource", "status": "accepted"}


def result(level="error", **more):
    told = {"ruleId": "S105", "message": {"text": "do not"}, "locations": [PLACE]}
    return told | ({"level": level} if level else {}) | more


def log(*results, rules=(), extensions=(), **run):
    tool = {"driver": {"name": "ruff", "rules": list(rules)}, "extensions": list(extensions)}
    return {"version": "2.1.0", "runs": [{"tool": tool, "results": list(results), **run}]}


def analysed(*logs):
    return judge_reports(check_static_analysis, logs)


def searched(*logs):
    return judge_reports(check_secrets, logs)


def test_an_error_is_named_with_file_rule_and_place():
    verdict = analysed(log(result(), result("warning")))
    assert verdict["findings"] == ["evidence/0.report: S105 at src/a.py:7: do not"]
    assert verdict["measured"] == {"results": 2, "errors": 1, "warnings": 1, "suppressed": 0}


@pytest.mark.parametrize(
    ("document", "passed"),
    [
        (log(result("warning"), result("note"), result("none")), True),
        (log(result("")), True),
        (log(result("", ruleIndex=0), rules=[ERROR]), False),
        (log(result(""), rules=[{"id": "S105", **ERROR}]), False),
        (log(result(""), rules=[{"id": "S105"}]), True),
        (log(result("", ruleIndex=9), rules=[{"id": "S105"}]), True),
        (log(result("", kind="pass", ruleIndex=0),
             rules=[ERROR]), True),
        (log(result("fatal")), False),
        (log(result(suppressions=[ACCEPTED])), True),
        (log(result(suppressions=[{"kind": "external"}])), True),
        (log(result(suppressions=[])), False),
        (log(result(suppressions=[ACCEPTED, {"kind": "external", "status": "rejected"}])), False),
        (log(result(suppressions=[{"kind": "external", "status": "underReview"}])), False),
        (log(result(baselineState="absent")), True),
        (log(result(baselineState="unchanged")), False),
    ],
)  # fmt: skip
def test_which_results_stand(document, passed):
    assert analysed(document)["passed"] is passed


def test_a_rule_of_an_extension_tells_the_level_of_its_results():
    pack = {"name": "queries", "rules": [{"id": "x"}, ERROR]}
    found = result("", ruleId="y", rule={"index": 1, "toolComponent": {"index": 0}})
    assert not analysed(log(found, extensions=[pack]))["passed"]
    named = {"name": "queries", "rules": [{"id": "y", **ERROR}]}
    assert not analysed(log(result("", ruleId="y"), extensions=[named]))["passed"]


def test_suppressed_results_are_counted():
    verdict = analysed(log(result(suppressions=[ACCEPTED]), result("note")))
    assert verdict["measured"]["suppressed"] == 1


@pytest.mark.parametrize(
    ("document", "finding"),
    [
        ({"version": "2.1.0"}, "has no run: no tool looked at the release"),
        ({"version": "2.1.0", "runs": []}, "has no run: no tool looked at the release"),
        ({"runs": []}, "is no SARIF 2.1 log"),
        ({"version": "1.0.0", "runs": [{}]}, "is no SARIF 2.1 log"),
        ({"version": "2.1.0", "runs": [{}]}, "has a run without the name of its tool"),
        ({"version": "2.1.0", "runs": "none"}, "`runs` is no list"),
        ({"version": "2.1.0", "runs": ["none"]}, "`runs` holds something that is no object"),
        (log(results={}), "`results` is no list"),
        (log(results=["x"]), "`results` holds something that is no object"),
        (log(result(suppressions="yes")), "`suppressions` is no list"),
        (log(result(level=7)), "`level` is no text"),
        (log(externalPropertyFileReferences={"results": []}), "keeps the results of ruff in other"),
        (log(invocations=[{"executionSuccessful": False}]), "ruff says that it failed"),
        (
            log(invocations=[{"toolExecutionNotifications": [
                {"level": "error", "message": {"text": "cannot parse a.py"}}]}]),
            "ruff could not do its work: cannot parse a.py",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("judged", [analysed, searched])
def test_what_is_no_whole_log_is_told(judged, document, finding):
    verdict = judged(document)
    assert not verdict["passed"]
    assert verdict["findings"][0].startswith(f"evidence/0.report: {finding}")


@pytest.mark.parametrize("run", [{"results": []}, {"results": None}, {"invocations": []}])
@pytest.mark.parametrize("judged", [analysed, searched])
def test_a_run_without_results_passes(judged, run):
    document = log(**run)
    assert judged(document)["passed"]
    document["runs"][0].pop("results")
    assert judged(document)["passed"]


@pytest.mark.parametrize("level", ["none", "note", "warning", "error", ""])
@pytest.mark.parametrize("kind", ["fail", "open", "review"])
def test_a_possible_secret_counts_whatever_its_level(level, kind):
    verdict = searched(log(result(level, kind=kind)))
    assert verdict["findings"] == ["evidence/0.report: S105 at src/a.py:7: a possible secret"]
    assert verdict["measured"] == {"results": 1, "secrets": 1, "suppressed": 0}


def test_a_secret_is_not_repeated_in_the_finding():
    secret = "hunter2-hunter2"
    document = log(result(message={"text": f"password = {secret}"}))
    assert secret not in json.dumps(searched(document))


def test_a_secret_whose_suppression_was_accepted_is_counted_and_passes():
    verdict = searched(log(result(suppressions=[ACCEPTED])))
    assert verdict["passed"]
    assert verdict["measured"]["suppressed"] == 1


def test_a_result_without_a_place_is_still_a_finding():
    verdict = analysed(log(result(locations=[])))
    assert "S105 at a place that it does not tell" in verdict["findings"][0]


results = st.lists(
    st.builds(
        result,
        level=st.sampled_from(["none", "note", "warning", "error", ""]),
        kind=st.sampled_from(["fail", "pass", "open"]),
        suppressions=st.sampled_from([[], [ACCEPTED]]),
    ),
    max_size=5,
)


@given(before=results, after=results)
def test_one_more_error_never_lets_either_gate_pass(before, after):
    document = log(*before, result(), *after)
    assert not analysed(document)["passed"]
    assert not searched(document)["passed"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["level", "text", "index", "id", "rule", "rules", "message", "region"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
FIELDS = ["level", "kind", "ruleId", "ruleIndex", "rule", "message", "locations", "suppressions"]


@given(odd=st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4))
def test_a_result_of_any_shape_is_judged_or_told_but_breaks_nothing(odd):
    for judged in (analysed, searched):
        verdict = judged(log(result(), odd))
        assert not verdict["passed"]
        assert len(verdict["findings"]) <= 3
