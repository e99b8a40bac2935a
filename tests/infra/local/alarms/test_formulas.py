"""Metric math and the rules of composite alarms are computed, and nothing else is."""

import pytest

from infra.local.alarms.formulas import UnknownFormula, holds, value_of


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("errors / invocations * 100", 25),
        ("100 * (errors / invocations)", 25),
        ("IF(invocations > 10, errors / invocations, 0)", 0),
        ("FILL(nothing, 7) + 1", 8),
        ("SUM([errors, invocations, nothing])", 5),
        ("AVG([errors, invocations])", 2.5),
        ("MAX([errors, invocations]) - MIN([errors, invocations])", 3),
        ("-errors ^ 2", -1),
        ("errors > 0 AND invocations > 0", 1),
        ("errors / nothing", None),
        ("errors / (errors - 1)", None),
    ],
)
def test_an_expression_is_computed(expression, expected):
    assert value_of(expression, {"errors": 1, "invocations": 4, "nothing": None}) == expected


@pytest.mark.parametrize("expression", ["unknown + 1", "SEARCH('x')", "__import__('os')", "1 +"])
def test_what_cannot_be_computed_is_refused(expression):
    with pytest.raises(UnknownFormula):
        value_of(expression, {"errors": 1})


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(errors-high)", True),
        ('ALARM("errors-high") AND ALARM(latency)', False),
        ("ALARM(latency) OR (ALARM(errors-high) AND NOT OK(unknown))", True),
        ("OK(arn:aws:cloudwatch:us-east-1:123456789012:alarm:latency)", True),
        ("INSUFFICIENT_DATA(errors-high) OR FALSE", False),
    ],
)
def test_a_rule_combines_states(rule, expected):
    assert holds(rule, {"errors-high": "ALARM", "latency": "OK"}) is expected
