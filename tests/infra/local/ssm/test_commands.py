"""Commands reach who is online, take their time, fail by the weather, and are found again."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from fleets import make_fleet
from weather import weathered

from infra.local import ssm

PATCH = "AWS-RunPatchBaseline"
UNKNOWN = "i-00000000000000bad"


@pytest.fixture
def account(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with weathered(ssm) as account:
        yield account


@pytest.fixture
def weather(account):
    return account.weather["ssm"]


@pytest.fixture
def clients(account):
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client("ssm", config=once), boto3.client("ec2")


@pytest.fixture
def client(clients):
    return clients[0]


@pytest.fixture
def ids(clients):
    return make_fleet(clients[1], 3)


def send(client, ids, document=PATCH, **others):
    parameters = {"Operation": ["Install"]}
    reply = client.send_command(
        DocumentName=document, InstanceIds=ids, Parameters=parameters, **others
    )
    return reply["Command"]["CommandId"]


def statuses(client, command, **others):
    pages = client.get_paginator("list_command_invocations").paginate(
        CommandId=command, PaginationConfig={"PageSize": 2}, **others
    )
    return {
        one["InstanceId"]: one["StatusDetails"]
        for page in pages
        for one in page["CommandInvocations"]
    }


def test_a_command_is_pending_then_in_progress_then_a_success(account, client, ids, weather):
    weather.set(command=100)
    command = send(client, ids)

    seen = []
    for seconds in (0, 50, 50):
        account.clock.advance(seconds)
        seen.append(set(statuses(client, command).values()))

    assert seen == [{"Pending"}, {"InProgress"}, {"Success"}]


@pytest.mark.parametrize(
    ("kind", "status", "details"),
    [
        ("command_fails", "Failed", "Failed"),
        ("undeliverable", "Failed", "Undeliverable"),
        ("command_hangs", "InProgress", "InProgress"),
    ],
)
def test_the_weather_befalls_one_and_spares_the_others(
    account, client, ids, weather, kind, status, details
):
    weather.add(kind, ids=ids[0])
    command = send(client, ids)
    account.clock.advance(1)

    assert statuses(client, command) == {ids[0]: details, ids[1]: "Success", ids[2]: "Success"}
    told = client.get_command_invocation(CommandId=command, InstanceId=ids[0])
    assert (told["Status"], told["StatusDetails"]) == (status, details)


def test_a_failure_says_what_the_document_wrote(client, ids, weather):
    weather.add("command_fails", ids=ids[0])
    command = send(client, ids)

    (one,) = client.list_command_invocations(CommandId=command, InstanceId=ids[0], Details=True)[
        "CommandInvocations"
    ]

    assert "exit status 1" in one["CommandPlugins"][0]["Output"]


@pytest.mark.parametrize("kind", ["unmanaged", "connection_lost"])
def test_no_command_goes_to_whom_systems_manager_does_not_hear(client, ids, weather, kind):
    weather.add(kind, ids=ids[1])

    with pytest.raises(ClientError, match="InvalidInstanceId") as refusal:
        send(client, ids)

    assert f"[[{ids[1]}]]" in str(refusal.value)
    assert client.list_commands()["Commands"] == []


@pytest.mark.parametrize(
    ("others", "code"),
    [
        ({"ids": [UNKNOWN]}, "InvalidInstanceId"),
        ({"ids": [f"i-{number:017x}" for number in range(51)]}, "ValidationException"),
        ({"document": "no-such-document"}, "InvalidDocument"),
        ({"TimeoutSeconds": 30, "ids": []}, "InvalidInstanceId"),
    ],
)
def test_a_wrong_command_is_refused_as_on_aws(client, ids, others, code):
    with pytest.raises(ClientError, match=code):
        send(client, **{"ids": ids, **others})


def test_who_is_managed_is_told_page_by_page(clients, ids, weather):
    client, ec2 = clients
    weather.add("unmanaged", ids=ids[0])
    ec2.stop_instances(InstanceIds=[ids[1]])

    pages = client.get_paginator("describe_instance_information").paginate(
        Filters=[{"Key": "InstanceIds", "Values": [*ids, UNKNOWN]}],
        PaginationConfig={"PageSize": 5},
    )

    told = {
        one["InstanceId"]: one["PingStatus"]
        for page in pages
        for one in page["InstanceInformationList"]
    }
    assert told == {ids[1]: "ConnectionLost", ids[2]: "Online"}


def test_commands_are_found_by_document_and_time_the_newest_first(account, client, ids):
    send(client, ids, Comment="first")
    account.clock.advance(60)
    between = account.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    account.clock.advance(60)
    send(client, ids[:1], Comment="second")
    send(client, ids[:1], Comment="third")
    send(client, ids, "AWS-RunShellScript")

    found = client.list_commands(
        Filters=[
            {"key": "DocumentName", "value": PATCH},
            {"key": "InvokedAfter", "value": between},
        ]
    )["Commands"]

    assert [one["Comment"] for one in found] == ["third", "second"]
    assert found[0]["InstanceIds"] == ids[:1]


def test_a_cancelled_command_ends_where_it_has_not_ended(account, client, ids, weather):
    weather.add("command_hangs", ids=ids[0])
    command = send(client, ids)
    account.clock.advance(1)

    client.cancel_command(CommandId=command, InstanceIds=ids[:2])

    assert statuses(client, command) == {
        ids[0]: "Cancelled",
        ids[1]: "Success",
        ids[2]: "Success",
    }


def test_an_instance_that_ends_meanwhile_never_answers(account, clients, ids, weather):
    client, ec2 = clients
    weather.set(command=60)
    command = send(client, ids, TimeoutSeconds=600)
    ec2.terminate_instances(InstanceIds=ids[:1])

    account.clock.advance(61)
    early = statuses(client, command)
    account.clock.advance(600)

    assert early == {ids[0]: "InProgress", ids[1]: "Success", ids[2]: "Success"}
    assert statuses(client, command)[ids[0]] == "DeliveryTimedOut"


def test_patching_reports_what_it_left(client, ids, weather):
    weather.add("patches_fail", ids=ids[0])
    send(client, ids[:2])

    states = client.describe_instance_patch_states(InstanceIds=ids)["InstancePatchStates"]

    assert {one["InstanceId"]: one["FailedCount"] for one in states} == {ids[0]: 1, ids[1]: 0}
    assert {one["Operation"] for one in states} == {"Install"}


def test_an_error_by_the_weather_meets_one_call(client, ids, weather):
    weather.add("error", actions="SendCommand", code="ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        send(client, ids)

    assert client.list_commands()["Commands"] == []
    weather.calm()
    send(client, ids)
