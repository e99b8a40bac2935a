"""Starts, stops and ends of instances: in their time, for their reasons, all or none."""

import pytest
from fleets import make_fleet, states_of

NOBODY = "i-0123456789abcdef0"


def state(ec2, instance):
    return states_of(ec2, [instance])[instance]


def instance_of(ec2, instance):
    found = ec2.describe_instances(InstanceIds=[instance])
    return found["Reservations"][0]["Instances"][0]


def test_in_calm_weather_everything_is_done_at_once(ec2):
    (one,) = make_fleet(ec2, 1)
    assert state(ec2, one) == "running"
    ec2.stop_instances(InstanceIds=[one])
    assert state(ec2, one) == "stopped"
    ec2.start_instances(InstanceIds=[one])
    assert state(ec2, one) == "running"
    ec2.terminate_instances(InstanceIds=[one])
    assert state(ec2, one) == "terminated"


def test_each_transition_takes_the_seconds_that_the_weather_says(ec2, weather, clock):
    weather.set(pending=30, stopping=60, shutting_down=20)
    (one,) = make_fleet(ec2, 1)
    seen = []

    def watch(seconds):
        for _ in range(2):
            seen.append(state(ec2, one))
            clock.advance(seconds / 2)
        seen.append(state(ec2, one))

    watch(30)
    ec2.stop_instances(InstanceIds=[one])
    watch(60)
    ec2.start_instances(InstanceIds=[one])
    watch(30)
    ec2.terminate_instances(InstanceIds=[one])
    watch(20)
    assert seen == [
        *("pending", "pending", "running"),
        *("stopping", "stopping", "stopped"),
        *("pending", "pending", "running"),
        *("shutting-down", "shutting-down", "terminated"),
    ]


def test_a_call_answers_with_the_states_that_it_moved_each_between(ec2, weather):
    weather.set(stopping=60)
    one, two = make_fleet(ec2, 2)
    ec2.stop_instances(InstanceIds=[two])

    def moved(changes):
        return {
            each["InstanceId"]: (each["PreviousState"]["Name"], each["CurrentState"]["Name"])
            for each in changes
        }

    started = ec2.start_instances(InstanceIds=[one])["StartingInstances"]
    assert moved(started) == {one: ("running", "running")}
    stopped = ec2.stop_instances(InstanceIds=[one, two])["StoppingInstances"]
    assert moved(stopped) == {one: ("running", "stopping"), two: ("stopping", "stopping")}
    ended = ec2.terminate_instances(InstanceIds=[one])["TerminatingInstances"]
    assert moved(ended) == {one: ("stopping", "shutting-down")}


def test_who_stopped_it_is_told(ec2):
    (one,) = make_fleet(ec2, 1, state="stopped")
    found = instance_of(ec2, one)
    assert found["StateTransitionReason"].startswith("User initiated (20")
    assert found["StateReason"] == {
        "Code": "Client.UserInitiatedShutdown",
        "Message": "Client.UserInitiatedShutdown: User initiated shutdown",
    }


@pytest.mark.parametrize(
    ("call", "settings", "before", "words"),
    [
        ("start", {"stopping": 60}, "stop", "is not in a state from which it can be started."),
        ("start", {"shutting_down": 60}, "terminate", "from which it can be started."),
        ("start", {}, "terminate", "from which it can be started."),
        ("stop", {}, "terminate", "from which it can be stopped."),
        ("reboot", {}, "stop", "from which it can be rebooted."),
    ],
)
def test_one_instance_in_a_wrong_state_refuses_the_whole_call(
    ec2, weather, refused, call, settings, before, words
):
    wrong, *others = make_fleet(ec2, 3)
    weather.set(**settings)
    getattr(ec2, f"{before}_instances")(InstanceIds=[wrong])
    was = states_of(ec2, others)
    code, said = refused(getattr(ec2, f"{call}_instances"), InstanceIds=[*others, wrong])
    assert code == "IncorrectInstanceState"
    assert said.startswith(f"The instance '{wrong}' ")
    assert said.endswith(words)
    assert states_of(ec2, others) == was


def test_an_instance_that_never_ran_cannot_be_stopped(ec2, weather, refused):
    weather.set(pending=30)
    (one,) = make_fleet(ec2, 1)
    assert refused(ec2.stop_instances, InstanceIds=[one]) == (
        "IncorrectInstanceState",
        f"Instance '{one}' cannot be stopped as it has never reached the 'running' state.",
    )


def test_a_terminated_instance_is_told_of_for_as_long_as_the_weather_says(
    ec2, weather, clock, refused
):
    weather.set(forgotten_after=3600)
    gone, stays, other = make_fleet(ec2, 3)
    ec2.terminate_instances(InstanceIds=[gone])
    clock.advance(3600)
    assert states_of(ec2, [gone, stays]) == {gone: "terminated", stays: "running"}
    clock.advance(1)
    assert states_of(ec2, [gone, stays]) == {stays: "running"}
    assert refused(ec2.start_instances, InstanceIds=[stays, gone]) == (
        "InvalidInstanceID.NotFound",
        f"The instance ID '{gone}' does not exist",
    )
    listed = ec2.describe_instances()["Reservations"][0]["Instances"]
    assert [each["InstanceId"] for each in listed] == [stays, other]


def test_a_reboot_passes_over_the_terminated(ec2):
    one, two = make_fleet(ec2, 2)
    ec2.terminate_instances(InstanceIds=[two])
    ec2.reboot_instances(InstanceIds=[one, two])
    assert states_of(ec2, [one, two]) == {one: "running", two: "terminated"}


def test_all_ids_that_no_instance_has_are_named(ec2, refused):
    ids = make_fleet(ec2, 2)
    bad = [f"i-{number:017x}" for number in range(3)]
    code, said = refused(ec2.stop_instances, InstanceIds=[bad[0], ids[0], bad[1], ids[1], bad[2]])
    assert (code, said) == (
        "InvalidInstanceID.NotFound",
        f"The instance IDs '{', '.join(bad)}' do not exist",
    )
    assert set(states_of(ec2, ids).values()) == {"running"}
    assert refused(ec2.start_instances, InstanceIds=[NOBODY]) == (
        "InvalidInstanceID.NotFound",
        f"The instance ID '{NOBODY}' does not exist",
    )


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("i-0123", 'Invalid id: "i-0123"'),
        ("web-1", 'Invalid id: "web-1" (expecting "i-...")'),
    ],
)
def test_an_id_that_can_be_none_is_told_before_unknown_ones(ec2, refused, bad, words):
    said = refused(ec2.terminate_instances, InstanceIds=[NOBODY, bad])
    assert said == ("InvalidInstanceID.Malformed", words)


def test_stop_protection_refuses_the_stop_of_all(ec2, refused):
    (held,) = make_fleet(ec2, 1, DisableApiStop=True)
    (free,) = make_fleet(ec2, 1)
    code, said = refused(ec2.stop_instances, InstanceIds=[free, held])
    assert code == "OperationNotPermitted"
    assert said == (
        f"The instance '{held}' may not be stopped. "
        "Modify its 'disableApiStop' instance attribute and try again."
    )
    assert state(ec2, free) == "running"


def test_termination_protection_keeps_those_of_its_zone(ec2, refused):
    held, neighbour = make_fleet(ec2, 2)
    (elsewhere,) = make_fleet(ec2, 1, zone="us-east-1b")
    ec2.modify_instance_attribute(InstanceId=held, DisableApiTermination={"Value": True})
    code, said = refused(ec2.terminate_instances, InstanceIds=[held, neighbour, elsewhere])
    assert code == "OperationNotPermitted"
    assert f"The instance '{held}' may not be terminated." in said
    assert states_of(ec2, [held, neighbour, elsewhere]) == {
        held: "running",
        neighbour: "running",
        elsewhere: "terminated",
    }


def test_only_an_instance_launched_for_it_hibernates(ec2, refused):
    (plain,) = make_fleet(ec2, 1)
    (ready,) = make_fleet(ec2, 1, HibernationOptions={"Configured": True})
    code, said = refused(ec2.stop_instances, InstanceIds=[ready, plain], Hibernate=True)
    assert code == "UnsupportedHibernationConfiguration"
    assert plain in said
    ec2.stop_instances(InstanceIds=[ready], Hibernate=True)
    assert instance_of(ec2, ready)["StateReason"]["Code"] == "Client.UserInitiatedHibernate"


def spot(kind):
    return {"InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": kind}}


def test_a_spot_instance_of_a_one_time_request_cannot_be_stopped(ec2, refused):
    (once,) = make_fleet(ec2, 1, **spot({}))
    code, said = refused(ec2.stop_instances, InstanceIds=[once])
    assert code == "UnsupportedOperation"
    assert once in said


def test_a_spot_instance_of_a_persistent_request_can(ec2):
    (kept,) = make_fleet(ec2, 1, **spot({"SpotInstanceType": "persistent"}))
    ec2.stop_instances(InstanceIds=[kept])
    assert state(ec2, kept) == "stopped"


def test_spot_instances_name_the_request_that_they_came_from(ec2):
    (launched,) = make_fleet(ec2, 1, **spot({"SpotInstanceType": "persistent"}))
    ec2.request_spot_instances(
        InstanceCount=1, LaunchSpecification={"ImageId": "ami-12c6146b", "InstanceType": "t3.nano"}
    )
    requests = {
        each["InstanceId"]: (each["SpotInstanceRequestId"], each["Type"])
        for each in ec2.describe_spot_instance_requests()["SpotInstanceRequests"]
    }
    assert sorted(kind for _, kind in requests.values()) == ["one-time", "persistent"]
    assert requests[launched][1] == "persistent"
    for instance, (request, _) in requests.items():
        assert instance_of(ec2, instance)["SpotInstanceRequestId"] == request


@pytest.mark.parametrize(
    ("call", "name", "most", "others"),
    [
        ("terminate_instances", "InstanceIds", 1000, {}),
        ("create_tags", "Resources", 1000, {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("describe_instance_status", "InstanceIds", 100, {}),
    ],
)
def test_one_call_names_no_more_than_it_may(ec2, refused, call, name, most, others):
    ids = [f"i-{number:017x}" for number in range(most + 1)]
    code, said = refused(getattr(ec2, call), **{name: ids}, **others)
    assert code == "InvalidParameterValue"
    assert f"({most + 1}) is above the limit of {most}" in said
