"""Is that for which the account changes moto's DynamoDB still there?"""

import pytest
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.table_export import TableExport
from moto.dynamodb.models.table_import import TableImport
from moto.dynamodb.responses import DynamoHandler
from moto_source import still_says


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (Table.all_items, "return sorted("),
        (Table.scan, "results.append(copy.deepcopy(item))"),
        (Table.query, "for item in self.all_items()"),
        (Table.describe, '"TableStatus": "ACTIVE"'),
        (Table.describe, '"ItemCount": len(self)'),
        (DynamoDBBackend.update_item, "item.update_with_attribute_updates(attribute_updates)"),
        (DynamoDBBackend.update_item, "table.stream_shard.add(orig_item, item)"),
        (DynamoDBBackend.delete_table, "return self.tables.pop(table_for_deletion.name)"),
        (DynamoDBBackend.restore_table_to_point_in_time, "without respect to other arguments"),
        (DynamoDBBackend.update_continuous_backups, '"LatestRestorableDateTime": unix_time()'),
        (DynamoDBBackend.create_backup, "Backup(self.account_id, self.region_name, backup_name"),
        (DynamoHandler.list_backups, 'table_name = body.get("TableName")'),
        (TableImport, "class TableImport(Thread)"),
        (TableExport, "class TableExport(Thread)"),
        (DynamoHandler.scan, "return DynamoResult(result)"),
    ],
)
def test_moto_is_still_as_it_was(thing, text):
    assert still_says(thing, text)


def test_moto_still_keeps_every_item_that_there_ever_was():
    before = len(Item.instances_tracked)
    Item.__new__(Item)
    assert len(Item.instances_tracked) == before + 1
    del Item.instances_tracked[before:]
