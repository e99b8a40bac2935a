"""Replacing: launch_replacements, check_replacements and discard_replacements."""

import base64

import boto3
import pytest
from batches import acted, by_error, operation, planned
from fleets import AMI, make_fleet, states_of
from services import healths, make_target_group, make_template, register

from tasks.ec2 import check_replacements, discard_replacements, launch_replacements
from tasks.errors import Throttled
from tasks.fleets import fleet, launching


@pytest.fixture
def old(cloud):
    """Three instances that differ in their names."""
    ids = make_fleet(cloud, 3, tags={"App": "web", "daytwo:operation": "earlier"})
    for number, one in enumerate(ids):
        cloud.create_tags(Resources=[one], Tags=[{"Key": "Name", "Value": f"web-{number}"}])
    make_template(cloud, "web", InstanceType="t3.small")
    cloud.calls.clear()
    return ids


@pytest.fixture
def launch(account):
    def launch(ids, work=None, retry_count=0, replacements=(), **options):
        request = {
            "instances": [planned(one) for one in ids],
            "work": work or fleet.begin(ids),
            "operation": operation("replace", **options),
            "retry_count": retry_count,
            "replacements": list(replacements),
        }
        answer = launch_replacements.handler(request, None)
        stands_for = {one["instance_id"]: one["replacement"] for one in answer["replacements"]}
        return answer["work"], stands_for

    return launch


def described(cloud, ids):
    reply = cloud.describe_instances(InstanceIds=list(ids))
    return {
        one["InstanceId"]: one
        for reservation in reply["Reservations"]
        for one in reservation["Instances"]
    }


def count(cloud):
    pages = cloud.get_paginator("describe_instances").paginate()
    return sum(len(one["Instances"]) for page in pages for one in page["Reservations"])


class TestLaunching:
    def test_each_has_a_new_one_of_the_templates_latest_version(self, launch, old, cloud, calls):
        cloud.create_launch_template_version(
            LaunchTemplateName="web",
            LaunchTemplateData={"ImageId": AMI, "InstanceType": "m5.large"},
        )
        seen = calls("ec2", "RunInstances", attempts=1)
        work, stands_for = launch(old, launch_template="web")
        assert (work["acted"], work["failed"]) == (old, [])
        assert set(stands_for) == set(old)
        new = described(cloud, stands_for.values())
        assert {one["InstanceType"] for one in new.values()} == {"m5.large"}
        assert len(seen) == 1
        assert set(states_of(cloud, old).values()) == {"running"}

    def test_a_new_one_has_the_old_ones_tags_and_says_what_it_replaces(self, launch, old, cloud):
        _, stands_for = launch(old, launch_template="web")
        entry = described(cloud, [stands_for[old[1]]])[stands_for[old[1]]]
        tags = launching.tags_of(entry)
        assert {key: tags[key] for key in tags if not key.startswith("aws:")} == {
            "App": "web",
            "Name": "web-1",
            "daytwo:operation": "op-1",
            "daytwo:replaces": old[1],
        }

    def test_a_new_one_stands_in_the_old_ones_subnet(self, launch, cloud, old):
        subnets = [one["SubnetId"] for one in cloud.describe_subnets()["Subnets"]]
        here, there = (
            cloud.run_instances(ImageId=AMI, MinCount=1, MaxCount=1, SubnetId=subnet)
            for subnet in subnets[:2]
        )
        ids = [reply["Instances"][0]["InstanceId"] for reply in (here, there)]
        _, stands_for = launch(ids, launch_template="web")
        new = described(cloud, stands_for.values())
        assert [new[stands_for[one]]["SubnetId"] for one in ids] == subnets[:2]

    @pytest.mark.parametrize("retry_count", [0, 1])
    def test_a_second_delivery_launches_nothing_more(self, launch, old, cloud, retry_count):
        first = launch(old, launch_template="web")
        there = count(cloud)
        assert launch(old, launch_template="web", retry_count=retry_count) == first
        assert count(cloud) == there

    def test_one_killed_before_it_tagged_launches_nothing_more(self, launch, old, cloud, refuse):
        stop = refuse("ec2", "CreateTags", "RequestLimitExceeded", attempts=1)
        with pytest.raises(Throttled):
            launch(old, launch_template="web")
        there = count(cloud)
        stop()
        work, _ = launch(old, launch_template="web", retry_count=1)
        assert work["acted"] == old
        assert count(cloud) == there

    def test_where_capacity_is_short_the_rest_are_of_a_fallback_type(
        self, launch, old, cloud, skies
    ):
        skies.add("no_capacity", types="t3.small", actions="RunInstances", spares=2)
        work, stands_for = launch(old, launch_template="web", fallback_types=["t3.medium"])
        assert work["acted"] == old
        kinds = [one["InstanceType"] for one in described(cloud, stands_for.values()).values()]
        assert sorted(kinds) == ["t3.medium", "t3.small", "t3.small"]

    def test_without_capacity_in_its_zone_a_new_one_goes_to_the_fallback_subnet(
        self, launch, old, cloud, skies
    ):
        subnets = cloud.describe_subnets()["Subnets"]
        other = next(one for one in subnets if one["AvailabilityZone"] == "us-east-1b")
        skies.add("no_capacity", zones="us-east-1a")
        _, stands_for = launch(old, launch_template="web", fallback_subnets=[other["SubnetId"]])
        new = described(cloud, stands_for.values())
        assert {one["SubnetId"] for one in new.values()} == {other["SubnetId"]}

    def test_without_any_capacity_the_old_ones_stay_unchanged(self, launch, old, cloud, skies):
        skies.add("no_capacity")
        work, stands_for = launch(old, launch_template="web", fallback_types=["t3.medium"])
        assert stands_for == {}
        assert by_error(work) == dict.fromkeys(old, ("InsufficientInstanceCapacity", False))
        assert set(states_of(cloud, old).values()) == {"running"}

    def test_without_template_or_image_nothing_is_known_to_launch(self, launch, old):
        work, _ = launch(old)
        assert by_error(work) == dict.fromkeys(old, ("NoLaunchTemplate", False))
        assert "options.launch_template" in work["failed"][0]["reason"]

    def test_another_image_makes_one_that_is_otherwise_like_the_old_one(self, launch, cloud):
        images = [one["ImageId"] for one in cloud.describe_images()["Images"]]
        image = next(one for one in images if one != AMI)
        ids = make_fleet(cloud, 1, UserData="#!/bin/sh\necho hello", type="t3.nano")
        _, stands_for = launch(ids, image_id=image)
        (new,) = described(cloud, stands_for.values()).values()
        before = described(cloud, ids)[ids[0]]
        assert (new["ImageId"], new["InstanceType"]) == (image, "t3.nano")
        assert new["SecurityGroups"] == before["SecurityGroups"]
        data = cloud.describe_instance_attribute(
            InstanceId=new["InstanceId"], Attribute="userData"
        )["UserData"]["Value"]
        assert base64.b64decode(data) == b"#!/bin/sh\necho hello"

    def test_one_that_is_gone_is_not_replaced(self, launch, old, cloud):
        cloud.terminate_instances(InstanceIds=old[:1])
        work, stands_for = launch(old, launch_template="web")
        assert by_error(work) == {old[0]: ("Terminated", False)}
        assert set(stands_for) == set(old[1:])

    def test_a_template_that_does_not_exist_is_said(self, launch, old):
        with pytest.raises(Exception, match="launch template nowhere"):
            launch(old, launch_template="nowhere")


class TestChecking:
    @pytest.fixture
    def check(self, cloud):
        def check(work, stands_for, most_rounds=9, status_checks=True):
            return check_replacements.check(work, stands_for, status_checks, most_rounds, cloud)

        return check

    def test_an_old_one_may_leave_when_its_new_one_passes_its_checks(
        self, check, launch, old, skies, account
    ):
        skies.set(pending=10, status_checks=60)
        work, stands_for = launch(old, launch_template="web")
        work = check(work, stands_for)
        assert work["acted"] == old
        account.clock.advance(10)
        assert check(work, stands_for)["acted"] == old
        assert check(work, stands_for, status_checks=False)["reached"] == old
        account.clock.advance(60)
        assert check(work, stands_for)["reached"] == old

    def test_a_launch_that_ends_in_terminated_is_told_with_ec2s_reason(
        self, check, launch, old, skies
    ):
        skies.add("falls_back", actions="RunInstances", times=1)
        work, stands_for = launch(old, launch_template="web")
        work = check(work, stands_for)
        (failed,) = work["failed"]
        assert (failed["error"], failed["changed"]) == ("ReplacementFailed", False)
        assert stands_for[failed["instance_id"]] in failed["reason"]
        assert "Client error on launch" in failed["reason"]
        assert len(work["reached"]) == 2

    def test_one_whose_checks_never_pass_has_failed_at_the_end(self, check, launch, old, skies):
        skies.add("impaired")
        work, stands_for = launch(old, launch_template="web")
        work = check(work, stands_for, most_rounds=1)
        assert by_error(work) == dict.fromkeys(old, ("ReplacementFailed", False))

    def test_the_function_answers_by_its_schema(self, launch, old):
        work, stands_for = launch(old, launch_template="web")
        pairs = [{"instance_id": one, "replacement": new} for one, new in stands_for.items()]
        request = {
            "instances": [planned(one) for one in old],
            "work": work,
            "operation": operation("replace"),
            "most_rounds": 3,
            "replacements": pairs,
        }
        assert check_replacements.handler(request, None)["work"]["reached"] == old


class TestDiscarding:
    @pytest.fixture
    def discard(self, account):
        def discard(ids, work, stands_for, target_groups=(), interrupted=False):
            pairs = [{"instance_id": one, "replacement": new} for one, new in stands_for.items()]
            request = {
                "instances": [planned(one, target_groups=list(target_groups)) for one in ids],
                "work": work,
                "operation": operation("replace"),
                "replacements": pairs,
                "interrupted": interrupted,
            }
            return discard_replacements.handler(request, None)["work"]

        return discard

    def failing(self, ids, failed):
        work = fleet.fail(acted(ids), dict.fromkeys(failed, ("TargetUnhealthy", "It is.")), False)
        return fleet.reach(work, work["acted"])

    @pytest.mark.parametrize("known", [True, False])
    def test_the_new_one_of_an_old_one_that_stays_is_terminated(
        self, launch, discard, old, cloud, known
    ):
        _, stands_for = launch(old, launch_template="web")
        work = discard(old, self.failing(old, old[:1]), stands_for if known else {})
        assert states_of(cloud, list(stands_for.values())) == {
            stands_for[old[0]]: "terminated",
            stands_for[old[1]]: "running",
            stands_for[old[2]]: "running",
        }
        assert by_error(work) == {old[0]: ("TargetUnhealthy", False)}
        assert work["failed"][0]["reason"] == (
            f"It is. Its replacement {stands_for[old[0]]} was discarded."
        )
        assert work["reached"] == old[1:]

    def test_it_leaves_the_load_balancer_before(self, launch, discard, old, cloud):
        elbv2 = boto3.client("elbv2")
        group = make_target_group(elbv2, cloud)
        _, stands_for = launch(old[:1], launch_template="web")
        places = register(elbv2, group, [old[0], stands_for[old[0]]])
        discard(old[:1], self.failing(old[:1], old[:1]), stands_for, places)
        assert healths(elbv2, group) == {old[0]: "healthy"}

    def test_the_new_one_of_an_old_one_that_is_gone_stays(self, launch, discard, old, cloud):
        _, stands_for = launch(old, launch_template="web")
        cloud.terminate_instances(InstanceIds=old[:1])
        work = discard(old, self.failing(old, old[:1]), stands_for)
        assert set(states_of(cloud, list(stands_for.values())).values()) == {"running"}
        assert "is in its place" in work["failed"][0]["reason"]

    def test_a_new_one_that_cannot_be_terminated_is_left_for_a_person(
        self, launch, discard, old, cloud
    ):
        _, stands_for = launch(old[:1], launch_template="web")
        cloud.modify_instance_attribute(
            InstanceId=stands_for[old[0]], DisableApiTermination={"Value": True}
        )
        work = discard(old[:1], self.failing(old[:1], old[:1]), stands_for)
        assert by_error(work) == {old[0]: ("TargetUnhealthy", True)}
        assert "still there" in work["failed"][0]["reason"]

    def test_who_has_no_new_one_is_left_as_it_is(self, discard, old):
        work = self.failing(old, old)
        assert discard(old, work, {}) == work

    def test_of_a_batch_that_broke_only_those_keep_theirs_who_are_gone(
        self, launch, discard, old, cloud
    ):
        _, stands_for = launch(old, launch_template="web")
        cloud.terminate_instances(InstanceIds=old[:1])
        work = acted(old)
        assert discard(old, work, {}, interrupted=True) == work
        assert states_of(cloud, list(stands_for.values())) == {
            stands_for[old[0]]: "running",
            stands_for[old[1]]: "terminated",
            stands_for[old[2]]: "terminated",
        }
