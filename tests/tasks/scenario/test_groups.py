"""A group loses a zone or a member, serves on, and gets back what a drill took."""

import pytest
from drill_documents import ID, component
from fleets import AMI
from services import make_target_group

from tasks.drills import groups, ledger
from tasks.errors import DrillRefused, DrillStopped, GroupUnknown
from tasks.scenario import check_group, fail_member, restore_group, take_zone_away

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
NAME = "financial-dev-application"


@pytest.fixture
def subnets(ec2):
    found = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": list(ZONES)}])
    by_zone = {one["AvailabilityZone"]: one["SubnetId"] for one in found["Subnets"]}
    return [by_zone[zone] for zone in ZONES]


@pytest.fixture
def make(autoscaling, ec2, elbv2, subnets, state_table):
    def make(subnets=subnets):
        arn = make_target_group(elbv2, ec2)
        autoscaling.create_launch_configuration(
            LaunchConfigurationName="web", ImageId=AMI, InstanceType="t3.micro"
        )
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=NAME,
            LaunchConfigurationName="web",
            MinSize=2,
            MaxSize=6,
            DesiredCapacity=3,
            VPCZoneIdentifier=",".join(subnets),
            TargetGroupARNs=[arn],
        )

    return make


@pytest.fixture
def described(autoscaling):
    return lambda: groups.find(NAME, autoscaling)


def group(zone="", least=1):
    return component(
        "application",
        type="auto_scaling_group",
        chain="zone_failure",
        resource=NAME,
        copy="",
        target_config={"group": NAME, "least_in_service": least},
        options={"zone": zone},
    )


def look(step, taken, expect, least=1):
    told = {name: taken[name] for name in ("lost", "zone", "least_seen")}
    return step(check_group, group(least=least), expect=expect, **told)


def test_the_zone_s_members_are_lost_and_made_up_for_elsewhere(step, make, described):
    make()
    taken = step(take_zone_away, group("us-east-1b"))
    serving = groups.serving(described())
    assert taken["zone"] == "us-east-1b"
    assert len(taken["lost"]) == 1
    assert {one["AvailabilityZone"] for one in serving} == {"us-east-1a", "us-east-1c"}
    assert len(serving) == 3


def test_without_a_zone_named_it_is_the_fullest(step, make, described):
    make()
    fullest = groups.fullest_zone(described())
    assert step(take_zone_away, group())["zone"] == fullest


def test_a_second_delivery_takes_nothing_more(step, make, described):
    make()
    first = step(take_zone_away, group())
    before = described()["Instances"]
    second = step(take_zone_away, group())
    assert described()["Instances"] == before
    assert (second["row"], second["lost"], second["done"]) == (first["row"], first["lost"], True)


def test_a_group_in_one_zone_alone_is_left_as_it_is(step, make, described, subnets):
    make(subnets[:1])
    before = described()["Instances"]
    with pytest.raises(DrillRefused, match="no other zone"):
        step(take_zone_away, group())
    assert described()["Instances"] == before


def test_a_zone_that_the_group_is_not_in_is_refused(step, make):
    make()
    with pytest.raises(DrillRefused, match="us-east-1f"):
        step(take_zone_away, group("us-east-1f"))


def test_a_drill_that_was_stopped_takes_nothing(step, make, described, stop):
    make()
    stop()
    before = described()
    with pytest.raises(DrillStopped, match="by alice"):
        step(take_zone_away, group())
    assert described()["VPCZoneIdentifier"] == before["VPCZoneIdentifier"]


def test_the_group_has_recovered_when_as_many_serve_as_are_desired(step, make):
    make()
    found = look(step, step(take_zone_away, group("us-east-1a")), "recovered")
    assert found["done"]
    assert {check["verdict"] for check in found["checks"]} == {"PASS"}
    assert found["checks"][0]["observed"] == "3 in us-east-1b, us-east-1c"


def test_fewer_in_service_than_allowed_fail_the_check(step, make):
    make()
    taken = {**step(take_zone_away, group("us-east-1a")), "least_seen": 1}
    verdicts = {
        check["name"]: check["verdict"] for check in look(step, taken, "recovered", 2)["checks"]
    }
    assert verdicts == {"members in service": "PASS", "least in service": "FAIL"}


def test_members_that_no_target_group_finds_healthy_do_not_serve(step, make, account):
    make()
    taken = step(take_zone_away, group("us-east-1a"))
    account.weather["elbv2"].set(initial=600)
    lost = step(fail_member, group())
    found = look(step, {**taken, "lost": lost["lost"]}, "recovered")
    assert (found["done"], found["checks"]) == (False, [])
    assert found["least_seen"] < 3


def test_the_zone_is_given_back_and_proved_to_be(
    step, undo, make, described, subnets, state_table, dynamodb
):
    make()
    taken = step(take_zone_away, group("us-east-1c"))
    assert undo(restore_group, taken["row"])["done"] is False
    proved = undo(restore_group, taken["row"])
    assert groups.subnets(described()) == subnets
    assert NAME in proved["proof"]
    (row,) = ledger.rows(ID, table=state_table, dynamodb=dynamodb)
    assert (row["status"], row["proof"]) == ("gone", proved["proof"])


def test_the_zone_has_returned_when_a_member_serves_in_it_again(step, undo, make):
    make()
    taken = step(take_zone_away, group("us-east-1c"))
    assert look(step, taken, "returned")["done"] is False
    undo(restore_group, taken["row"])
    assert look(step, taken, "returned")["done"] is True


def test_a_group_that_is_gone_has_nothing_to_be_given_back_to(step, undo, make, autoscaling):
    make()
    row = step(take_zone_away, group())["row"]
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName=NAME, ForceDelete=True)
    assert undo(restore_group, row) == {"done": True, "proof": f"There is no group {NAME} any more"}


def test_a_failed_member_is_replaced(step, make, described):
    make()
    before = {one["InstanceId"] for one in described()["Instances"]}
    failed = step(fail_member, group())
    after = {one["InstanceId"] for one in groups.serving(described())}
    assert before - after == set(failed["lost"])
    assert len(after) == 3


def test_the_same_member_fails_at_a_second_delivery(step, make, described):
    make()
    first = step(fail_member, group())
    before = described()["Instances"]
    assert step(fail_member, group())["lost"] == first["lost"]
    assert described()["Instances"] == before


def test_a_group_without_members_has_none_that_could_fail(step, make, autoscaling):
    make()
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=NAME, MinSize=0, DesiredCapacity=0)
    with pytest.raises(DrillRefused, match="none can fail"):
        step(fail_member, group())


@pytest.mark.parametrize("task", [take_zone_away, fail_member])
def test_a_group_that_does_not_exist_is_said_to_be(step, task, state_table):
    with pytest.raises(GroupUnknown, match=NAME):
        step(task, group())
