"""Instance refreshes replace members in waves, leave some alone, and go back where asked."""

import pytest
from botocore.exceptions import ClientError
from fleets import AMI
from services import make_group, members


@pytest.fixture
def group(autoscaling, ec2):
    """Four members of version 1, of a template that has a version 2."""
    ids = make_group(autoscaling, ec2, 4)
    ec2.create_launch_template_version(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": AMI, "InstanceType": "t3.large"}
    )
    return ids


@pytest.fixture
def start(autoscaling):
    def start(version="2", **preferences):
        desired = {"LaunchTemplate": {"LaunchTemplateName": "web", "Version": version}}
        return autoscaling.start_instance_refresh(
            AutoScalingGroupName="web",
            DesiredConfiguration=desired,
            Preferences={"MinHealthyPercentage": 50, **preferences},
        )["InstanceRefreshId"]

    return start


@pytest.fixture
def seen(autoscaling):
    def seen():
        reply = autoscaling.describe_instance_refreshes(AutoScalingGroupName="web")
        return reply["InstanceRefreshes"][0]

    return seen


def kinds(ec2, ids):
    reply = ec2.describe_instances(InstanceIds=list(ids))
    return [one["InstanceType"] for found in reply["Reservations"] for one in found["Instances"]]


def test_members_are_replaced_in_waves_of_who_may_be_unavailable(
    account, weather, autoscaling, ec2, group, start, seen
):
    weather.set(warmup=60)
    refresh = start()
    found = seen()
    assert (found["InstanceRefreshId"], found["Status"]) == (refresh, "InProgress")
    assert (found["PercentageComplete"], found["InstancesToUpdate"]) == (50, 2)
    assert len(set(members(autoscaling)) & set(group)) == 2
    account.clock.advance(60)
    assert seen()["PercentageComplete"] == 100
    account.clock.advance(60)
    assert seen()["Status"] == "Successful"
    new = members(autoscaling)
    assert len(new) == 4 and not set(new) & set(group)
    assert kinds(ec2, new) == ["t3.large"] * 4
    described = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert described["LaunchTemplate"]["Version"] == "2"


def test_who_is_protected_on_standby_or_new_already_stays(autoscaling, group, start, seen):
    protected, resting, *others = group
    autoscaling.set_instance_protection(
        AutoScalingGroupName="web", InstanceIds=[protected], ProtectedFromScaleIn=True
    )
    autoscaling.enter_standby(
        AutoScalingGroupName="web", InstanceIds=[resting], ShouldDecrementDesiredCapacity=True
    )
    start(SkipMatching=True)
    assert seen()["Status"] == "Successful"
    after = set(members(autoscaling))
    assert {protected, resting} < after and not after & set(others)
    start(SkipMatching=True)
    assert seen()["Status"] == "Successful"
    assert set(members(autoscaling)) == after


def test_one_refresh_at_a_time(weather, group, start):
    weather.set(warmup=60)
    start()
    with pytest.raises(ClientError, match="InstanceRefreshInProgress"):
        start()


def test_unhealthy_new_members_fail_the_refresh(weather, autoscaling, group, start, seen):
    weather.add("unhealthy")
    start()
    assert seen()["Status"] == "Failed"
    assert "did not become healthy" in seen()["StatusReason"]
    assert len(set(members(autoscaling)) & set(group)) == 2


def test_unhealthy_new_members_are_rolled_back_where_asked(
    weather, autoscaling, ec2, group, start, seen
):
    weather.add("unhealthy")
    start(AutoRollback=True)
    assert seen()["Status"] == "RollbackSuccessful"
    assert kinds(ec2, members(autoscaling)) == ["t3.micro"] * 4


def test_a_person_can_roll_back_or_cancel(account, weather, autoscaling, ec2, group, start, seen):
    weather.set(warmup=60)
    start()
    seen()
    autoscaling.rollback_instance_refresh(AutoScalingGroupName="web")
    assert seen()["Status"] == "RollbackInProgress"
    account.clock.advance(120)
    assert seen()["Status"] == "RollbackSuccessful"
    assert kinds(ec2, members(autoscaling)) == ["t3.micro"] * 4
    start()
    autoscaling.cancel_instance_refresh(AutoScalingGroupName="web")
    assert seen()["Status"] == "Cancelled"
    with pytest.raises(ClientError, match="ActiveInstanceRefreshNotFound"):
        autoscaling.cancel_instance_refresh(AutoScalingGroupName="web")


def test_there_is_no_way_back_to_a_version_without_a_number(autoscaling, ec2, group, start):
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchTemplate={"LaunchTemplateName": "web", "Version": "$Latest"},
    )
    with pytest.raises(ClientError, match="AutoRollback"):
        start(AutoRollback=True)
    start()


def test_an_unknown_group_is_refused(autoscaling, start):
    with pytest.raises(ClientError, match="'web' not found"):
        start()
