"""What is published on a topic reaches its subscribers."""

import json

import pytest

from infra.local.account import ACCOUNT_ID, REGION

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:watch"


@pytest.fixture
def sns(account):
    return account.client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="news")["TopicArn"]


def test_a_function_gets_the_envelope_of_sns(sns, topic, functions):
    made = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)
    sns.publish(TopicArn=topic, Message="red", Subject="alarm")
    function, event = functions.next()
    assert function == FUNCTION
    (record,) = event["Records"]
    assert record["EventSource"] == "aws:sns"
    assert record["EventSubscriptionArn"] == made["SubscriptionArn"]
    assert record["Sns"]["Message"] == "red"
    assert record["Sns"]["Subject"] == "alarm"
    assert record["Sns"]["TopicArn"] == topic


def test_a_queue_gets_the_envelope_or_the_raw_message(sns, topic, make_queue, receive):
    wrapped_url, wrapped = make_queue("wrapped")
    raw_url, raw = make_queue("raw")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=wrapped)
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=raw, Attributes={"RawMessageDelivery": "true"}
    )
    sns.publish(
        TopicArn=topic,
        Message="red",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "alarm"}},
    )
    envelope = json.loads(receive(wrapped_url)["Body"])
    assert envelope["Message"] == "red"
    assert envelope["MessageAttributes"]["kind"]["Value"] == "alarm"
    message = receive(raw_url)
    assert message["Body"] == "red"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "alarm"


def test_a_filter_policy_chooses_messages(sns, topic, functions):
    made = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)["SubscriptionArn"]
    sns.set_subscription_attributes(
        SubscriptionArn=made,
        AttributeName="FilterPolicy",
        AttributeValue=json.dumps({"kind": ["alarm"]}),
    )
    for kind in ("news", "alarm"):
        sns.publish(
            TopicArn=topic,
            Message=kind,
            MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}},
        )
    assert functions.next()[1]["Records"][0]["Sns"]["Message"] == "alarm"


def test_people_and_web_addresses_get_nothing_as_nobody_confirms(sns, topic, functions):
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="someone@example.com")
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://127.0.0.1:1/")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)
    sns.publish(TopicArn=topic, Message="red")
    assert functions.next()[1]["Records"][0]["Sns"]["Message"] == "red"
    assert functions.invoked.empty()


def test_a_message_that_finds_no_subscriber_goes_to_its_dead_letter_queue(
    sns, topic, make_queue, receive
):
    url, arn = make_queue("dead-letters")
    missing = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:missing"
    redrive = json.dumps({"deadLetterTargetArn": arn})
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=missing, Attributes={"RedrivePolicy": redrive}
    )
    sns.publish(TopicArn=topic, Message="red")
    assert json.loads(receive(url)["Body"])["Message"] == "red"
