"""What a look at an instance tells, state by state."""

import boto3
import pytest
from botocore.stub import Stubber

from tasks.errors import AwsCallFailed, Throttled
from tasks.fleets import sightings
from tasks.fleets.sightings import Sighting

OK, BAD = ("ok", "ok"), ("ok", "impaired")
BEFORE = {"state": "stopped", "type": "t3.micro"}
IDS = [f"i-{number:017x}" for number in range(3)]
BY_USER = "Client.UserInitiatedShutdown"
KMS = ("Client.InternalError", "Client.InternalError: Client error on launch")


@pytest.mark.parametrize(
    ("goal", "sighting", "there"),
    [
        ("running", Sighting("running"), True),
        ("running", Sighting("running", checks=OK), True),
        ("running", Sighting("running", checks=BAD), False),
        ("running", Sighting("running", checks=("initializing", "ok")), False),
        ("running", Sighting("pending"), False),
        ("running", Sighting("missing"), False),
        ("stopped", Sighting("stopped"), True),
        ("stopped", Sighting("stopping"), False),
        ("stopped", Sighting("terminated"), False),
        ("terminated", Sighting("terminated"), True),
        ("terminated", Sighting("missing"), True),
        ("terminated", Sighting("shutting-down"), False),
        ("terminated", Sighting("running"), False),
    ],
)
def test_who_has_arrived(goal, sighting, there):
    assert sighting.arrived(goal) is there


@pytest.mark.parametrize(
    ("goal", "sighting", "looks", "error"),
    [
        ("running", Sighting("stopped", "", *KMS), 1, "FellBackToStopped"),
        ("running", Sighting("stopped", "", BY_USER), 1, ""),
        ("running", Sighting("stopped", "", BY_USER), 2, "FellBackToStopped"),
        ("running", Sighting("stopped"), 1, "FellBackToStopped"),
        ("running", Sighting("stopping"), 9, ""),
        ("running", Sighting("running", checks=BAD), 9, ""),
        ("running", Sighting("terminated"), 1, "Terminated"),
        ("running", Sighting("missing"), 1, "Terminated"),
        ("stopped", Sighting("shutting-down"), 1, "Terminated"),
        ("stopped", Sighting("running"), 9, ""),
        ("terminated", Sighting("missing"), 1, ""),
        ("terminated", Sighting("running"), 9, ""),
    ],
)
def test_what_went_wrong_for_good(goal, sighting, looks, error):
    failure = sighting.trouble(goal, looks)
    assert (failure[0] if failure else "") == error


def test_a_fall_back_is_told_with_ec2s_own_reason():
    _, reason = Sighting("stopped", "", *KMS).trouble("running", 1)
    assert reason.endswith("Client.InternalError: Client error on launch")


@pytest.mark.parametrize(
    ("goal", "sighting", "error", "words"),
    [
        ("running", Sighting("running", checks=BAD), "StatusCheckFailed", "instance impaired"),
        ("running", Sighting("running", checks=("initializing", "ok")), "TimedOut", "initializing"),
        ("running", Sighting("pending"), "TimedOut", "it is pending; it should be running"),
        ("stopped", Sighting("stopping"), "TimedOut", "it is stopping; it should be stopped"),
        ("stopped", Sighting("missing"), "Terminated", "by somebody else"),
        ("terminated", Sighting("shutting-down"), "TimedOut", "it should be terminated"),
    ],
)
def test_what_is_told_of_who_is_late(goal, sighting, error, words):
    failure = sighting.late(goal, 7)
    assert failure[0] == error
    assert words in failure[1]


@pytest.mark.parametrize(
    ("sighting", "other"),
    [
        (Sighting("stopped", "t3.micro"), False),
        (Sighting("stopped"), False),
        (Sighting("stopped", "t3.small"), True),
        (Sighting("running", "t3.micro"), True),
    ],
)
def test_who_is_other_than_before(sighting, other):
    assert sighting.other_than(BEFORE) is other


@pytest.mark.parametrize(
    ("state", "code", "failed"),
    [
        ("stopped", BY_USER, True),
        ("stopped", "Client.InstanceInitiatedShutdown", True),
        ("stopped", "Client.UserInitiatedHibernate", False),
        ("stopped", "", False),
        ("stopping", BY_USER, False),
    ],
)
def test_a_shutdown_is_no_hibernation(state, code, failed):
    assert bool(sightings.shut_down(Sighting(state, "", code))) is failed


@pytest.fixture
def stubbed():
    client = boto3.client(
        "ec2", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
    )
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def status(instance_id, state="running"):
    return {
        "InstanceId": instance_id,
        "InstanceState": {"Name": state},
        "SystemStatus": {"Status": "ok"},
        "InstanceStatus": {"Status": "initializing"},
    }


def test_ids_that_ec2_has_forgotten_are_missing_and_cost_one_more_call(stubbed):
    client, stub = stubbed
    stub.add_client_error(
        "describe_instance_status",
        "InvalidInstanceID.NotFound",
        f"The instance IDs '{IDS[0]}, {IDS[2]}' do not exist",
        expected_params={"InstanceIds": IDS, "IncludeAllInstances": True},
    )
    stub.add_response(
        "describe_instance_status",
        {"InstanceStatuses": [status(IDS[1])]},
        {"InstanceIds": [IDS[1]], "IncludeAllInstances": True},
    )
    assert sightings.with_checks(IDS, client) == {
        IDS[0]: Sighting("missing"),
        IDS[1]: Sighting("running", checks=("ok", "initializing")),
        IDS[2]: Sighting("missing"),
    }


def test_when_all_are_forgotten_no_empty_call_follows(stubbed):
    client, stub = stubbed
    stub.add_client_error(
        "describe_instance_status", "InvalidInstanceID.NotFound", f"The instance ID '{IDS[0]}'"
    )
    assert sightings.with_checks(IDS[:1], client) == {IDS[0]: Sighting("missing")}


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("RequestLimitExceeded", Throttled),
        ("InvalidParameterValue", AwsCallFailed),
        ("InvalidInstanceID.NotFound", AwsCallFailed),
    ],
)
def test_any_other_refusal_is_raised(code, raised, stubbed):
    client, stub = stubbed
    stub.add_client_error("describe_instance_status", code, "no")
    with pytest.raises(raised):
        sightings.with_checks(IDS, client)
