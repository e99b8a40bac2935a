"""What a manifest must keep to about its instances, schedules and maintenance windows."""

import copy

import pytest

from schemas.validation import InvalidDocument
from workflows import systems

OFFICE = {
    "timezone": "Europe/Vienna",
    "periods": [{"days": ["mon", "fri"], "start": "08:00", "stop": "18:00"}],
}
GROUP = {
    "group": "shop-{environment}-web",
    "business": {"min": 2, "desired": 3, "max": 6},
    "off": {"min": 0, "desired": 0, "max": 1},
}
SHOP = {
    "name": "shop",
    "roles": {"operator": ["arn:aws:iam::123456789012:user/bob"]},
    "schedules": {"office-hours": OFFICE},
    "environments": [
        {
            "name": "dev",
            "stack": "shop-dev",
            "instances": {
                "tags": {"System": ["shop"]},
                "schedule": "office-hours",
                "tiers": [{"name": "database", "tags": {"Tier": ["database"]}}],
                "auto_scaling": [GROUP],
            },
        },
        {"name": "prod", "stack": "shop-prod"},
    ],
}
INSTANCES = ["environments", 0, "instances"]


def changed(path, to):
    manifest = copy.deepcopy(SHOP)
    place = manifest
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return manifest


def problems(path, to):
    with pytest.raises(InvalidDocument) as refused:
        systems.validate(changed(path, to))
    return refused.value.problems


def test_an_environment_says_nothing_of_its_instances_and_has_none():
    filled = systems.validate(SHOP)

    assert filled["environments"][1]["instances"] == {
        "tags": {},
        "production": False,
        "approval": {"roles": [], "expires_seconds": 86400},
        "maintenance_windows": [],
        "schedule": "",
        "tiers": [],
        "auto_scaling": [],
    }


def test_a_schedule_leaves_alone_what_people_do_by_default():
    assert systems.validate(SHOP)["schedules"]["office-hours"] == {
        **OFFICE,
        "holidays": [],
        "calendar": "",
        "stop_only": False,
        "hibernate": False,
        "manual_start": "leave",
        "manual_stop": "leave",
        "check_minutes": 15,
    }


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            ["schedules", "office-hours", "timezone"],
            "Europe/Viena",
            "schedules.office-hours.timezone: 'Europe/Viena' is no IANA time zone; is "
            "Europe/Vienna meant? (Europe/Vienna is one)",
        ),
        (
            ["schedules", "office-hours", "periods", 0, "stop"],
            "08:00",
            "schedules.office-hours.periods.0: it starts and stops at 08:00; a whole day is "
            "00:00 to 24:00",
        ),
        (
            ["schedules", "office-hours", "holidays"],
            ["2026-12-24", "2026-02-29"],
            "schedules.office-hours.holidays.1: 2026-02-29 is no date of the calendar",
        ),
        (
            ["schedules", "none"],
            OFFICE,
            "schedules.none: as an instance's tag, none means that it follows none",
        ),
        (
            [*INSTANCES, "schedule"],
            "nights",
            "environments.0.instances.schedule: nights is not among the manifest's schedules "
            "(office-hours)",
        ),
        (
            [*INSTANCES, "tags"],
            {},
            "environments.0.instances.tags: a schedule or tiers without tags would select no "
            "instance",
        ),
        (
            [*INSTANCES, "tiers"],
            [{"name": "web", "tags": {"Tier": [tier]}} for tier in ("web", "api")],
            "environments.0.instances.tiers.1.name: web is there twice",
        ),
        (
            [*INSTANCES, "auto_scaling", 0, "off"],
            {"min": 1, "desired": 0, "max": 1},
            "environments.0.instances.auto_scaling.0.off: desired 0 is not from min 1 to max 1",
        ),
        (
            [*INSTANCES, "auto_scaling", 0, "group"],
            "web",
            "environments.0.instances.auto_scaling.0.group: web does not begin with shop-",
        ),
        (
            [*INSTANCES, "approval"],
            {"roles": ["boss"]},
            "environments.0.instances.approval.roles: boss is not among the manifest's roles "
            "(operator)",
        ),
        (
            [*INSTANCES, "maintenance_windows"],
            [{"days": ["sun"], "from": "02:00", "to": "02:00"}],
            "environments.0.instances.maintenance_windows.0: it opens and closes at 02:00; a "
            "whole day is 00:00 to 24:00",
        ),
        (
            [*INSTANCES, "maintenance_windows"],
            [{"days": ["mon"], "from": "17:00", "to": "20:00", "timezone": "Europe/Vienna"}],
            "environments.0.instances.schedule: office-hours stops what began on fri at 18:00, "
            "when no maintenance window is open (mon 17:00 to 20:00 (Europe/Vienna))",
        ),
    ],
)
def test_what_a_schema_cannot_say_is_said_in_words(path, value, said):
    assert said in problems(path, value)


def test_a_group_needs_a_schedule_of_its_own_where_the_environment_has_none():
    manifest = changed([*INSTANCES, "schedule"], "")
    with pytest.raises(InvalidDocument) as refused:
        systems.validate(manifest)
    assert refused.value.problems == [
        "environments.0.instances.auto_scaling.0.schedule: shop-{environment}-web has no "
        "schedule, and neither has the environment"
    ]
    manifest["environments"][0]["instances"]["auto_scaling"][0]["schedule"] = "office-hours"
    assert systems.validate(manifest)


@pytest.mark.parametrize("time", ["8:00", "24:01", "25:00", "08:60", "0800", ""])
def test_a_time_that_no_clock_shows_is_refused(time):
    field = "schedules.office-hours.periods.0.stop"
    assert any(
        problem.startswith(field)
        for problem in problems(["schedules", "office-hours", "periods", 0, "stop"], time)
    )


def test_windows_in_a_zone_that_does_not_exist_are_refused_once():
    window = {"days": ["mon"], "from": "17:00", "to": "20:00", "timezone": "Mars/Olympus"}
    assert problems([*INSTANCES, "maintenance_windows"], [window]) == [
        "environments.0.instances.maintenance_windows.0.timezone: 'Mars/Olympus' is no IANA "
        "time zone (Europe/Vienna is one)"
    ]
