"""What an instance has is written down before anything is taken from it, and only then."""

import boto3
import pytest
from batches import by_error, operation, planned
from botocore.exceptions import ClientError
from quarantines import TABLE, Quarantine, network_of_aws

from tasks.ec2 import record_isolations
from tasks.errors import Throttled, Unavailable
from tasks.fleets import fleet, isolations

OPEN = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


@pytest.fixture
def place(aws, state_table, tmp_path):
    with network_of_aws(tmp_path):
        yield Quarantine()


def read(place, ids):
    return isolations.read(ids, TABLE, place.dynamodb)


def test_the_record_says_what_was_there_who_asked_and_why(place):
    (one,) = place.launch()
    before = place.of(one)
    group = {"arn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/app/1", "port": 80}

    work = record_isolations.record(
        [planned(one, target_groups=[group], auto_scaling_group="application")],
        fleet.begin([one]),
        operation("isolate"),
        "2026-11-20T21:00:05Z",
        TABLE,
        place.dynamodb,
        place.ec2,
    )

    record = read(place, [one])[one]
    assert work["reached"] == [one]
    assert (record["operation"], record["since"]) == ("op-1", "2026-11-20T21:00:05Z")
    assert record["requested_by"] == operation("isolate")["requested_by"]
    assert record["was"]["interfaces"] == before["groups"]
    assert record["was"]["profile"] == before["profile"]
    assert record["was"]["quarantine_group"] == place.quarantine
    assert (record["was"]["target_groups"], record["was"]["denied"]) == ([group], [])
    assert record["was"]["auto_scaling_group"] == "application"
    assert place.of(one) == before


def test_a_record_is_never_written_over_by_what_isolation_left(place):
    (one,) = place.launch()
    place.record([one])
    before = read(place, [one])
    place.isolate([one])

    work = place.record([one])

    assert work["reached"] == [one]
    assert read(place, [one]) == before


def test_an_instance_that_is_gone_fails_and_the_others_are_recorded(place):
    gone, one = place.launch(2)
    place.ec2.terminate_instances(InstanceIds=[gone])

    work = place.record([gone, one])

    assert by_error(work) == {gone: ("Terminated", False)}
    assert (work["reached"], list(read(place, [gone, one]))) == ([one], [one])


def test_without_a_quarantine_group_nothing_is_recorded_and_nothing_changed(place):
    (one,) = place.launch()
    place.ec2.delete_tags(Resources=[place.quarantine], Tags=[{"Key": "daytwo:quarantine"}])

    work = place.record([one])

    assert by_error(work) == {one: ("QuarantineGroupMissing", False)}
    assert read(place, [one]) == {}


def test_the_group_that_the_operation_names_is_taken(place):
    (one,) = place.launch()
    other = place.make_group("forensics", closed=True)

    place.record([one], quarantine_security_group=other)

    assert read(place, [one])[one]["was"]["quarantine_group"] == other


def groups_of(place, chosen=""):
    return isolations.quarantine_groups([place.vpc], chosen, place.ec2)


@pytest.mark.parametrize(
    ("prepare", "error", "words"),
    [
        (lambda place: place.make_group("open", tag="daytwo:quarantine"), "Unclear", "several"),
        (
            lambda place: place.ec2.authorize_security_group_ingress(
                GroupId=place.quarantine, IpPermissions=OPEN
            ),
            "Open",
            "anywhere",
        ),
    ],
)
def test_a_group_that_does_not_isolate_is_refused_with_what_to_do(place, prepare, error, words):
    prepare(place)

    found, troubles = groups_of(place)

    assert found == {}
    assert troubles[place.vpc][0] == f"QuarantineGroup{error}"
    assert words in troubles[place.vpc][1]


def test_a_new_group_allows_all_outbound_traffic_and_does_not_isolate(place):
    _, troubles = groups_of(place, place.make_group("new"))

    assert troubles[place.vpc][0] == "QuarantineGroupOpen"


def test_a_group_of_another_vpc_is_not_found(place):
    elsewhere = place.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]

    found, troubles = isolations.quarantine_groups([elsewhere], place.quarantine, place.ec2)

    assert (found, list(troubles)) == ({}, [elsewhere])


def test_a_rule_for_one_workstation_is_the_owners_matter(place):
    workstation = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.9.9/32"}]}]
    place.ec2.authorize_security_group_ingress(GroupId=place.quarantine, IpPermissions=workstation)

    assert groups_of(place) == ({place.vpc: place.quarantine}, {})


def test_two_that_record_at_the_same_time_do_not_both_write(place):
    was = {"i-0000000000000001a": {"vpc_id": "vpc-1"}}
    isolations.write(was, operation("isolate"), "now", TABLE, place.dynamodb)

    with pytest.raises(Unavailable, match="same time"):
        isolations.write(was, operation("isolate"), "later", TABLE, place.dynamodb)

    assert read(place, was)["i-0000000000000001a"]["since"] == "now"


def test_a_table_that_answers_in_part_is_asked_again(place):
    class Partly:
        def batch_get_item(self, **request):
            return {"Responses": {TABLE: []}, "UnprocessedKeys": request["RequestItems"]}

    with pytest.raises(Throttled):
        isolations.read(["i-0000000000000001a"], TABLE, Partly())


def test_a_throttled_look_at_the_network_is_left_to_the_workflow(place):
    (one,) = place.launch()

    def throttle(**_):
        raise ClientError({"Error": {"Code": "RequestLimitExceeded"}}, "DescribeNetworkAcls")

    ec2 = boto3.client("ec2")
    ec2.meta.events.register("before-parameter-build.*.DescribeNetworkAcls", throttle)
    place.ec2 = ec2
    with pytest.raises(Throttled):
        place.record([one])
