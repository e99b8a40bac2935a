"""Traffic is back when the alias is where it was and answers well."""

import json
from io import BytesIO

import pytest
from drill_documents import NOW, component, drill
from drilled_functions import COMPONENT, CONTEXT, register

from tasks.scenario import check_traffic

CAPTURED = {
    "function": "feedback-dev-a",
    "alias": "live",
    "version": "1",
    "weights": {},
    "revision_id": "r",
}
PROBE = {"payload": {}, "expect_status": 200}


class Lambda:
    """A function behind an alias, which answers what the test says, one after the other."""

    def __init__(self, answers, weights=None, error=""):
        self.answers, self.weights, self.error, self.calls = answers, weights, error, 0

    def get_alias(self, **_):
        routing = {"AdditionalVersionWeights": self.weights or {}}
        return {"FunctionVersion": "1", "RoutingConfig": routing, "RevisionId": "r"}

    def invoke(self, **asked):
        assert asked["Qualifier"] == "live"
        answer = self.answers[self.calls % len(self.answers)]
        self.calls += 1
        failed = {"FunctionError": self.error} if self.error else {}
        return {"Payload": BytesIO(json.dumps(answer).encode()), **failed}


def check(lambda_, probes=(PROBE,)):
    answer = check_traffic.check(CAPTURED, list(probes), lambda_)
    return answer["done"], [one["verdict"] for one in answer["checks"]], answer["checks"]


def test_an_alias_that_is_back_and_answers_is_green():
    assert check(Lambda([{"statusCode": 200}]))[:2] == (True, ["PASS", "PASS"])


def test_an_alias_that_is_still_split_is_waited_for_and_not_called():
    split = Lambda([{"statusCode": 200}], weights={"2": 0.1})

    assert check(split)[:2] == (False, ["FAIL"])
    assert split.calls == 0


@pytest.mark.parametrize(
    ("answers", "error", "said"),
    [
        ([{"statusCode": 200}, {"statusCode": 500}], "", "status 500"),
        ([{"errorType": "Runtime.ImportModuleError"}], "Unhandled", "Runtime.ImportModuleError"),
        ([{"no": "status"}], "", "no statusCode"),
    ],
)
def test_one_bad_answer_of_many_is_red(answers, error, said):
    done, verdicts, checks = check(Lambda(answers, error=error))

    assert (done, verdicts) == (True, ["PASS", "FAIL"])
    assert said in checks[1]["detail"]


def test_nothing_to_ask_leaves_the_alias_alone():
    assert check(Lambda([{}]), probes=())[:2] == (True, ["PASS"])


def test_it_asks_as_the_manifests_health_checks_do(dynamodb, state_table, monkeypatch):
    register(dynamodb, state_table)
    monkeypatch.setattr(check_traffic, "client", lambda *_: Lambda([{"statusCode": 200}]))
    request = {
        "component": component(COMPONENT),
        "drill": drill(),
        "now": NOW,
        "captured": CAPTURED,
    }

    answer = check_traffic.handler(request, CONTEXT)

    assert [one["verdict"] for one in answer["checks"]] == ["PASS", "PASS"]
