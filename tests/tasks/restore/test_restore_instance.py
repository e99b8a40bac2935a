"""Each instance of a component gets one copy from its image, isolated, in one drill."""

import pytest
from drill_documents import ID, NOW, OWN, drill
from fleets import make_fleet
from volumes import COPY, TAGS, data, make_image, point, quarantine
from weather import ec2_client, weathered

from infra.local.ec2.weather import IMPAIRED
from tasks.drills import ledger
from tasks.drills.folders import Folder
from tasks.errors import (
    AccessRefused,
    DrillRefused,
    NotACopy,
    NothingToRestore,
    RestoreFailed,
    Throttled,
)
from tasks.integrity import check_instance
from tasks.restore import remove_instance, restore_instance
from tasks.servers import instances, launches, volumes
from tasks.servers.points import Point

PART = data("instances")


@pytest.fixture
def account(aws):
    with weathered() as account:
        yield account


@pytest.fixture
def ec2(account):
    return ec2_client()


@pytest.fixture
def hosts(ec2):
    """Two instances with an image each, and a place that isolates."""
    ids = sorted(make_fleet(ec2, 2, TAGS, type="t3.small"))
    for one in ids:
        make_image(ec2, one)
    vpc = ec2.describe_instances()["Reservations"][0]["Instances"][0]["VpcId"]
    quarantine(ec2, vpc)
    return ids


@pytest.fixture
def restore(ec2, s3, evidence_bucket, state_table, dynamodb):
    def call(component=PART, target=ec2, **changes):
        document = drill(**changes)
        step = restore_instance.Restore(component, document, ec2, target)
        folder = Folder(document, component["name"], evidence_bucket, s3)
        return step.go_on(NOW, folder, table=state_table, dynamodb=dynamodb)

    return call


@pytest.fixture
def remove(ec2, state_table, dynamodb):
    """Remove the copy of one source, once."""

    def call(source, client=ec2, now=NOW, **changes):
        name = f"{COPY}-{source}"
        row = ledger.plan(
            ID,
            "instance",
            name,
            component="data",
            target=OWN,
            now="2026-11-02T03:00:00Z",
            table=state_table,
            dynamodb=dynamodb,
        )
        return remove_instance.remove({**row, **changes}, now, client, state_table, dynamodb)

    return call


def check(answer, ec2):
    request = {"component": PART, "drill": drill(), "now": NOW, "copy": answer["copy"]}
    return check_instance.check(request, ec2, ec2)


def failed(answer):
    return {one["name"] for one in answer["checks"] if one["verdict"] != "PASS"}


def copies(ec2):
    return list(instances.made(ID, ec2).values())


def test_each_instance_comes_back_isolated(ec2, hosts, restore):
    answer = restore()

    assert (answer["done"], answer["state"]) == (True, "2 of 2 checked by EC2")
    assert [one["source"] for one in answer["copy"]["instances"]] == hosts
    for copy in copies(ec2):
        assert copy["InstanceType"] == "t3.small"
        (interface,) = copy["NetworkInterfaces"]
        assert [group["GroupName"] for group in interface["Groups"]] == ["quarantine"]
        assert "IamInstanceProfile" not in copy
        assert not copy.get("KeyName")
    assert failed(check(answer, ec2)) == set()
    assert answer["newest_record"] == "2026-11-01T03:00:00Z"


def test_it_is_done_when_both_status_checks_are_over(account, hosts, restore):
    account.ec2_weather.set(pending=30, status_checks=120)

    early = restore()
    account.clock.advance(60)
    booting = restore()
    account.clock.advance(200)
    late = restore()

    assert [one["done"] for one in (early, booting, late)] == [False, False, True]


def test_a_copy_whose_checks_fail_is_done_and_fails_the_check(account, ec2, hosts, restore):
    account.ec2_weather.add(IMPAIRED)

    answer = restore()

    assert answer["done"]
    assert failed(check(answer, ec2)) == {"status checks"}


def test_a_second_delivery_launches_nobody_again(ec2, hosts, restore):
    assert restore()["copy"] == restore()["copy"]
    assert len(copies(ec2)) == 2


def test_a_row_of_the_ledger_is_written_before_each(ec2, hosts, restore, refusing, dynamodb):
    with pytest.raises(AccessRefused):
        restore(target=refusing(ec2, "run_instances", "UnauthorizedOperation"))

    (row,) = ledger.rows(ID, table="daytwo-state", dynamodb=dynamodb)
    assert (row["kind"], row["name"]) == ("instance", f"{COPY}-{hosts[0]}")


def test_an_instance_without_an_image_is_named(ec2, hosts, restore):
    (bare,) = make_fleet(ec2, 1, TAGS)

    with pytest.raises(NothingToRestore, match=bare):
        restore()
    assert copies(ec2) == []


def test_without_a_place_that_isolates_nothing_is_launched(ec2, restore):
    (host,) = make_fleet(ec2, 1, TAGS)
    make_image(ec2, host)

    with pytest.raises(DrillRefused, match="has no security group with the tag daytwo:quarantine"):
        restore()
    assert copies(ec2) == []


def test_without_instances_near_the_place_of_copies_is_not_known(ec2, hosts, restore):
    west = {"environment": "prod", "account": "210987654321", "target": OWN}

    with pytest.raises(DrillRefused, match="it is not known which subnet"):
        restore(source=west)


def test_an_image_that_is_named_is_launched_though_its_instance_is_gone(ec2, hosts, restore):
    image = make_image(
        ec2, hosts[0], "20261001t030000-00000000", **{"daytwo:instance-type": "m5.large"}
    )
    ec2.terminate_instances(InstanceIds=hosts[:1])

    restore({**PART, "recovery_point": point(id=image)})

    (copy,) = copies(ec2)
    assert (copy["ImageId"], copy["InstanceType"]) == (image, "m5.large")


def test_a_copy_that_goes_down_again_fails_the_restore(ec2, hosts, restore):
    restore()
    ec2.terminate_instances(InstanceIds=[copies(ec2)[0]["InstanceId"]])

    with pytest.raises(RestoreFailed, match="is terminated and not up"):
        restore()


@pytest.mark.parametrize(
    ("code", "error"),
    [("RequestLimitExceeded", Throttled), ("InsufficientInstanceCapacity", RestoreFailed)],
)
def test_what_ec2_refuses_has_a_name(ec2, hosts, restore, refusing, code, error):
    with pytest.raises(error):
        restore(target=refusing(ec2, "run_instances", code))


def test_of_many_a_drill_launches_some_and_another_drill_others():
    known = [Point("ami-1", f"i-{number:03d}", "", "", {}) for number in range(100)]

    first, again, other = (launches.chosen(known, name) for name in ("one", "one", "two"))

    assert len(first) == launches.MOST
    assert first == again != other


def test_a_copy_is_terminated_and_then_seen_to_be_gone(account, ec2, hosts, restore, remove):
    restore()
    account.ec2_weather.set(shutting_down=60)

    first = remove(hosts[0])
    account.clock.advance(300)
    answers = [remove(hosts[0]) for _ in range(3)]

    assert (first["done"], first["proof"]) == (False, "")
    assert answers[-1]["done"]
    assert "that it is terminated" in answers[-1]["proof"]
    assert f"{COPY}-{hosts[1]}" in instances.made(ID, ec2)


def test_volumes_that_outlive_a_copy_go_too(ec2, hosts, restore, remove):
    restore()
    name = f"{COPY}-{hosts[0]}"
    tags = [{"Key": "daytwo:drill", "Value": ID}, {"Key": "daytwo:drill-copy", "Value": name}]
    ec2.create_volume(
        AvailabilityZone="us-east-1a",
        Size=8,
        TagSpecifications=[{"ResourceType": "volume", "Tags": tags}],
    )

    states = [remove(hosts[0]) for _ in range(6)]

    assert states[-1]["done"]
    assert name not in volumes.made(ID, ec2)


def test_what_was_never_launched_is_gone_when_it_cannot_be_late(remove):
    early = remove("i-1", now="2026-11-02T03:01:00Z")

    assert (early["done"], early["state"]) == (False, "not seen yet")
    assert remove("i-1")["done"]


def test_nobody_but_the_drills_copies_is_terminated(ec2, hosts, restore, remove):
    restore()

    with pytest.raises(NotACopy):
        remove(hosts[0], name=hosts[0])
    remove(hosts[0], drill="monthly-2", now="2026-11-02T03:00:30Z")

    assert len(instances.selected(TAGS, ec2)) == len(copies(ec2)) == 2


def test_a_termination_that_is_refused_is_told(ec2, hosts, restore, remove, refusing):
    restore()

    with pytest.raises(AccessRefused):
        remove(hosts[0], refusing(ec2, "terminate_instances", "UnauthorizedOperation"))


def test_a_copy_with_an_open_group_fails_the_check(ec2, hosts, restore):
    answer = restore()
    copy = copies(ec2)[0]
    group = ec2.create_security_group(GroupName="open", Description="-", VpcId=copy["VpcId"])
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=copy["NetworkInterfaces"][0]["NetworkInterfaceId"],
        Groups=[group["GroupId"]],
    )

    assert failed(check(answer, ec2)) == {"security groups"}


def test_an_instance_without_a_copy_fails_the_coverage(ec2, hosts, restore):
    answer = restore()
    make_fleet(ec2, 1, TAGS)

    assert failed(check(answer, ec2)) == {"coverage"}


def test_a_copy_that_is_gone_fails_every_check_of_it(ec2, hosts, restore):
    answer = restore()
    answer["copy"]["instances"][0]["copy"] += "-other"

    assert failed(check(answer, ec2)) >= {"status", "status checks", "image"}


def test_the_functions_answer_by_their_schemas(hosts, state_table, evidence_bucket, dynamodb):
    request = {"component": PART, "drill": drill(), "now": NOW}

    restored = restore_instance.handler(request, None)
    checked = check_instance.handler({**request, "copy": restored["copy"]}, None)
    rows = ledger.rows(ID, table=state_table, dynamodb=dynamodb)
    removed = remove_instance.handler({"row": rows[0], "now": NOW}, None)

    assert failed(checked) == set()
    assert removed["done"] is False
