"""Only whoever has nothing left to do is there; the others say what is left."""

import pytest
from batches import acted, by_error
from quarantines import Quarantine, network_of_aws


@pytest.fixture
def place(aws, state_table, tmp_path):
    with network_of_aws(tmp_path):
        yield Quarantine()


@pytest.fixture
def recorded(place):
    ids = place.launch(2)
    place.record(ids)
    return ids


def test_whoever_has_something_left_is_acted_on_again(place, recorded):
    first, second = recorded
    place.isolate([first])

    work = place.check(acted(recorded), "isolated")

    assert (work["reached"], work["pending"], work["acted"]) == ([first], [second], [])
    assert (work["rounds"], work["done"]) == (1, False)


def test_at_the_end_the_reason_says_all_that_is_left(place, recorded):
    one = recorded[0]
    interface = next(iter(place.of(one)["groups"]))

    work = place.check(acted([one]), "isolated", most_rounds=1)

    assert by_error(work) == {one: ("TimedOut", True)}
    reason = work["failed"][0]["reason"]
    assert reason.startswith(f"What is left: {interface} is not in {place.quarantine} alone; ")
    assert f"{place.other_acl} does not deny" in reason
    assert "it still has the instance profile" in reason


@pytest.mark.parametrize(
    "undo",
    [
        lambda place, one, eni: place.ec2.modify_network_interface_attribute(
            NetworkInterfaceId=eni, Groups=[place.quarantine, place.group]
        ),
        lambda place, one, eni: place.ec2.delete_network_acl_entry(
            NetworkAclId=place.other_acl, RuleNumber=1, Egress=True
        ),
        lambda place, one, eni: place.ec2.associate_iam_instance_profile(
            InstanceId=one, IamInstanceProfile={"Name": "application"}
        ),
    ],
)
def test_what_somebody_undoes_meanwhile_is_seen_and_done_again(place, recorded, undo):
    one = recorded[0]
    place.isolate([one])
    undo(place, one, next(iter(place.of(one)["groups"])))

    assert place.check(acted([one]), "isolated")["pending"] == [one]
    assert place.check(place.isolate([one]), "isolated")["reached"] == [one]


def test_whoever_is_terminated_meanwhile_is_not_isolated(place, recorded):
    place.isolate(recorded)
    place.ec2.terminate_instances(InstanceIds=recorded[:1])

    work = place.check(acted(recorded), "isolated")

    assert by_error(work) == {recorded[0]: ("Terminated", True)}
    assert work["reached"] == recorded[1:]


def test_released_means_that_nothing_of_the_isolation_is_left(place, recorded):
    place.isolate(recorded)
    place.release(recorded[:1])

    work = place.check(acted(recorded), "released")

    assert (work["reached"], work["pending"]) == (recorded[:1], recorded[1:])
