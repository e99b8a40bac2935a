"""Event source mappings: table streams and queues."""

import json

import pytest

PRINT = """
import json
def handler(event, context):
    print("batch " + json.dumps(event["Records"]))
    if any("poison" in json.dumps(record) for record in event["Records"]):
        raise ValueError("poison")
"""


def batches(cloud, name):
    """Give the batches that a function has seen."""
    try:
        lines = cloud.log(f"/aws/lambda/{name}")
    except cloud.client("logs").exceptions.ResourceNotFoundException:
        return []
    return [json.loads(line.partition(" ")[2]) for line in lines if line.startswith("batch ")]


def make_table(cloud, name):
    """Make a table with a stream; give the stream's ARN."""
    table = cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return table["TableDescription"]["LatestStreamArn"]


def put(cloud, table, identifier):
    """Put an item."""
    cloud.client("dynamodb").put_item(TableName=table, Item={"id": {"S": identifier}})


@pytest.fixture
def queues(cloud):
    """SQS's client."""
    return cloud.client("sqs")


def make_queue(queues, name, **attributes):
    """Make a queue; give its URL and ARN."""
    url = queues.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, arn["Attributes"]["QueueArn"]


def test_a_tables_changes_arrive_once_each_and_in_order(cloud):
    stream = make_table(cloud, "orders")
    cloud.create("orders-seen", PRINT)
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="orders-seen", EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
    )

    for number in range(5):
        put(cloud, "orders", str(number))

    def seen():
        return [record for batch in batches(cloud, "orders-seen") for record in batch]

    cloud.until(lambda: len(seen()) >= 5)
    records = seen()
    assert [record["dynamodb"]["NewImage"]["id"]["S"] for record in records] == list("01234")
    assert {record["eventName"] for record in records} == {"INSERT"}
    assert {record["eventSourceARN"] for record in records} == {stream}
    assert isinstance(records[0]["dynamodb"]["ApproximateCreationDateTime"], int)


def test_a_mapping_follows_the_alias(cloud):
    stream = make_table(cloud, "aliased")
    cloud.create("follower", PRINT)
    lambdas = cloud.client("lambda")
    lambdas.publish_version(FunctionName="follower")
    alias = lambdas.create_alias(FunctionName="follower", Name="live", FunctionVersion="1")
    mapping = lambdas.create_event_source_mapping(
        FunctionName=alias["AliasArn"], EventSourceArn=stream, StartingPosition="LATEST"
    )
    cloud.update("follower", PRINT.replace("batch ", "batch  "))
    lambdas.publish_version(FunctionName="follower")
    lambdas.update_alias(FunctionName="follower", Name="live", FunctionVersion="2")

    put(cloud, "aliased", "1")

    assert mapping["FunctionArn"] == alias["AliasArn"]
    cloud.until(lambda: batches(cloud, "follower"))
    assert any(line.startswith("batch  ") for line in cloud.log("/aws/lambda/follower"))


def test_a_batch_that_nobody_takes_is_tried_again_and_then_put_aside(cloud, queues):
    stream = make_table(cloud, "spoilt")
    url, arn = make_queue(queues, "aside")
    cloud.create("spoilt-seen", PRINT)
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="spoilt-seen",
        EventSourceArn=stream,
        StartingPosition="LATEST",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )

    put(cloud, "spoilt", "poison")
    aside = cloud.until(lambda: queues.receive_message(QueueUrl=url).get("Messages"))
    put(cloud, "spoilt", "good")

    assert json.loads(aside[0]["Body"])["DDBStreamBatchInfo"]["batchSize"] == 1
    cloud.until(lambda: len(batches(cloud, "spoilt-seen")) == 3)
    last = batches(cloud, "spoilt-seen")[-1]
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in last] == ["good"]


def test_a_batch_is_halved_until_the_bad_record_is_alone(cloud):
    stream = make_table(cloud, "halved")
    cloud.create("halved-seen", PRINT)
    mapping = cloud.client("lambda").create_event_source_mapping(
        FunctionName="halved-seen",
        EventSourceArn=stream,
        StartingPosition="LATEST",
        MaximumRetryAttempts=0,
        BisectBatchOnFunctionError=True,
        Enabled=False,
    )
    for identifier in ("a", "b", "poison", "c"):
        put(cloud, "halved", identifier)

    cloud.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    def keys():
        return [
            "".join(record["dynamodb"]["Keys"]["id"]["S"] for record in batch)
            for batch in batches(cloud, "halved-seen")
        ]

    cloud.until(lambda: len(keys()) == 5)
    assert keys() == ["abpoisonc", "ab", "poisonc", "poison", "c"]


def test_a_filter_keeps_records_back(cloud, queues):
    url, arn = make_queue(queues, "sorted")
    cloud.create("sorted-seen", PRINT)
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="sorted-seen",
        EventSourceArn=arn,
        FilterCriteria={"Filters": [{"Pattern": '{"body": {"colour": ["red"]}}'}]},
    )

    for colour in ("blue", "red"):
        queues.send_message(QueueUrl=url, MessageBody=json.dumps({"colour": colour}))

    (batch,) = cloud.until(lambda: batches(cloud, "sorted-seen"))
    assert [record["body"] for record in batch] == ['{"colour": "red"}']
    cloud.until(lambda: not sum(map(int, depth(queues, url).values())))


def test_a_writer_does_not_wait_for_the_function(cloud):
    stream = make_table(cloud, "slow")
    cloud.create(
        "slow-seen",
        """
        import pathlib, time
        def handler(event, context):
            while not pathlib.Path("/proc/self/cwd").exists():
                time.sleep(60)
            time.sleep(60)
        """,
        Timeout=60,
    )
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="slow-seen", EventSourceArn=stream, StartingPosition="LATEST"
    )

    put(cloud, "slow", "1")

    item = cloud.client("dynamodb").get_item(TableName="slow", Key={"id": {"S": "1"}})["Item"]
    assert item == {"id": {"S": "1"}}
    cloud.client("lambda").delete_function(FunctionName="slow-seen")


def test_messages_are_deleted_when_they_are_taken(cloud, queues):
    url, arn = make_queue(queues, "work")
    cloud.create("worker", PRINT)
    cloud.client("lambda").create_event_source_mapping(FunctionName="worker", EventSourceArn=arn)

    queues.send_message(
        QueueUrl=url,
        MessageBody="dig",
        MessageAttributes={"depth": {"DataType": "Number", "StringValue": "3"}},
    )

    (batch,) = cloud.until(lambda: batches(cloud, "worker"))
    assert batch[0]["body"] == "dig"
    assert batch[0]["eventSource"] == "aws:sqs"
    cloud.until(lambda: not sum(map(int, depth(queues, url).values())))


def depth(queues, url):
    """Count the messages of a queue, seen and unseen."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return queues.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]


def test_a_message_that_is_never_taken_goes_to_the_dead_letter_queue(cloud, queues):
    dead_url, dead = make_queue(queues, "dead")
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
    url, arn = make_queue(queues, "alive", RedrivePolicy=redrive, VisibilityTimeout="30")
    cloud.create("refusing", PRINT)
    cloud.client("lambda").create_event_source_mapping(FunctionName="refusing", EventSourceArn=arn)

    queues.send_message(QueueUrl=url, MessageBody="poison")

    (message,) = cloud.until(lambda: queues.receive_message(QueueUrl=dead_url).get("Messages"))
    assert message["Body"] == "poison"
    counts = [
        record["attributes"]["ApproximateReceiveCount"]
        for batch in batches(cloud, "refusing")
        for record in batch
    ]
    assert counts == ["1", "2"]


def test_only_the_failed_messages_of_a_batch_come_again(cloud, queues):
    url, arn = make_queue(queues, "partial")
    cloud.create(
        "partial-seen",
        """
        import json
        def handler(event, context):
            print("batch " + json.dumps(event["Records"]))
            return {
                "batchItemFailures": [
                    {"itemIdentifier": record["messageId"]}
                    for record in event["Records"]
                    if record["attributes"]["ApproximateReceiveCount"] == "1"
                    and record["body"] == "later"
                ]
            }
        """,
    )
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="partial-seen",
        EventSourceArn=arn,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )

    queues.send_message_batch(
        QueueUrl=url,
        Entries=[{"Id": body, "MessageBody": body} for body in ("now", "later")],
    )

    cloud.until(
        lambda: len([one for batch in batches(cloud, "partial-seen") for one in batch]) == 3
    )
    bodies = [one["body"] for batch in batches(cloud, "partial-seen") for one in batch]
    assert sorted(bodies) == ["later", "later", "now"]


def test_a_disabled_mapping_delivers_when_it_is_enabled(cloud, queues):
    url, arn = make_queue(queues, "paused")
    cloud.create("paused-seen", PRINT)
    lambdas = cloud.client("lambda")
    mapping = lambdas.create_event_source_mapping(
        FunctionName="paused-seen", EventSourceArn=arn, Enabled=False
    )
    queues.send_message(QueueUrl=url, MessageBody="patience")
    assert batches(cloud, "paused-seen") == []

    lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    (batch,) = cloud.until(lambda: batches(cloud, "paused-seen"))
    assert batch[0]["body"] == "patience"
