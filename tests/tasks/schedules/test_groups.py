"""Who follows which schedule."""

import copy

import pytest
from schedules import OFFICE, instance, instance_id, manifest

from tasks.schedules.groups import groups, places, schedules, tier_names
from tasks.schedules.groups import instance as seen

SHOP = manifest()
DEV, TAGGED = places([SHOP])


def described(number=1, state="running", **tags):
    named = {key.replace("_", ":"): value for key, value in tags.items()}
    return {
        "InstanceId": instance_id(number),
        "State": {"Name": state},
        "Tags": [{"Key": key, "Value": value} for key, value in named.items()],
    }


def test_the_environments_with_instances_are_looked_at_and_then_all_with_the_tag():
    assert (DEV.system, DEV.environment, DEV.default) == ("shop", "dev", "shop/office-hours")
    assert (TAGGED.system, TAGGED.tags, TAGGED.default) == ("", {}, "")


def test_without_any_schedule_there_is_nothing_to_look_at():
    bare = copy.deepcopy(SHOP)
    bare["schedules"] = {}
    assert places([bare]) == []


def test_auto_scaling_groups_are_named_for_their_environment_and_take_its_schedule():
    sized = copy.deepcopy(SHOP)
    size = {"min": 0, "desired": 0, "max": 1}
    sized["environments"][0]["instances"]["auto_scaling"] = [
        {"group": "shop-{environment}-web", "schedule": "", "business": size, "off": size}
    ]
    (entry,) = places([sized])[0].auto_scaling
    assert (entry["group"], entry["schedule"]) == ("shop-dev-web", "shop/office-hours")


@pytest.mark.parametrize(
    ("tags", "schedule"),
    [
        ({}, "shop/office-hours"),
        ({"daytwo_schedule": "nights"}, "shop/nights"),
        ({"daytwo_schedule": "other/nights"}, "other/nights"),
        ({"daytwo_schedule": "none"}, None),
        ({"daytwo_protected": "true"}, None),
        ({"daytwo_protected": "false"}, "shop/office-hours"),
        ({"aws_autoscaling_groupName": "web"}, None),
    ],
)
def test_the_tag_comes_before_the_environments_schedule(tags, schedule):
    found = seen(described(**tags), DEV)
    assert (found.schedule if found else None) == schedule


def test_outside_of_environments_only_a_full_name_is_a_schedule():
    assert seen(described(), TAGGED) is None
    found = seen(described(daytwo_schedule="shop/office-hours"), TAGGED)
    assert found is not None
    assert found.schedule == "shop/office-hours"


@pytest.mark.parametrize(
    ("state", "on"),
    [("running", True), ("pending", True), ("stopping", False), ("stopped", False)],
)
def test_what_is_about_to_run_is_on(state, on):
    found = seen(described(state=state), DEV)
    assert found is not None
    assert found.on is on


def test_the_first_tier_that_fits_is_taken_and_the_rest_comes_last():
    tiered = copy.deepcopy(SHOP)
    tiered["environments"][0]["instances"]["tiers"] = [
        {"name": "database", "tags": {"Tier": ["database", "cache"]}},
        {"name": "web", "tags": {"Tier": ["web"], "Colour": ["blue"]}},
    ]
    place = places([tiered])[0]
    tiers = [
        seen(described(Tier="cache"), place),
        seen(described(Tier="web", Colour="blue"), place),
        seen(described(Tier="web", Colour="red"), place),
        seen(described(), place),
    ]
    assert [found.tier for found in tiers if found] == [0, 1, 2, 2]
    assert tier_names(place) == ["database", "web", "the rest"]


def test_an_instance_that_two_places_select_belongs_to_the_first():
    both = [instance(1), instance(2, schedule="shop/nights")]
    made = groups([(DEV, both), (TAGGED, both)], schedules([SHOP]))
    assert [(group.key, len(group.instances)) for group in made] == [
        ("shop/dev:shop/nights", 1),
        ("shop/dev:shop/office-hours", 1),
    ]


def test_a_schedule_that_nobody_registered_is_none():
    made = groups([(DEV, [instance(1, schedule="shop/nights")])], schedules([SHOP]))
    assert made[0].schedule is None


def test_schedules_have_their_systems_name():
    assert list(schedules([SHOP])) == ["shop/office-hours"]
    assert schedules([SHOP])["shop/office-hours"]["periods"] == OFFICE["periods"]
