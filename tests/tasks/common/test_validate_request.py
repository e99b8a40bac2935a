import json

import pytest

from tasks import store
from tasks.common import validate_request
from tasks.errors import InvalidInput, Throttled

EXECUTION = {
    "id": "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:first",
    "name": "first",
    "started_at": "2026-01-01T00:00:00Z",
}
OTHER = EXECUTION | {"id": EXECUTION["id"] + "-other", "name": "first-other"}
REQUEST = {
    "system": "feedback",
    "release": "1.1.0",
    "environment": "staging",
    "requested_by": "alice",
}


def event(detail, event_id="e-1"):
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "Promotion Requested",
        "source": "ci",
        "account": "123456789012",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


def ask(document, execution=EXECUTION, workflow="promotion"):
    request = {"workflow": workflow, "document": document, "execution": execution}
    return validate_request.handler(request, None)


def refused(document):
    with pytest.raises(InvalidInput) as error:
        ask(document)
    return str(error.value)


def test_a_direct_input_gets_its_defaults():
    answer = ask(REQUEST)
    assert answer == {
        "request": REQUEST | {"reason": ""},
        "execution": EXECUTION,
        "duplicate": False,
    }


def test_an_event_and_a_direct_input_become_the_same_request(state_table):
    assert ask(event(REQUEST)) == ask(REQUEST)


def test_an_event_delivered_twice_starts_one_operation(state_table):
    assert ask(event(REQUEST))["duplicate"] is False
    assert ask(event(REQUEST), OTHER)["duplicate"] is True


def test_the_execution_that_took_the_event_may_ask_again(state_table):
    ask(event(REQUEST))
    assert ask(event(REQUEST))["duplicate"] is False


def test_two_events_with_the_same_request_are_two_operations(state_table):
    ask(event(REQUEST))
    assert ask(event(REQUEST, "e-2"), OTHER)["duplicate"] is False


def test_the_same_direct_input_twice_is_two_operations():
    ask(REQUEST)
    assert ask(REQUEST, OTHER)["duplicate"] is False


def test_an_event_that_was_refused_is_not_remembered(state_table):
    with pytest.raises(InvalidInput):
        ask(event(REQUEST | {"release": "latest"}))
    assert ask(event(REQUEST), OTHER)["duplicate"] is False


def test_an_event_is_forgotten_after_its_time_even_if_the_item_is_still_there(
    state_table, dynamodb
):
    key = store.event("promotion", "e-1")
    seen = validate_request.seen_before
    assert not seen(key, "first", 1000, state_table, dynamodb)
    later = 1000 + validate_request.REMEMBER_SECONDS
    assert seen(key, "second", later, state_table, dynamodb)
    assert not seen(key, "second", later + 1, state_table, dynamodb)


def test_the_item_of_an_event_has_a_time_to_live(state_table, dynamodb):
    validate_request.seen_before(store.event("promotion", "e-1"), "x", 1000, state_table, dynamodb)
    item = dynamodb.get_item(
        TableName=state_table, Key=store.to_item(store.event("promotion", "e-1"))
    )["Item"]
    assert store.from_item(item)["expires_at"] == 1000 + validate_request.REMEMBER_SECONDS


def test_every_wrong_field_is_named_at_once_with_what_to_do():
    said = refused({"system": "Feedback!", "release": "latest", "environment": 3, "force": True})
    for named in ("system", "release", "environment", "force", "requested_by"):
        assert named in said
    assert "schemas/workflows/promotion.json" in said


@pytest.mark.parametrize("document", [None, 7, "promote", [REQUEST], True])
def test_an_input_that_is_no_object_is_answered(document):
    assert "object" in refused(document)


def test_an_input_of_300_kib_is_answered_with_its_size():
    said = refused(REQUEST | {"reason": "é" * (150 * 1024)})
    assert "300 KiB" in said
    assert len(said) < 1000


def test_a_long_value_does_not_flood_the_message():
    assert len(refused(REQUEST | {"reason": "x" * 200_000})) < 1500


def test_deep_nesting_is_answered():
    document = {}
    for _ in range(20_000):
        document = {"a": document}
    assert "nested" in refused(document)


def test_nesting_that_python_can_walk_is_answered_too():
    document = {}
    for _ in range(50):
        document = {"a": document}
    assert "'a' was unexpected" in refused(document)


@pytest.mark.parametrize("detail", [None, [], "x", 5])
def test_an_event_whose_detail_is_no_object_is_answered(detail):
    assert "object" in refused(event(detail))


@pytest.mark.parametrize("event_id", ["", None, 5])
def test_an_event_without_an_id_is_refused(event_id):
    assert "no id" in refused(event(REQUEST, event_id))


def test_unexpected_fields_in_an_events_detail_are_named():
    assert "surprise" in refused(event(REQUEST | {"surprise": 1}))


@pytest.mark.parametrize("workflow", ["nothing", "../common", "Promotion"])
def test_an_unknown_workflow_is_refused(workflow):
    with pytest.raises(InvalidInput) as error:
        ask(REQUEST, workflow=workflow)
    assert workflow in str(error.value)


def test_throttling_may_be_retried(state_table, dynamodb, refusing):
    client = refusing(dynamodb, "put_item", "ThrottlingException")
    with pytest.raises(Throttled):
        validate_request.seen_before(store.event("p", "e"), "x", 1, state_table, client)


def test_the_example_input_is_valid(request):
    example = request.config.rootpath / "examples/inputs/promotion.json"
    assert ask(json.loads(example.read_text("utf-8")))["request"]["system"] == "feedback"
