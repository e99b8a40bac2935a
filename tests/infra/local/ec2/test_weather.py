"""What goes wrong with instances when a test says so, and for as long."""

import pytest
from fleets import AMI, make_fleet, states_of

TYPE, ZONE = "m5.large", "us-east-1b"


def reason(ec2, instance):
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return found["StateReason"]


def test_a_start_falls_back_to_stopped_after_it_was_accepted(ec2, weather, clock):
    lost, fine = make_fleet(ec2, 2, state="stopped")
    weather.set(pending=10)
    weather.add("falls_back", ids=lost)
    accepted = ec2.start_instances(InstanceIds=[lost, fine])["StartingInstances"]
    assert {each["CurrentState"]["Name"] for each in accepted} == {"pending"}
    assert set(states_of(ec2, [lost, fine]).values()) == {"pending"}
    clock.advance(10)
    assert states_of(ec2, [lost, fine]) == {lost: "stopped", fine: "running"}
    assert reason(ec2, lost) == {
        "Code": "Client.InternalError",
        "Message": "Client.InternalError: Client error on launch",
    }


def test_a_fault_that_befalls_once_is_over_then(ec2, weather):
    (one,) = make_fleet(ec2, 1, state="stopped")
    weather.add("falls_back", times=1)
    for wanted in ("stopped", "running"):
        ec2.start_instances(InstanceIds=[one])
        assert states_of(ec2, [one]) == {one: wanted}


def test_a_zone_without_capacity_for_a_type_starts_none_of_a_call(ec2, weather, refused):
    here = make_fleet(ec2, 2, type=TYPE, zone=ZONE, state="stopped")
    other_zone = make_fleet(ec2, 2, type=TYPE, state="stopped")
    other_type = make_fleet(ec2, 2, zone=ZONE, state="stopped")
    weather.add("no_capacity", types=TYPE, zones=ZONE)
    refusal = refused(ec2.start_instances, InstanceIds=[*other_zone, *here])
    assert refusal == ("InsufficientInstanceCapacity", "Insufficient capacity.")
    assert set(states_of(ec2, other_zone).values()) == {"stopped"}
    ec2.start_instances(InstanceIds=[*other_zone, *other_type])
    assert set(states_of(ec2, other_zone + other_type).values()) == {"running"}


def test_a_launch_is_told_which_type_is_short_in_which_zone(ec2, weather, refused):
    weather.add("no_capacity", types=TYPE, zones=ZONE)
    code, said = refused(
        ec2.run_instances,
        ImageId=AMI,
        MinCount=1,
        MaxCount=1,
        InstanceType=TYPE,
        Placement={"AvailabilityZone": ZONE},
    )
    assert code == "InsufficientInstanceCapacity"
    assert f"sufficient {TYPE} capacity in the Availability Zone you requested ({ZONE})" in said


@pytest.mark.parametrize("code", ["InsufficientInstanceCapacity", "RequestLimitExceeded"])
def test_an_error_of_the_service_is_answered_as_one(ec2, weather, code):
    weather.add("error", code=code, times=1)
    with pytest.raises(ec2.exceptions.ClientError) as caught:
        ec2.describe_subnets()
    status = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert status == {"InsufficientInstanceCapacity": 500, "RequestLimitExceeded": 503}[code]


def test_capacity_for_three_takes_three_and_then_none(ec2, weather, refused):
    ids = make_fleet(ec2, 5, type=TYPE, state="stopped")
    weather.add("no_capacity", types=TYPE, spares=3)
    assert refused(ec2.start_instances, InstanceIds=ids[:4])[0] == "InsufficientInstanceCapacity"
    ec2.start_instances(InstanceIds=ids[:2])
    ec2.start_instances(InstanceIds=[ids[0], ids[2]])
    assert refused(ec2.start_instances, InstanceIds=[ids[3]])[0] == "InsufficientInstanceCapacity"


def test_an_instance_can_be_in_a_wrong_state_for_one_action(ec2, weather, refused):
    one, two = make_fleet(ec2, 2)
    weather.add("wrong_state", ids=two, actions="StopInstances", times=1)
    code, said = refused(ec2.stop_instances, InstanceIds=[one, two])
    assert (code, two in said) == ("IncorrectInstanceState", True)
    assert states_of(ec2, [one, two]) == {one: "running", two: "running"}
    ec2.stop_instances(InstanceIds=[one, two])


def test_somebody_else_terminates_an_instance_after_its_start(ec2, weather):
    one, two = make_fleet(ec2, 2, state="stopped")
    weather.add("terminated", ids=one, actions="StartInstances")
    ec2.start_instances(InstanceIds=[one, two])
    assert states_of(ec2, [one, two]) == {one: "terminated", two: "running"}


@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        ("describe_instances", {}),
        ("describe_instance_status", {}),
        ("start_instances", {"InstanceIds": ["i-0123456789abcdef0"]}),
        ("create_tags", {"Resources": ["x"], "Tags": []}),
    ],
)
def test_any_call_can_be_answered_with_an_error(ec2, weather, refused, call, parameters):
    action = "".join(word.capitalize() for word in call.split("_"))
    weather.add("error", actions=action, code="RequestLimitExceeded", times=1)
    assert refused(getattr(ec2, call), **parameters)[0] == "RequestLimitExceeded"
    ec2.describe_subnets()


def test_an_error_can_wait_for_the_third_call_that_names_an_instance(ec2, weather, refused):
    one, two = make_fleet(ec2, 2)
    weather.add("error", ids=one, spares=2, times=1, code="Unavailable", message="Try later.")
    for _ in range(3):
        ec2.start_instances(InstanceIds=[two])
    for _ in range(2):
        ec2.start_instances(InstanceIds=[one, two])
    assert refused(ec2.start_instances, InstanceIds=[two, one]) == ("Unavailable", "Try later.")
    ec2.start_instances(InstanceIds=[one])


def test_a_call_can_be_done_and_its_answer_lost(ec2, weather, refused):
    one, two = make_fleet(ec2, 2)
    weather.add("lost", actions="StopInstances", ids=one, times=1)
    assert refused(ec2.stop_instances, InstanceIds=[one])[0] == "Unavailable"
    assert states_of(ec2, [one, two]) == {one: "stopped", two: "running"}
    ec2.stop_instances(InstanceIds=[one, two])


def test_calm_ends_everything(ec2, weather):
    (one,) = make_fleet(ec2, 1, state="stopped")
    weather.set(pending=30, throttling=True)
    weather.add("falls_back")
    weather.calm()
    assert weather.show()["faults"] == []
    ec2.start_instances(InstanceIds=[one])
    assert states_of(ec2, [one]) == {one: "running"}
