"""check_function: a copy that is not its version, or answers badly, is red."""

import io
import json

import pytest

from tasks.integrity import check_function

VERSION = {
    "Runtime": "python3.12",
    "Handler": "app.handler",
    "Timeout": 3,
    "MemorySize": 128,
    "Layers": [{"Arn": "arn:aws:lambda:us-east-1:1:layer:a:1", "CodeSize": 1}],
}


class Answering:
    """A function that answers a call, or fails."""

    def __init__(self, document, failed=False):
        self.document, self.failed = document, failed

    def invoke(self, **_):
        body = io.BytesIO(json.dumps(self.document).encode())
        return {"Payload": body, **({"FunctionError": "Unhandled"} if self.failed else {})}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512}}, ""),
        ({"Runtime": "python3.9"}, "Runtime is python3.9, not python3.12"),
        ({"Handler": "a.b"}, "Handler is a.b, not app.handler"),
        ({"Timeout": 900}, "Timeout is 900, not 3"),
        ({"Architectures": ["arm64"]}, "Architectures is ['arm64'], not ['x86_64']"),
        ({"Layers": []}, "Layers is [], not ['arn:aws:lambda:us-east-1:1:layer:a:1']"),
    ],
)
def test_settings_are_compared_as_lambda_takes_them(changes, said):
    found = check_function.settings(VERSION, {**VERSION, **changes})

    assert (found["verdict"], found["detail"]) == ("FAIL" if said else "PASS", said)


@pytest.mark.parametrize(
    ("wanted", "there", "missing"),
    [
        ({}, {}, ""),
        ({"TABLE": "prod"}, {"TABLE": "dev"}, ""),
        ({"TABLE": "prod"}, {"TABLE": "dev", "MORE": "1"}, ""),
        ({"TABLE": "prod", "TOPIC": "prod"}, {"TABLE": "dev"}, "TOPIC"),
    ],
)
def test_the_copy_has_each_variable_that_the_version_reads(wanted, there, missing):
    found = check_function.variables(
        {"Environment": {"Variables": wanted}}, {"Environment": {"Variables": there}}
    )

    assert (found["verdict"], found["detail"]) == ("FAIL" if missing else "PASS", missing)


@pytest.mark.parametrize(
    ("document", "failed", "verdict", "observed"),
    [
        ({"statusCode": 200}, False, "PASS", "status 200"),
        ({"statusCode": 500}, False, "FAIL", "status 500"),
        ({}, False, "FAIL", "no statusCode"),
        ({"errorType": "KeyError"}, True, "FAIL", "the function failed with KeyError"),
    ],
)
def test_the_copy_is_called_as_a_health_check_calls_the_function(
    document, failed, verdict, observed
):
    probe = {"payload": {}, "expect_status": 200}

    found = check_function.ask("drill-1f0c2a9b-a", 1, probe, Answering(document, failed))

    assert (found["verdict"], found["observed"]) == (verdict, observed)
