"""OpsItems are opened once for each dedup string, changed, filtered and paged."""

import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from weather import weathered

from infra.local import ssm


@pytest.fixture
def account():
    with weathered(ssm) as account:
        yield account


@pytest.fixture
def client(account):
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client("ssm", region_name="us-east-1", config=once)


@pytest.fixture
def opened(client):
    """Open an OpsItem."""

    def opened(title="The drill failed", **asked):
        return client.create_ops_item(
            Title=title, Description="what is to be done", Source="daytwo", **asked
        )["OpsItemId"]

    return opened


def dedup(text):
    value = json.dumps({"dedupString": text})
    return {"/aws/dedup": {"Value": value, "Type": "SearchableString"}}


def listed(client, **wanted):
    filters = [
        {"Key": key, "Values": [value], "Operator": "Equal"} for key, value in wanted.items()
    ]
    reply = client.describe_ops_items(OpsItemFilters=filters)
    return [each["Title"] for each in reply["OpsItemSummaries"]]


def test_an_ops_item_is_open_until_it_is_resolved(account, client, opened):
    item = opened(
        Severity="2",
        Category="Recovery",
        OperationalData={"drill": {"Value": "d-1", "Type": "SearchableString"}},
    )
    told = client.get_ops_item(OpsItemId=item)["OpsItem"]
    assert (told["Status"], told["Severity"], told["Version"]) == ("Open", "2", "1")
    assert told["CreatedTime"] == account.clock.now().replace(
        microsecond=told["CreatedTime"].microsecond
    )
    account.clock.advance(60)
    client.update_ops_item(
        OpsItemId=item,
        Status="Resolved",
        OperationalData={"retest": {"Value": "d-2", "Type": "SearchableString"}},
    )
    told = client.get_ops_item(OpsItemId=item)["OpsItem"]
    assert (told["Status"], told["Version"]) == ("Resolved", "2")
    assert sorted(told["OperationalData"]) == ["drill", "retest"]
    assert (told["LastModifiedTime"] - told["CreatedTime"]).total_seconds() == 60


def test_an_ops_item_tells_who_opened_and_who_changed_it(client):
    users = []
    iam = boto3.client("iam")
    for name in ("alice", "bob"):
        users.append(iam.create_user(UserName=name)["User"]["Arn"])
        key = iam.create_access_key(UserName=name)["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
        theirs = session.client("ssm", region_name="us-east-1")
        if name == "alice":
            item = theirs.create_ops_item(Title="t", Description="d", Source="s")["OpsItemId"]
        theirs.update_ops_item(OpsItemId=item, Priority=1)
    told = client.get_ops_item(OpsItemId=item)["OpsItem"]
    assert [told["CreatedBy"], told["LastModifiedBy"]] == users


def test_only_one_ops_item_of_a_dedup_string_is_open(client, opened):
    first = opened(OperationalData=dedup("orders/table"))
    opened(OperationalData=dedup("people/table"))
    with pytest.raises(client.exceptions.OpsItemAlreadyExistsException, match=first):
        opened(OperationalData=dedup("orders/table"))
    client.update_ops_item(OpsItemId=first, Status="Resolved")
    assert opened(OperationalData=dedup("orders/table")) != first


def test_ops_items_are_filtered_and_paged(client, opened):
    for number in range(3):
        opened(f"item {number}", OperationalData={"n": {"Value": str(number)}})
    client.update_ops_item(OpsItemId=opened("done"), Status="Resolved")
    assert listed(client, Status="Open") == ["item 2", "item 1", "item 0"]
    assert listed(client, Status="Open", OperationalDataValue="1") == ["item 1"]
    assert listed(client, OperationalData='{"key":"n","value":"2"}') == ["item 2"]
    assert listed(client, Source="somebody") == []
    page = client.describe_ops_items(MaxResults=3)
    rest = client.describe_ops_items(MaxResults=3, NextToken=page["NextToken"])
    titles = [each["Title"] for each in page["OpsItemSummaries"] + rest["OpsItemSummaries"]]
    assert titles == ["done", "item 2", "item 1", "item 0"]
    assert "NextToken" not in rest


@pytest.mark.parametrize(
    "data",
    [{"aws/own": {"Value": "x"}}, {"k" * 129: {"Value": "x"}}, {"large": {"Value": "x" * 20481}}],
    ids=["a reserved key", "a long key", "a large value"],
)
def test_data_beyond_the_limits_are_refused(client, opened, data):
    with pytest.raises(client.exceptions.OpsItemInvalidParameterException):
        opened(OperationalData=data)


def test_an_ops_item_that_is_not_there_is_not_found(client, opened):
    item = opened()
    client.delete_ops_item(OpsItemId=item)
    client.delete_ops_item(OpsItemId=item)
    with pytest.raises(client.exceptions.OpsItemNotFoundException):
        client.get_ops_item(OpsItemId=item)


def test_ops_center_can_be_out_of_reach(account, client, opened):
    account.weather["ssm"].add("error", actions="CreateOpsItem", code="InternalServerError")
    with pytest.raises(ClientError, match="InternalServerError"):
        opened()
