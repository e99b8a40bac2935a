import boto3
import pytest
from botocore.stub import Stubber

from tasks import errors, transactions

ACTION = {"Put": {"TableName": "state", "Item": {"pk": {"S": "LIVE#shop"}, "sk": {"S": "dev"}}}}


@pytest.fixture
def cancelled():
    """Give the outcome of a transaction that DynamoDB cancels for these reasons."""

    def outcome(*codes):
        client = boto3.client(
            "dynamodb",
            region_name="us-east-1",
            aws_access_key_id="none",
            aws_secret_access_key="none",
        )
        with Stubber(client) as stub:
            stub.add_client_error(
                "transact_write_items",
                "TransactionCanceledException",
                modeled_fields={"CancellationReasons": [{"Code": code} for code in codes]},
            )
            return transactions.write([ACTION], client, "record of shop/dev")

    return outcome


def test_a_failed_condition_is_told_by_its_place(cancelled):
    codes = ["None", "ConditionalCheckFailed", "None"]
    assert cancelled(*codes) == codes


def test_a_failed_condition_counts_more_than_a_conflict(cancelled):
    codes = ["TransactionConflict", "ConditionalCheckFailed"]
    assert cancelled(*codes) == codes


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("TransactionConflict", errors.Unavailable),
        ("ProvisionedThroughputExceeded", errors.Throttled),
        ("ThrottlingError", errors.Throttled),
        ("ValidationError", errors.AwsCallFailed),
    ],
)
def test_what_may_pass_is_told_from_what_will_not(code, raised, cancelled):
    with pytest.raises(raised):
        cancelled("None", code)
