"""A drill of one table on the embedded account's DynamoDB, step by step, in the test's process."""

from functools import cache

import boto3
from botocore.config import Config
from drill_documents import drill
from tables import COPY, SOURCE, item, items_component

from tasks.drills import clocks, ledger
from tasks.drills.folders import Folder
from tasks.integrities import planning
from tasks.integrities.cursors import Cursors
from tasks.integrities.documents import Store
from tasks.integrity import check_table, compare_digests, digest_segment, plan_digest
from tasks.restore import match_table, remove_table, restore_table
from tasks.runtime import iso
from tasks.scenario import corrupt_items
from tasks.tables import places
from tasks.tables.settings import Clients

STATE, EVIDENCE = "daytwo-state", "daytwo-evidence"
LONG_AGO = "2020-01-01T00:00:00Z"
INDEX = {
    "IndexName": "by-text",
    "KeySchema": [{"AttributeName": "text", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
RICH = {
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": UNITS,
    "GlobalSecondaryIndexes": [{**INDEX, "ProvisionedThroughput": UNITS}],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    "DeletionProtectionEnabled": True,
    "Tags": [{"Key": "team", "Value": "feedback"}],
}
POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:GetItem",'
    ' "Principal": {"AWS": "123456789012"}, "Resource": "*"}]}'
)
ONCE = Config(retries={"total_max_attempts": 1})


@cache
def client(service, region="us-east-1"):
    """Give a client that asks once; to be asked for while AWS is mocked."""
    return boto3.client(service, region_name=region, config=ONCE)


class TableDrill:
    """A source with recovery switched on, and each step that a drill takes with its copy."""

    def __init__(self, account, **config):
        self.clock = account.clock
        self.weather = account.weather["dynamodb"]
        self.weather.set(latest_seconds=0)
        self.aws, self.s3 = client("dynamodb"), client("s3")
        self.clients = Clients(self.aws, client("cloudwatch"), client("application-autoscaling"))
        self.drill = drill()
        self.component = items_component(**config)
        self.store = Store(EVIDENCE, self.s3)
        self.s3.create_bucket(Bucket=EVIDENCE)
        self.create(STATE, ("pk", "sk"))

    def create(self, name=SOURCE, keys=("id",), **more):
        create_table(self.aws, name, keys, **more)

    def source(self, items=10, **more):
        """Make the source with so many items, recovered up to now."""
        self.create(SOURCE, **more)
        self.aws.update_continuous_backups(
            TableName=SOURCE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        self.write(*range(items))
        self.wait(120)
        self.point(at=self.now())
        self.wait(5)

    def write(self, *numbers, table=SOURCE, **more):
        for number in numbers:
            self.aws.put_item(TableName=table, Item=item(number, self.now(), **more))

    def wait(self, seconds):
        self.clock.advance(seconds)

    def now(self):
        return iso(self.clock.now())

    def point(self, **changes):
        """Restore from another point."""
        point = {**self.component["recovery_point"], **changes}
        self.component = {**self.component, "recovery_point": point}

    def plan(self):
        return ledger.plan(
            self.drill["id"],
            "table",
            self.component["copy"],
            component="items",
            target=self.drill["target"]["target"],
            now=self.now(),
            table=STATE,
            dynamodb=self.aws,
            detail=places.origin(self.component),
        )

    def restore(self):
        return restore_table.restore(self.component, self.aws, self.aws, self.now())

    def restored(self):
        """Restore until the copy is there."""
        self.plan()
        while not (answer := self.restore())["done"]:
            self.wait(10)
        return answer

    def match(self):
        folder = Folder(self.drill, "items", EVIDENCE, self.s3)
        step = match_table.Match(self.component, self.drill, self.clients, self.clients, folder)
        return step.go_on()

    def matched(self):
        """Bring settings back until no more can be done; gives the outcome of each."""
        while not (answer := self.match())["done"]:
            self.wait(10)
        return {one["setting"]: one["outcome"] for one in answer["differences"]}

    def digest(self, name):
        """Take a digest, as the steps of all its segments do."""
        request = {
            "component": self.component,
            "drill": self.drill,
            "backup": {},
            "name": name,
            "cut_off": "",
            "now": self.now(),
        }
        found = plan_digest.plan(request, lambda *_: self.aws, self.store)
        cursors = Cursors(STATE, self.aws)
        for number in found["segments"]:
            segment = digest_segment.Segment(found["digest"], number, self.store, cursors)
            segment.read(self.aws, clocks.instant(self.now()).timestamp(), lambda: True)
        return found["digest"]

    def compare(self, reference, copy, **more):
        request = {
            "component": self.component,
            "drill": self.drill,
            "reference": reference,
            "copy": copy,
            "again": {},
            "purpose": "restore",
            "expected_keys": [],
            "now": self.now(),
            **more,
        }
        return compare_digests.compare(request, self.store)

    def checked(self):
        """Restore, and compare the copy with what it should be."""
        reference = self.digest(planning.REFERENCE)
        self.restored()
        return self.compare(reference, self.digest("copy"))

    def check(self, reference, copy):
        request = {
            "component": self.component,
            "drill": self.drill,
            "reference": reference,
            "copy_digest": copy,
            "now": self.now(),
        }
        return check_table.check(request, self.aws, self.aws, self.store)

    def looked_at(self):
        """Restore, and check the shape, the samples and the news of the copy."""
        reference = self.digest(planning.REFERENCE)
        self.restored()
        return self.check(reference, self.digest("copy"))

    def corrupt(self, digest):
        request = {
            "component": self.component,
            "drill": self.drill,
            "copy_digest": digest,
            "now": self.now(),
        }
        folder = Folder(self.drill, "items", EVIDENCE, self.s3)
        return corrupt_items.corrupt(request, self.aws, folder)

    def corrupted(self, digest):
        """Corrupt the copy as soon as it can be restored to just before."""
        while not (answer := self.corrupt(digest))["done"]:
            self.wait(1)
        return answer

    def remove(self, name=COPY, planned_at=LONG_AGO):
        row = {"name": name, "detail": places.origin(self.component), "planned_at": planned_at}
        return remove_table.remove(
            row,
            self.now(),
            self.clients.dynamodb,
            self.clients.cloudwatch,
            self.clients.autoscaling,
        )


def create_table(aws, name=SOURCE, keys=("id",), **more):
    """Create a table; its indexes are of the items' text."""
    names = [*keys, *(["text"] if "GlobalSecondaryIndexes" in more else [])]
    aws.create_table(
        TableName=name,
        BillingMode=more.pop("BillingMode", "PAY_PER_REQUEST"),
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
        KeySchema=[
            {"AttributeName": each, "KeyType": kind}
            for each, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        **more,
    )


def alarm(cloudwatch, name="too-many-errors", of=SOURCE):
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/DynamoDB",
        MetricName="SystemErrors",
        Dimensions=[{"Name": "TableName", "Value": of}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=3,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=["arn:aws:sns:us-east-1:123456789012:page"],
    )


def scaling(autoscaling):
    where = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": f"table/{SOURCE}",
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    autoscaling.register_scalable_target(**where, MinCapacity=5, MaxCapacity=50)
    autoscaling.put_scaling_policy(
        **where,
        PolicyName=f"{SOURCE}-reads",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "DynamoDBReadCapacityUtilization"
            },
        },
    )


def enrich(clients):
    """Give the source what a restore loses, apart from what it was created with."""
    arn = clients.dynamodb.describe_table(TableName=SOURCE)["Table"]["TableArn"]
    clients.dynamodb.update_time_to_live(
        TableName=SOURCE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    clients.dynamodb.put_resource_policy(ResourceArn=arn, Policy=POLICY)
    alarm(clients.cloudwatch)
    scaling(clients.autoscaling)


def rich(table):
    """Make a source with all that a restore loses."""
    table.source(items=2, **RICH)
    enrich(table.clients)
