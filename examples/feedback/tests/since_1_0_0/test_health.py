import json

import pytest
import service
from botocore.exceptions import EndpointConnectionError
from health import handler


def test_it_is_healthy_while_both_tables_are_there(context):
    response = handler({"httpMethod": "GET", "path": "/health"}, context)
    body = json.loads(response["body"])
    assert response["statusCode"] == 200
    assert body["tables"] == {"feedback": "ACTIVE", "analytics": "ACTIVE"}
    assert body["version"] == "7"


def test_it_tells_which_release_it_is(context):
    body = json.loads(handler({}, context)["body"])
    assert body["release"].count(".") == 2


def test_a_missing_table_makes_it_unhealthy(context, database):
    database.delete_table(TableName="feedback-test-analytics")
    response = handler({}, context)
    assert response["statusCode"] == 503
    assert json.loads(response["body"])["tables"]["analytics"] == "ResourceNotFoundException"


def test_a_database_that_does_not_answer_makes_it_unhealthy(context, monkeypatch):
    def unreachable(**request):
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example.com")

    monkeypatch.setattr(service.dynamodb(), "describe_table", unreachable)
    body = json.loads(handler({}, context)["body"])
    assert body["status"] == "unhealthy"
    assert body["tables"]["feedback"] == "EndpointConnectionError"


@pytest.mark.parametrize("value", [[{"email": "a@b.example"}], {"deep": {"email": "x"}}])
def test_personal_data_is_taken_out_at_any_depth(value):
    assert "example" not in json.dumps(service.redacted(value))
    assert "[REDACTED]" in json.dumps(service.redacted(value))
