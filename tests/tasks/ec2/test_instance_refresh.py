"""A group is replaced by an instance refresh, watched, stopped, and told instance by instance."""

import pytest
from batches import by_error, operation, planned
from fleets import AMI
from hypothesis import given
from hypothesis import strategies as st
from services import make_group, members

from tasks.ec2 import (
    check_instance_refresh,
    check_refreshed,
    start_instance_refresh,
    stop_instance_refresh,
)
from tasks.errors import GroupBusy, GroupUnknown
from tasks.fleets import fleet, refreshes
from tasks.runtime import iso


@pytest.fixture
def group(autoscaling, cloud):
    """Four members of version 1, of a template that has a version 2."""
    ids = make_group(autoscaling, cloud, 4)
    cloud.create_launch_template_version(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": AMI, "InstanceType": "t3.large"}
    )
    return ids


@pytest.fixture
def start(account):
    began = iso(account.clock.now())

    def start(retry_count=0, group="web", max_unavailable=1, **options):
        asked = operation("replace", **options)
        asked["execution"] = {**asked["execution"], "started_at": began}
        request = {"operation": asked, "group": group, "max_unavailable": max_unavailable}
        request |= {"to_act": 4, "retry_count": retry_count}
        return start_instance_refresh.handler(request, None)

    return start


@pytest.fixture
def look(account):
    def look(started, rounds=0, most_rounds=99):
        request = {
            "operation": operation("replace"),
            "group": "web",
            "refresh_id": started["refresh_id"],
            "rounds": rounds,
            "most_rounds": most_rounds,
        }
        return check_instance_refresh.handler(request, None)

    return look


@pytest.fixture
def stop(account):
    def stop(rollback):
        request = {"operation": operation("replace"), "group": "web", "refresh_id": "r"}
        return stop_instance_refresh.handler({**request, "rollback": rollback}, None)

    return stop


@pytest.fixture
def sort(account):
    def sort(ids, outcome, reason=""):
        request = {
            "instances": [planned(one, auto_scaling_group="web") for one in ids],
            "work": fleet.begin(ids),
            "operation": operation("replace"),
            "refresh": {"outcome": outcome, "reason": reason},
        }
        return check_refreshed.handler(request, None)["work"]

    return sort


def kinds(cloud, ids):
    reply = cloud.describe_instances(InstanceIds=list(ids))
    return {one["InstanceType"] for found in reply["Reservations"] for one in found["Instances"]}


class TestStarting:
    def test_a_group_is_replaced_by_its_templates_latest_version(
        self, autoscaling, cloud, group, start, look, sort
    ):
        started = start()
        assert (started["group"], started["rollback"]) == ("web", True)
        seen = look(started)
        assert (seen["done"], seen["outcome"], seen["percent"]) == (True, "succeeded", 100)
        new = members(autoscaling)
        assert not set(new) & set(group)
        assert kinds(cloud, new) == {"t3.large"}
        assert sort(group, "succeeded")["reached"] == group

    def test_a_group_that_has_nothing_new_is_replaced_all_the_same(
        self, account, autoscaling, group, start, look
    ):
        assert look(start())["outcome"] == "succeeded"
        newer = members(autoscaling)
        account.clock.advance(60)
        assert look(start())["outcome"] == "succeeded"
        assert not set(newer) & set(members(autoscaling))

    def test_a_second_delivery_starts_none_where_the_first_ones_has_ended(
        self, account, autoscaling, group, start, look
    ):
        started = start()
        assert look(started)["outcome"] == "succeeded"
        newer = members(autoscaling)
        assert start(retry_count=1) == started
        assert members(autoscaling) == newer

    def test_as_many_stay_as_may_not_be_missing(self, account, group, start, calls):
        seen = calls("autoscaling", "StartInstanceRefresh")
        start(max_unavailable=1)
        (asked,) = seen
        assert asked["Preferences"] == {
            "MinHealthyPercentage": 75,
            "SkipMatching": True,
            "AutoRollback": True,
            "ScaleInProtectedInstances": "Ignore",
            "StandbyInstances": "Ignore",
        }

    def test_a_second_delivery_finds_the_refresh_that_the_first_has_started(
        self, account, group, start
    ):
        account.weather["autoscaling"].set(warmup=60)
        assert start(retry_count=1) == start(retry_count=1)

    def test_a_refresh_of_somebody_else_is_left_alone(self, account, group, start):
        account.weather["autoscaling"].set(warmup=60)
        started = start()
        with pytest.raises(GroupBusy, match=started["refresh_id"]):
            start()

    def test_an_older_refresh_is_never_taken_for_ones_own(self, account, autoscaling, group, start):
        account.weather["autoscaling"].set(warmup=6000)
        autoscaling.start_instance_refresh(AutoScalingGroupName="web")
        account.clock.advance(60)
        asked = operation("replace")
        asked["execution"] = {**asked["execution"], "started_at": iso(account.clock.now())}
        request = {"operation": asked, "group": "web", "max_unavailable": 0}
        with pytest.raises(GroupBusy):
            start_instance_refresh.handler({**request, "to_act": 4, "retry_count": 1}, None)

    def test_an_image_becomes_a_new_version_of_the_template_once(
        self, account, autoscaling, cloud, group, start, look
    ):
        images = [one["ImageId"] for one in cloud.describe_images()["Images"]]
        image = next(one for one in images if one != AMI)
        started = start(image_id=image)
        assert look(started)["outcome"] == "succeeded"
        version = cloud.describe_launch_template_versions(
            LaunchTemplateName="web", Versions=["$Latest"]
        )["LaunchTemplateVersions"][0]
        assert version["VersionNumber"] == 3
        assert version["LaunchTemplateData"]["ImageId"] == image
        start(image_id=image)
        versions = cloud.describe_launch_template_versions(LaunchTemplateName="web")
        assert len(versions["LaunchTemplateVersions"]) == 3

    def test_there_is_no_way_back_where_the_group_has_no_numbered_version(
        self, autoscaling, group, start
    ):
        autoscaling.update_auto_scaling_group(
            AutoScalingGroupName="web",
            LaunchTemplate={"LaunchTemplateName": "web", "Version": "$Latest"},
        )
        assert start()["rollback"] is False

    def test_an_unknown_group_is_said(self, start):
        with pytest.raises(GroupUnknown, match="nowhere"):
            start(group="nowhere")


class TestWatching:
    def test_a_refresh_that_goes_on_is_looked_at_again(self, account, group, start, look):
        account.weather["autoscaling"].set(warmup=60)
        started = start()
        seen = look(started, rounds=4)
        assert (seen["done"], seen["outcome"], seen["rounds"]) == (False, "", 5)
        assert seen["percent"] == 25

    def test_after_the_most_looks_it_took_too_long(self, account, group, start, look):
        account.weather["autoscaling"].set(warmup=6000)
        seen = look(start(), rounds=8, most_rounds=9)
        assert (seen["done"], seen["outcome"]) == (True, "too_long")

    def test_new_instances_that_are_not_healthy_are_rolled_back(
        self, account, autoscaling, cloud, group, start, look, sort
    ):
        account.weather["autoscaling"].add("unhealthy")
        seen = look(start())
        assert (seen["outcome"], seen["status"]) == ("rolled_back", "RollbackSuccessful")
        assert "did not become healthy" in seen["reason"]
        assert kinds(cloud, members(autoscaling)) == {"t3.micro"}
        work = sort(group, seen["outcome"], seen["reason"])
        assert by_error(work) == dict.fromkeys(group, ("RefreshFailed", False))
        assert "rolled back" in work["failed"][0]["reason"]

    def test_one_that_nobody_knows_has_failed(self, group, look):
        assert look({"refresh_id": "gone"})["outcome"] == "failed"

    def test_one_that_is_cancelled_leaves_the_group_half_replaced(
        self, account, group, start, look, stop, sort
    ):
        account.weather["autoscaling"].set(warmup=60)
        started = start()
        look(started)
        assert stop(rollback=False) == {"stopped": True}
        seen = look(started)
        assert seen["outcome"] == "failed"
        work = sort(group, seen["outcome"], seen["reason"])
        assert len(work["reached"]) == 1
        assert set(by_error(work).values()) == {("RefreshFailed", True)}

    def test_one_that_can_be_is_rolled_back(self, account, group, start, look, stop):
        account.weather["autoscaling"].set(warmup=60)
        started = start()
        look(started)
        assert stop(rollback=True) == {"stopped": True}
        account.clock.advance(600)
        assert look(started)["outcome"] == "rolled_back"

    @pytest.mark.parametrize("rollback", [True, False])
    def test_stopping_what_has_ended_changes_nothing(self, group, start, look, stop, rollback):
        look(start())
        assert stop(rollback) == {"stopped": False}

    def test_who_was_passed_over_is_not_replaced(self, autoscaling, group, start, look, sort):
        protected, resting, *others = group
        autoscaling.set_instance_protection(
            AutoScalingGroupName="web", InstanceIds=[protected], ProtectedFromScaleIn=True
        )
        autoscaling.enter_standby(
            AutoScalingGroupName="web", InstanceIds=[resting], ShouldDecrementDesiredCapacity=True
        )
        look(start())
        work = sort(group, "succeeded")
        assert work["reached"] == others
        assert by_error(work) == {
            protected: ("NotReplaced", False),
            resting: ("NotReplaced", False),
        }

    def test_who_was_new_already_is_there(self, autoscaling, group, start, look, sort):
        look(start())
        new = list(members(autoscaling))
        look(start())
        assert sort(new, "succeeded")["reached"] == new


class TestRules:
    @given(size=st.integers(1, 10_000), share=st.floats(0.0001, 1))
    def test_no_more_are_missing_than_may_be(self, size, share):
        max_unavailable = max(1, int(size * share))
        percent = refreshes.min_healthy(size, max_unavailable)
        assert 0 <= percent <= 100
        assert size - -(-size * percent // 100) <= max_unavailable

    @pytest.mark.parametrize(
        ("size", "max_unavailable", "percent"),
        [(4, 1, 75), (3, 1, 66), (300, 1, 100), (10, 10, 0), (7, 2, 71), (2, 5, 0)],
    )
    def test_exactly_so_many_may_go_where_a_percentage_says_it(
        self, size, max_unavailable, percent
    ):
        assert refreshes.min_healthy(size, max_unavailable) == percent

    def test_without_a_limit_all_may_go(self):
        assert refreshes.min_healthy(10, 0) == 0

    def test_a_policy_of_several_types_keeps_its_overrides(self):
        policy = {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "1"},
                "Overrides": [{"InstanceType": "t3.large"}],
            }
        }
        group = {"MixedInstancesPolicy": policy}
        wanted = refreshes.desired(group, {"LaunchTemplateId": "lt-1"}, "2")
        template = wanted["MixedInstancesPolicy"]["LaunchTemplate"]
        assert template["LaunchTemplateSpecification"]["Version"] == "2"
        assert template["Overrides"] == [{"InstanceType": "t3.large"}]
        assert policy["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"] == "1"
        assert refreshes.can_roll_back(group)

    @pytest.mark.parametrize(
        ("version", "can"), [("3", True), ("$Latest", False), ("$Default", False), ("", False)]
    )
    def test_only_a_numbered_version_can_be_gone_back_to(self, version, can):
        assert refreshes.can_roll_back({"LaunchTemplate": {"Version": version}}) is can
