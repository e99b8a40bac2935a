"""The system's own functions say whether a copy is good, and a silent one never means yes."""

import json
from io import BytesIO

import pytest
from botocore.exceptions import ClientError
from drill_documents import NOW, PREFIX, component, drill

from tasks.errors import Throttled
from tasks.integrity import check_application


class Lambda:
    """A function that answers, crashes, or is refused."""

    def __init__(self, answer=None, crashed=False, code=""):
        self.answer, self.crashed, self.code, self.asked = answer, crashed, code, []

    def invoke(self, **asked):
        self.asked.append({**asked, "Payload": json.loads(asked["Payload"])})
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "Invoke")
        failed = {"FunctionError": "Unhandled"} if self.crashed else {}
        return {"Payload": BytesIO(json.dumps(self.answer).encode()), **failed}


def look(**changes):
    return {
        "name": "the newest can be read",
        "component": "items",
        "function": "feedback-dev-check-restore",
        "payload": {"table": "{copy}"},
        "expect_status": 200,
        **changes,
    }


def ask(lambda_, *looks, endpoint=""):
    planned = component(application_checks=list(looks or [look()]))
    return check_application.check(planned, endpoint, lambda_)["checks"]


@pytest.mark.parametrize(
    ("answer", "crashed", "verdict", "observed"),
    [
        ({"statusCode": 200}, False, "PASS", "status 200"),
        ({"statusCode": 503}, False, "FAIL", "status 503"),
        ({"verdict": "PASS", "detail": "3 of 3"}, False, "PASS", "verdict PASS"),
        ({"verdict": "FAIL", "detail": "2 of 3"}, False, "FAIL", "verdict FAIL"),
        ({"verdict": "maybe"}, False, "ERROR", "no statusCode"),
        ({"errorType": "KeyError"}, True, "ERROR", "the function failed with KeyError"),
        ({"verdict": "PASS"}, True, "ERROR", "the function failed with Unhandled"),
        (None, False, "ERROR", "no statusCode"),
        ([1], False, "ERROR", "no statusCode"),
        ("ok", False, "ERROR", "no statusCode"),
    ],
)
def test_answers_are_judged(answer, crashed, verdict, observed):
    (found,) = ask(Lambda(answer, crashed))

    assert (found["verdict"], found["observed"]) == (verdict, observed)


@pytest.mark.parametrize(
    "code", ["ResourceNotFoundException", "AccessDeniedException", "InvalidRuntimeException"]
)
def test_a_function_that_cannot_be_called_is_an_error_and_keeps_no_other_back(code):
    found = ask(Lambda(code=code), look(name="first"), look(name="second"))

    assert [(one["name"], one["verdict"]) for one in found] == [
        ("first", "ERROR"),
        ("second", "ERROR"),
    ]
    assert code in found[0]["detail"]


def test_throttling_is_left_to_the_workflow():
    with pytest.raises(Throttled):
        ask(Lambda(code="TooManyRequestsException"))


def test_names_of_the_copy_are_filled_in_wherever_they_stand():
    lambda_ = Lambda({"statusCode": 200})
    payload = {"a": ["{copy}", 1], "b": {"url": "https://{endpoint}/{copy}"}}

    ask(lambda_, look(payload=payload), endpoint="db.example")

    name = f"{PREFIX}-items"
    assert lambda_.asked[0]["Payload"] == {
        "a": [name, 1],
        "b": {"url": f"https://db.example/{name}"},
    }


def test_no_checks_are_no_checks():
    planned = component()

    assert check_application.check(planned, "", Lambda()) == {"checks": []}


def test_an_answers_body_never_reaches_the_evidence():
    (found,) = ask(Lambda({"statusCode": 500, "body": "alice@example.com"}))

    assert "alice" not in str(found)


def test_it_runs_as_a_function(state_table, monkeypatch):
    monkeypatch.setattr(check_application, "client", lambda *_: Lambda({"statusCode": 200}))
    request = {"component": component(application_checks=[look()]), "drill": drill(), "now": NOW}

    assert check_application.handler(request, None)["checks"][0]["verdict"] == "PASS"
