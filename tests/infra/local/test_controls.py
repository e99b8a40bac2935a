"""The account's own API, and the calls that it counts and refuses."""

import pytest
from botocore.config import Config

from infra.local.control import running
from infra.local.controls import Controls, Refused


@pytest.fixture(scope="module")
def account():
    with running(bootstrap=False) as account:
        yield account


@pytest.fixture
def controls(account):
    yield account.controls
    account.controls.calm()
    account.controls.forget_calls()


@pytest.fixture
def client(account):
    """Make a client that asks once."""

    def client(service):
        import boto3

        return boto3.client(
            service,
            region_name=account.region,
            endpoint_url=account.endpoint,
            config=Config(retries={"total_max_attempts": 1}),
            **account.keys(),
        )

    return client


CALLS = {
    "dynamodb:ListTables": ("dynamodb", "list_tables", {}),
    "ec2:DescribeInstances": ("ec2", "describe_instances", {}),
    "s3:ListBuckets": ("s3", "list_buckets", {}),
    "sns:ListTopics": ("sns", "list_topics", {}),
    "lambda:ListFunctions": ("lambda", "list_functions", {}),
}


@pytest.mark.parametrize("action", CALLS)
def test_any_call_of_any_service_can_be_throttled_once(controls, client, action):
    service, method, parameters = CALLS[action]
    controls.add("calls", "error", actions=action, code="Throttling", times=1)
    call = getattr(client(service), method)
    with pytest.raises(Exception, match="Throttling"):
        call(**parameters)
    call(**parameters)
    assert controls.calls()[action] == 2


def test_a_call_can_be_done_and_its_answer_lost(controls, client):
    controls.add("calls", "lost", actions="sns:CreateTopic", code="InternalError", times=1)
    sns = client("sns")
    with pytest.raises(sns.exceptions.ClientError, match="InternalError"):
        sns.create_topic(Name="lost")
    assert [each["TopicArn"].rpartition(":")[2] for each in sns.list_topics()["Topics"]] == ["lost"]


def test_calls_are_counted_until_they_are_forgotten(controls, client):
    controls.forget_calls()
    for _ in range(3):
        client("ec2").describe_subnets()
    assert controls.calls() == {"ec2:DescribeSubnets": 3}
    controls.forget_calls()
    assert controls.calls() == {}


@pytest.mark.parametrize("profile", ["alice", "bob"])
def test_only_an_administrator_changes_the_weather(account, profile):
    others = Controls(account.endpoint, account.region, account.keys(profile))
    with pytest.raises(Refused, match="not authorized to perform: daytwo:SetWeather"):
        others.set("ec2", pending=1)


def test_a_request_signed_for_another_service_does_not_reach_it(account, client):
    bob = client("dynamodb")
    bob.meta.events.register(
        "before-sign", lambda request, **_: request.headers.replace_header(
            "X-Amz-Target", "DayTwo.CalmWeather"
        )
    )  # fmt: skip
    account.controls.set("ec2", pending=9)
    with pytest.raises(Exception, match=r"."):
        bob.list_tables()
    assert account.controls.describe_weather()["ec2"]["settings"]["pending"] == 9
    account.controls.calm()


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [("Rain", {}), ("SetWeather", {"part": "ec2"}), ("AddFault", {"part": "ec2", "kind": 1})],
)
def test_a_wrong_request_is_refused(controls, operation, parameters):
    with pytest.raises(Refused):
        controls._call(operation, **parameters)
