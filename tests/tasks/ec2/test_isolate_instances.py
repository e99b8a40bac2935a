"""An instance is cut off wholly and once, and comes back exactly as it was."""

import boto3
import pytest
from batches import by_error, operation, planned
from quarantines import Quarantine, network_of_aws

from tasks.ec2 import (
    check_isolation,
    forget_isolations,
    isolate_instances,
    record_isolations,
    release_isolation,
)
from tasks.errors import Throttled
from tasks.fleets import fleet, isolations


@pytest.fixture
def place(aws, state_table, tmp_path):
    with network_of_aws(tmp_path):
        yield Quarantine()


def document(ids, action, **others):
    return {
        "instances": [planned(one) for one in ids],
        "work": fleet.begin(ids),
        "operation": operation(action),
        **others,
    }


def isolated(place, count=1):
    ids = place.launch(count)
    place.record(ids)
    assert place.check(place.isolate(ids), "isolated")["reached"] == ids
    return ids


def test_an_isolated_instance_has_the_quarantine_group_alone_and_no_profile(place):
    (one,) = isolated(place)

    assert place.groups(one) == [[place.quarantine]]
    assert place.of(one)["profile"] == ""


def test_every_network_acl_in_use_denies_its_address_both_ways(place):
    (one,) = isolated(place)

    acls = sorted(place.entries())
    assert len(acls) == 2
    assert place.denied(one) == [(acl, egress) for acl in acls for egress in (False, True)]


def test_a_network_acl_that_no_subnet_uses_is_left_alone(place):
    unused = place.ec2.create_network_acl(VpcId=place.vpc)["NetworkAcl"]["NetworkAclId"]

    (one,) = isolated(place)

    assert unused not in {acl for acl, _ in place.denied(one)}


def test_all_network_interfaces_are_cut_off(place):
    (one,) = place.launch()
    second = place.ec2.create_network_interface(SubnetId=place.subnet, Groups=[place.group])
    place.ec2.attach_network_interface(
        NetworkInterfaceId=second["NetworkInterface"]["NetworkInterfaceId"],
        InstanceId=one,
        DeviceIndex=1,
    )
    place.record([one])

    place.isolate([one])

    assert place.groups(one) == [[place.quarantine]] * 2


def test_it_comes_back_exactly_as_it_was(place):
    ids = place.launch(2)
    before = {one: place.of(one) for one in ids}
    place.record(ids)
    place.isolate(ids)
    assert {one: place.of(one) for one in ids} != before

    work = place.check(place.release(ids), "released")

    assert work["reached"] == ids
    assert {one: place.of(one) for one in ids} == before


def test_isolating_again_does_nothing(place, refusing):
    ids = isolated(place)
    before = place.of(ids[0])

    work = place.isolate(ids)

    assert work["acted"] == ids
    assert place.of(ids[0]) == before


@pytest.mark.parametrize(
    "call",
    [
        "modify_network_interface_attribute",
        "create_network_acl_entry",
        "disassociate_iam_instance_profile",
    ],
)
def test_a_function_that_was_cut_off_goes_on_where_it_was(place, refusing, call):
    ids = place.launch(2)
    before = {one: place.of(one) for one in ids}
    place.record(ids)
    with pytest.raises(Throttled):
        place.isolate(ids, refusing(place.ec2, call, "RequestLimitExceeded"))

    assert place.check(place.isolate(ids), "isolated")["reached"] == ids
    place.release(ids)
    assert {one: place.of(one) for one in ids} == before


@pytest.mark.parametrize(
    "call",
    [
        "modify_network_interface_attribute",
        "delete_network_acl_entry",
        "associate_iam_instance_profile",
    ],
)
def test_a_release_that_was_cut_off_goes_on_where_it_was(place, refusing, call):
    (one,) = place.launch()
    before = place.of(one)
    place.record([one])
    place.isolate([one])
    with pytest.raises(Throttled):
        place.release([one], refusing(place.ec2, call, "RequestLimitExceeded"))

    place.release([one])

    assert place.of(one) == before


def test_what_ec2_refuses_keeps_nothing_else_from_being_cut_off(place, refusing):
    (one,) = place.launch()
    place.record([one])

    work = place.isolate(
        [one], refusing(place.ec2, "create_network_acl_entry", "NetworkAclEntryLimitExceeded")
    )

    assert by_error(work) == {one: ("NetworkAclEntryLimitExceeded", True)}
    assert place.groups(one) == [[place.quarantine]]
    assert place.of(one)["profile"] == ""


def test_a_rule_number_that_another_batch_took_first_is_a_matter_of_the_next_look(place, refusing):
    (one,) = place.launch()
    place.record([one])

    work = place.isolate(
        [one], refusing(place.ec2, "create_network_acl_entry", "NetworkAclEntryAlreadyExists")
    )

    assert work["pending"] == [one]
    assert place.check(place.isolate([one]), "isolated")["reached"] == [one]


def test_without_a_rule_number_a_person_is_told_and_the_rest_is_cut_off(place):
    ids = place.launch(3)
    place.record(ids)

    work = place.isolate(ids)

    assert work["acted"] == ids[:2]
    assert by_error(work) == {ids[2]: ("NetworkAclFull", True)}
    assert place.other_acl in work["failed"][0]["reason"]
    assert place.groups(ids[2]) == [[place.quarantine]]


def test_nothing_is_taken_from_an_instance_without_a_record(place):
    (one,) = place.launch()
    before = place.of(one)

    work = place.isolate([one])

    assert by_error(work) == {one: ("NotRecorded", False)}
    assert place.of(one) == before


def test_an_instance_that_somebody_terminates_meanwhile_has_failed(place):
    first, second = place.launch(2)
    place.record([first, second])
    place.ec2.terminate_instances(InstanceIds=[first])

    work = place.isolate([first, second])

    assert by_error(work) == {first: ("Terminated", True)}
    assert work["acted"] == [second]


def test_the_functions_answer_by_their_schemas(place):
    ids = place.launch()
    before = place.of(ids[0])
    isolate = document(ids, "isolate", retry_count=0)
    release = document(ids, "release_isolation", retry_count=0)

    assert record_isolations.handler(isolate, None)["work"]["reached"] == ids
    assert isolate_instances.handler(isolate, None)["work"]["acted"] == ids
    check = {**document(ids, "isolate"), "goal": "isolated", "most_rounds": 3}
    assert check_isolation.handler(check, None)["work"]["reached"] == ids
    assert release_isolation.handler(release, None)["work"]["acted"] == ids
    assert forget_isolations.handler(release, None)["work"]["reached"] == ids
    assert place.of(ids[0]) == before
    assert isolations.read(ids, "daytwo-state", boto3.client("dynamodb")) == {}
