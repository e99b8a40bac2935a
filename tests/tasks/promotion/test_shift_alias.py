"""Shifting moves traffic from one step to the next, and nothing that somebody else has moved."""

import boto3
import pytest
from botocore.stub import Stubber

from tasks.errors import AliasMoved, FunctionMissing, Throttled, Unavailable
from tasks.promotion import shift_alias

LIVE = {"FunctionName": "feedback-dev-health", "Name": "live"}


@pytest.fixture
def stubbed():
    client = boto3.client("lambda", region_name="us-east-1")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def alias(version, revision, **weights):
    shares = {key.removeprefix("v"): value for key, value in weights.items()}
    return {
        "FunctionVersion": version,
        "RevisionId": revision,
        **({"RoutingConfig": {"AdditionalVersionWeights": shares}} if shares else {}),
    }


def shift(client, percents, versions=("3", "4")):
    return shift_alias.shift("feedback-dev-health", "live", versions, percents, client)


def update(version, revision, **weights):
    shares = {key.removeprefix("v"): value for key, value in weights.items()}
    routing = {"RoutingConfig": {"AdditionalVersionWeights": shares}}
    return {**LIVE, "FunctionVersion": version, "RevisionId": revision, **routing}


@pytest.mark.parametrize(
    ("percents", "before", "request_", "after"),
    [
        ((0, 10), alias("3", "a"), update("3", "a", v4=0.1), alias("3", "b", v4=0.1)),
        ((10, 50), alias("3", "a", v4=0.1), update("3", "a", v4=0.5), alias("3", "b", v4=0.5)),
        ((50, 100), alias("3", "a", v4=0.5), update("4", "a"), alias("4", "b")),
        ((0, 100), alias("3", "a"), update("4", "a"), alias("4", "b")),
        ((100, 0), alias("4", "a"), update("3", "a"), alias("3", "b")),
    ],
)
def test_each_step_names_the_revision_that_it_read(stubbed, percents, before, request_, after):
    client, stub = stubbed
    stub.add_response("get_alias", before, LIVE)
    stub.add_response("update_alias", after, request_)

    reply = shift(client, percents)

    assert reply == {
        "function": "feedback-dev-health",
        "version": after["FunctionVersion"],
        "weights": after.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}),
        "revision_id": "b",
    }


def test_a_second_delivery_changes_nothing(stubbed):
    client, stub = stubbed
    stub.add_response("get_alias", alias("3", "b", v4=0.1), LIVE)

    assert shift(client, (0, 10))["revision_id"] == "b"


def test_a_new_function_moves_from_the_version_its_alias_was_made_with(stubbed):
    client, stub = stubbed
    stub.add_response("get_alias", alias("1", "a"), LIVE)
    stub.add_response("update_alias", alias("1", "b", v4=0.1), update("1", "a", v4=0.1))

    assert shift(client, (0, 10), versions=("", "4"))["version"] == "1"


def test_a_release_with_the_code_that_is_live_moves_nothing(stubbed):
    client, stub = stubbed
    stub.add_response("get_alias", alias("4", "a"), LIVE)

    assert shift(client, (0, 10), versions=("4", "4"))["weights"] == {}


def test_an_alias_that_somebody_moved_before_is_left_and_told(stubbed):
    client, stub = stubbed
    stub.add_response("get_alias", alias("9", "x"), LIVE)

    with pytest.raises(AliasMoved) as refusal:
        shift(client, (10, 50))

    assert "expected at version 3, version 4 0.1, and is at version 9" in str(refusal.value)


def test_an_alias_that_somebody_moves_meanwhile_is_left_and_told(stubbed):
    client, stub = stubbed
    stub.add_response("get_alias", alias("3", "a"), LIVE)
    stub.add_client_error("update_alias", "PreconditionFailedException", "revision")
    stub.add_response("get_alias", alias("2", "x"), LIVE)

    with pytest.raises(AliasMoved, match="expected at version 3, and is at version 2"):
        shift(client, (0, 10))


def test_a_change_whose_answer_was_lost_counts(stubbed):
    client, stub = stubbed
    stub.add_response("get_alias", alias("3", "a"), LIVE)
    stub.add_client_error("update_alias", "PreconditionFailedException", "revision")
    stub.add_response("get_alias", alias("3", "b", v4=0.1), LIVE)

    assert shift(client, (0, 10))["revision_id"] == "b"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ResourceNotFoundException", FunctionMissing),
        ("TooManyRequestsException", Throttled),
        ("ServiceException", Unavailable),
    ],
)
def test_what_lambda_says_of_reading_gets_a_name(stubbed, code, error):
    client, stub = stubbed
    stub.add_client_error("get_alias", code)

    with pytest.raises(error, match="feedback-dev-health:live"):
        shift(client, (0, 10))


@pytest.mark.parametrize(
    ("code", "error"),
    [("ResourceConflictException", Unavailable), ("TooManyRequestsException", Throttled)],
)
def test_what_lambda_says_of_moving_gets_a_name(stubbed, code, error):
    client, stub = stubbed
    stub.add_response("get_alias", alias("3", "a"), LIVE)
    stub.add_client_error("update_alias", code)

    with pytest.raises(error, match="feedback-dev-health:live"):
        shift(client, (0, 10))


def test_the_function_answers_by_its_schema(function):
    version, _ = function.release("new")

    reply = shift_alias.handler(
        {
            "function": function.name,
            "alias": function.alias,
            "from_version": "1",
            "to_version": version,
            "from_percent": 0,
            "to_percent": 10,
            "target": {},
        },
        None,
    )

    assert reply["weights"] == {version: 0.1}
    assert function.routing() == ("1", {version: 0.1})
