"""A release gives back what was taken, and nothing that others did is lost."""

import boto3
import pytest
from batches import by_error, operation, planned
from quarantines import TABLE, Quarantine, network_of_aws

from tasks.ec2 import forget_isolations, record_isolations
from tasks.fleets import fleet, isolations


@pytest.fixture
def place(aws, state_table, tmp_path):
    with network_of_aws(tmp_path):
        yield Quarantine()


@pytest.fixture
def isolated(place):
    (one,) = place.launch()
    place.record([one])
    place.isolate([one])
    return one


def deny(place, acl, number, address, egress=False):
    place.ec2.create_network_acl_entry(
        NetworkAclId=acl,
        RuleNumber=number,
        Protocol="-1",
        RuleAction="deny",
        Egress=egress,
        CidrBlock=address,
    )


def test_an_instance_that_was_never_isolated_is_left_as_it_is(place):
    (one,) = place.launch()
    before = place.of(one)

    work = place.release([one])

    assert by_error(work) == {one: ("NotIsolated", False)}
    assert place.of(one) == before


def test_a_denial_that_was_there_before_stays(place):
    (one,) = place.launch()
    address = place.ec2.describe_instances(InstanceIds=[one])["Reservations"][0]["Instances"][0][
        "PrivateIpAddress"
    ]
    deny(place, place.other_acl, 2, f"{address}/32")
    before = place.of(one)
    place.record([one])
    place.isolate([one])

    place.release([one])

    assert place.denied(one) == [(place.other_acl, False)]
    assert place.of(one) == before


def test_entries_for_other_addresses_stay(place, isolated):
    deny(place, place.other_acl, 2, "10.0.9.9/32")

    place.release([isolated])

    assert '"10.0.9.9/32"' in "".join(place.entries()[place.other_acl])


def test_a_profile_for_the_forensics_makes_place_for_the_one_before(place, isolated):
    boto3.client("iam").create_instance_profile(InstanceProfileName="forensics")
    place.ec2.associate_iam_instance_profile(
        InstanceId=isolated, IamInstanceProfile={"Name": "forensics"}
    )

    place.release([isolated])

    (association,) = place.ec2.describe_iam_instance_profile_associations()[
        "IamInstanceProfileAssociations"
    ]
    assert association["IamInstanceProfile"]["Arn"].endswith("/application")


def test_of_an_instance_that_is_gone_the_entries_are_taken_away(place, isolated):
    address_denied = place.denied(isolated)
    place.ec2.terminate_instances(InstanceIds=[isolated])

    work = place.check(place.release([isolated]), "released")

    assert address_denied
    assert place.denied(isolated) == []
    assert work["reached"] == [isolated]


def test_a_security_group_that_is_gone_is_a_failure_that_says_so(place, isolated):
    place.ec2.delete_security_group(GroupId=place.group)

    work = place.release([isolated])

    assert by_error(work) == {isolated: ("InvalidGroup.NotFound", True)}
    assert place.denied(isolated) == []


def test_a_record_is_forgotten_once_and_again_without_harm(place, isolated):
    for _ in range(2):
        isolations.remove([isolated], TABLE, place.dynamodb)

    assert isolations.read([isolated], TABLE, place.dynamodb) == {}


def test_forgetting_nobody_asks_nothing_of_the_table(place, monkeypatch):
    monkeypatch.setenv("STATE_TABLE", "no-such-table")
    work = {**fleet.begin([]), "done": True}

    answer = forget_isolations.handler(
        {
            "instances": [planned("i-0000000000000001a")],
            "work": work,
            "operation": operation("release_isolation"),
        },
        None,
    )

    assert answer == {"work": work}


def test_the_plan_of_a_release_knows_where_the_instance_served(place, plan):
    (one,) = place.launch()
    group = {"arn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/app/1", "port": 80}
    record_isolations.record(
        [planned(one, target_groups=[group])],
        fleet.begin([one]),
        operation("isolate"),
        "2026-11-20T21:00:05Z",
        TABLE,
        place.dynamodb,
        place.ec2,
    )

    found = plan("release_isolation", targets={"instance_ids": [one]})

    ((instance,),) = [batch["instances"] for batch in found.batches]
    assert instance["target_groups"] == [group]
    assert [batch["in_service"] for batch in found.batches] == [True]
