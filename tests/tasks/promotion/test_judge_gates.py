import pytest

from tasks.errors import GateFailed, InvalidInput
from tasks.promotion import judge_gates


def verdict(gate, *findings, passed=False):
    return {"gate": gate, "passed": passed, "findings": list(findings), "measured": {}}


PASSED = verdict("tests", passed=True)


def judged(*verdicts):
    return judge_gates.handler({"verdicts": list(verdicts), "release": "1.2.0"}, None)


def refused(*verdicts):
    with pytest.raises(GateFailed) as raised:
        judged(*verdicts)
    return str(raised.value)


def test_a_release_passes_if_each_gate_says_yes():
    assert judged(PASSED, verdict("coverage", passed=True)) == {"passed": True}


def test_all_findings_of_all_gates_are_told():
    said = refused(
        PASSED,
        verdict("coverage", "71.2 % of the lines are covered, 80 % are asked for."),
        verdict("static_analysis", "app.py:3 uses eval", "app.py:9 uses exec"),
    )
    assert said == (
        "Release 1.2.0 does not pass 2 of 3 gates. "
        "Coverage: 71.2 % of the lines are covered, 80 % are asked for. "
        "Static analysis: app.py:3 uses eval; app.py:9 uses exec. "
        "Correct what was found and publish a new version."
    )


def test_a_gate_that_says_no_without_a_finding_still_says_no():
    assert "Secrets: it said no without a finding" in refused(verdict("secrets"))


def test_findings_are_bounded_in_number_and_length():
    said = refused(verdict("secrets", *["x" * 10_000] * 500))
    assert "and 490 more" in said
    assert len(said) < 4000


def test_no_verdict_at_all_is_not_a_pass():
    with pytest.raises(InvalidInput):
        judged()


def test_what_a_gate_left_out_itself_is_counted_too():
    findings = [*(f"test {number} failed" for number in range(20)), "and 480 more"]
    assert judge_gates.told(findings).endswith("test 9 failed; and 490 more")
