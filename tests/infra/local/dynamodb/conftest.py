"""A table on an account whose clock the test moves, in the test's own process."""

from functools import cache

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from weather import weathered

from infra.local import dynamodb


@cache
def client(region="us-east-1"):
    """Give a client that asks once; to be asked for while AWS is mocked."""
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client("dynamodb", region_name=region, config=once)


class Desk:
    """A few words for what the tests do with DynamoDB."""

    def __init__(self, account):
        self.account = account
        self.clock = account.clock
        self.weather = account.weather["dynamodb"]
        self.aws = client()
        self.client = client

    def create(self, name="source", keys=("id",), pitr=True, **more):
        kinds = zip(keys, ("HASH", "RANGE"), strict=False)
        extra = [
            key["AttributeName"]
            for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
            for index in more.get(kind, [])
            for key in index["KeySchema"]
        ]
        names = list(dict.fromkeys([*keys, *extra]))
        self.aws.create_table(
            TableName=name,
            BillingMode=more.pop("BillingMode", "PAY_PER_REQUEST"),
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
            KeySchema=[{"AttributeName": each, "KeyType": kind} for each, kind in kinds],
            **more,
        )
        if pitr:
            self.protect(name)

    def protect(self, name="source", on=True, **more):
        self.aws.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on, **more},
        )

    def put(self, key, table="source", **attributes):
        item = {"id": {"S": str(key)}, **attributes}
        self.aws.put_item(TableName=table, Item=item)

    def describe(self, name):
        return self.aws.describe_table(TableName=name)["Table"]

    def status(self, name):
        return self.describe(name)["TableStatus"]

    def window(self, name="source"):
        told = self.aws.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        return told["PointInTimeRecoveryDescription"]

    def restore(self, name="copy1", at=None, **more):
        when = {"RestoreDateTime": at} if at else {"UseLatestRestorableTime": True}
        source = {} if "SourceTableArn" in more else {"SourceTableName": "source"}
        aws = more.pop("aws", self.aws)
        return aws.restore_table_to_point_in_time(TargetTableName=name, **source, **when, **more)[
            "TableDescription"
        ]

    def back_up(self, table="source", name="weekly"):
        made = self.aws.create_backup(TableName=table, BackupName=name)
        return made["BackupDetails"]["BackupArn"]

    def items(self, table):
        """Give all items by what their keys are."""
        pages = self.aws.get_paginator("scan").paginate(TableName=table)
        items = [item for page in pages for item in page["Items"]]
        return {item["id"]["S"] + item.get("at", {"S": ""})["S"]: item for item in items}


@pytest.fixture
def desk():
    with weathered(dynamodb) as account:
        yield Desk(account)


@pytest.fixture
def refused():
    """Give the code with which a call is refused."""

    def code(call, *args, **kwargs):
        with pytest.raises(ClientError) as error:
            call(*args, **kwargs)
        return error.value.response["Error"]["Code"]

    return code
