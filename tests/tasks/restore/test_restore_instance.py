"""Each instance of a component gets one copy from its image, isolated, in one drill."""

import pytest
from drill_documents import ID, NOW, OWN, drill
from fleets import make_fleet
from hosts import PART, TABLE, hosted
from volumes import COPY, TAGS, make_image, point

from tasks.drills import ledger
from tasks.errors import AccessRefused, DrillRefused, NothingToRestore, RestoreFailed, Throttled
from tasks.restore import restore_instance
from tasks.servers import launches
from tasks.servers.points import Point


@pytest.fixture
def bare(s3, dynamodb, state_table, evidence_bucket):
    with hosted(s3, dynamodb) as made:
        yield made


@pytest.fixture
def hosts(bare):
    bare.isolate()
    return bare


def test_each_instance_comes_back_isolated(hosts):
    answer = hosts.restore()

    assert (answer["done"], answer["state"]) == (True, "2 of 2 checked by EC2")
    assert [one["source"] for one in answer["copy"]["instances"]] == hosts.ids
    assert answer["newest_record"] == "2026-11-01T03:00:00Z"
    for copy in hosts.copies():
        (interface,) = copy["NetworkInterfaces"]
        assert [group["GroupName"] for group in interface["Groups"]] == ["quarantine"]
        assert copy["InstanceType"] == "t3.small"
        assert "IamInstanceProfile" not in copy
        assert not copy.get("KeyName")


def test_it_is_done_when_both_status_checks_are_over(hosts):
    hosts.account.ec2_weather.set(pending=30, status_checks=120)

    early = hosts.restore()
    hosts.account.clock.advance(60)
    booting = hosts.restore()
    hosts.account.clock.advance(200)
    late = hosts.restore()

    assert [one["done"] for one in (early, booting, late)] == [False, False, True]


def test_a_second_delivery_launches_nobody_again(hosts):
    assert hosts.restore()["copy"] == hosts.restore()["copy"]
    assert len(hosts.copies()) == 2


def test_a_row_of_the_ledger_is_written_before_each(hosts, refusing):
    with pytest.raises(AccessRefused):
        hosts.restore(ec2=refusing(hosts.ec2, "run_instances", "UnauthorizedOperation"))

    (row,) = ledger.rows(ID, table=TABLE, dynamodb=hosts.dynamodb)
    assert (row["kind"], row["name"]) == ("instance", f"{COPY}-{hosts.ids[0]}")


def test_an_instance_without_an_image_is_named(hosts):
    (bare,) = make_fleet(hosts.ec2, 1, TAGS)

    with pytest.raises(NothingToRestore, match=bare):
        hosts.restore()
    assert hosts.copies() == []


def test_without_a_place_that_isolates_nothing_is_launched(bare):
    with pytest.raises(DrillRefused, match="has no security group with the tag daytwo:quarantine"):
        bare.restore()
    assert bare.copies() == []


def test_without_instances_near_the_place_of_copies_is_not_known(hosts):
    other = {"environment": "prod", "account": "210987654321", "target": OWN}

    with pytest.raises(DrillRefused, match="it is not known which subnet"):
        hosts.restore(source=other)


def test_an_image_that_is_named_is_launched_though_its_instance_is_gone(hosts):
    kind = {"daytwo:instance-type": "m5.large"}
    image = make_image(hosts.ec2, hosts.ids[0], "20261001t030000-00000000", **kind)
    hosts.ec2.terminate_instances(InstanceIds=hosts.ids[:1])

    hosts.restore({**PART, "recovery_point": point(id=image)})

    (copy,) = hosts.copies()
    assert (copy["ImageId"], copy["InstanceType"]) == (image, "m5.large")


def test_a_copy_that_goes_down_again_fails_the_restore(hosts):
    hosts.restore()
    hosts.ec2.terminate_instances(InstanceIds=[hosts.copies()[0]["InstanceId"]])

    with pytest.raises(RestoreFailed, match="is terminated and not up"):
        hosts.restore()


@pytest.mark.parametrize(
    ("code", "error"),
    [("RequestLimitExceeded", Throttled), ("InsufficientInstanceCapacity", RestoreFailed)],
)
def test_what_ec2_refuses_has_a_name(hosts, refusing, code, error):
    with pytest.raises(error):
        hosts.restore(ec2=refusing(hosts.ec2, "run_instances", code))


def test_of_many_a_drill_launches_some_and_another_drill_others():
    known = [Point("ami-1", f"i-{number:03d}", "", "", {}) for number in range(100)]

    first, again, other = (launches.chosen(known, name) for name in ("one", "one", "two"))

    assert len(first) == launches.MOST
    assert first == again != other


def test_the_function_answers_by_its_schema(hosts):
    request = {"component": PART, "drill": drill(), "now": NOW}

    assert restore_instance.handler(request, None)["done"]
