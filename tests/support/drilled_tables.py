"""A table of a shop, which drills restore and corrupt."""

import itertools

from drilled_systems import manifest

ITEMS = {
    "name": "items",
    "type": "dynamodb_table",
    "table": "shop-{environment}-items",
    "changed_attribute": "changed_at",
}
SOURCE = "shop-prod-items"
SCENARIOS = {"data-corruption": {"options": {"corrupt_items": 0}}}


class Shop:
    """A table of a shop, with the settings that a restore loses."""

    def __init__(self, house):
        self.house = house
        self.dynamodb = house.dynamodb
        self.number = itertools.count(1)

    def make(self, items=200, **component):
        self.house.register(manifest([{**ITEMS, **component}], SCENARIOS))
        self.dynamodb.create_table(
            TableName=SOURCE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("id", "day")
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-day",
                    "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            Tags=[{"Key": "team", "Value": "shop"}],
        )
        self.dynamodb.update_time_to_live(
            TableName=SOURCE,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"},
        )
        self.dynamodb.update_continuous_backups(
            TableName=SOURCE,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        self.write(items)
        # Past the five minutes by which the log lags, and within the RPO.
        self.house.clock.advance(400)

    def write(self, items):
        for _ in range(items):
            number = next(self.number)
            self.put(f"item-{number}", number)

    def put(self, identifier, amount):
        now = self.house.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        item = {"id": identifier, "day": now[:10], "changed_at": now}
        written = {name: {"S": value} for name, value in item.items()}
        self.dynamodb.put_item(TableName=SOURCE, Item={**written, "amount": {"N": str(amount)}})

    def drill(self, **more):
        return self.house.drill("shop", "data-corruption", name="one", **more)

    def checks(self):
        (component,) = self.house.evidence("one")["components"]
        return {check["name"]: check for check in component["checks"]}

    def tables(self):
        return set(self.dynamodb.list_tables()["TableNames"]) - {"daytwo-state", "daytwo-audit"}


def red(result, error="DrillFailed"):
    return (result.status, result.error) == ("FAILED", error)
