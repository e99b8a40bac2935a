"""A table has one backup of a name, however often the step is delivered."""

import pytest
from backups import NOW, backup, component

from tasks.backup import back_up_table
from tasks.errors import AccessRefused, BackupFailed, Throttled


@pytest.fixture
def orders(dynamodb):
    dynamodb.create_table(
        TableName="shop-prod-orders",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "customer", "KeyType": "HASH"},
            {"AttributeName": "placed", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("customer", "placed", "by")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-state",
                "KeySchema": [{"AttributeName": "by", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def made(dynamodb):
    return dynamodb.list_backups(TableName="shop-prod-orders")["BackupSummaries"]


def test_the_backup_bears_the_name_it_is_found_by(dynamodb, orders):
    answer = back_up_table.back_up(backup(), component(), dynamodb)

    (found,) = made(dynamodb)
    assert found["BackupName"] == "daytwo-20261102t030000-0000000a-orders"
    assert answer["points"][0]["id"] == found["BackupArn"]
    assert answer["points"][0]["at"].endswith("Z")


def test_a_second_delivery_makes_no_second_backup(dynamodb, orders):
    first = back_up_table.back_up(backup(), component(), dynamodb)
    again = back_up_table.back_up(backup(), component(), dynamodb)

    assert again["points"] == first["points"]
    assert len(made(dynamodb)) == 1


def test_another_backup_of_the_table_is_not_taken_for_ours(dynamodb, orders):
    back_up_table.back_up(backup("20261026t030000-0000000b"), component(), dynamodb)
    back_up_table.back_up(backup(), component(), dynamodb)

    assert len(made(dynamodb)) == 2


def test_the_shape_of_the_table_is_kept_beside_it(dynamodb, orders):
    schema = back_up_table.back_up(backup(), component(), dynamodb)["detail"]["schema"]

    assert schema["keys"] == ["customer", "placed"]
    assert schema["indexes"] == [
        {"name": "by-state", "kind": "global", "keys": ["by"], "projection": "ALL"}
    ]
    assert schema["billing"] == "PAY_PER_REQUEST"


class Answering:
    """DynamoDB whose backup is in a given state."""

    def __init__(self, real, status):
        self.real, self.status = real, status

    def __getattr__(self, name):
        return getattr(self.real, name)

    def describe_backup(self, **request):
        answer = self.real.describe_backup(**request)
        answer["BackupDescription"]["BackupDetails"]["BackupStatus"] = self.status
        return answer


@pytest.mark.parametrize(("status", "done"), [("CREATING", False), ("AVAILABLE", True)])
def test_it_is_done_when_dynamodb_says_so(dynamodb, orders, status, done):
    answer = back_up_table.back_up(backup(), component(), Answering(dynamodb, status))

    assert (answer["done"], answer["state"]) == (done, status)


def test_a_backup_that_is_deleted_meanwhile_has_failed(dynamodb, orders):
    with pytest.raises(BackupFailed, match="was deleted while it was made"):
        back_up_table.back_up(backup(), component(), Answering(dynamodb, "DELETED"))


def test_a_table_that_is_not_there_has_no_backup(dynamodb):
    with pytest.raises(BackupFailed, match="shop-prod-orders"):
        back_up_table.back_up(backup(), component(), dynamodb)


@pytest.mark.parametrize(
    ("code", "error"),
    [("AccessDeniedException", AccessRefused), ("ThrottlingException", Throttled)],
)
def test_a_refusal_is_told_as_what_it_is(dynamodb, orders, refusing, code, error):
    with pytest.raises(error):
        back_up_table.back_up(backup(), component(), refusing(dynamodb, "create_backup", code))


def test_the_function_answers_by_its_schema(orders):
    answer = back_up_table.handler({"backup": backup(), "component": component(), "now": NOW}, None)

    assert answer["points"][0]["resource"] == "shop-prod-orders"
