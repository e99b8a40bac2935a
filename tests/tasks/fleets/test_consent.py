from datetime import UTC, datetime

import pytest

from schemas.validation import check
from tasks.fleets import consent, guards
from tasks.fleets.consent import Environment
from tasks.fleets.selection import Row

SUNDAY = datetime(2026, 1, 4, 3, 0, tzinfo=UTC)
MONDAY = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
WINDOW = {"days": ["sun"], "from": "02:00", "to": "06:00", "timezone": "UTC"}
OFFICE_HOURS = {
    "timezone": "UTC",
    "periods": [{"days": ["mon"], "start": "08:00", "stop": "18:00"}],
    "holidays": [],
}
INTERRUPTING = {"stop", "hibernate", "reboot", "resize", "replace", "patch", "terminate"}
DESTRUCTIVE = {"terminate", "replace", "isolate"}


def environment(**fields):
    known = {
        "system": "shop",
        "environment": "prod",
        "region": "",
        "role_arn": "",
        "tags": {"System": ["shop"]},
        "production": True,
        "roles": ["sre"],
        "expires_seconds": 3600,
        "windows": [],
        "schedules": {"office-hours": OFFICE_HOURS},
        "schedule": "",
    }
    return Environment(**{**known, **fields})


def options(**given):
    return check(given, "ec2", "options")


def asked(action, *, production=True, windows=(), moment=MONDAY, owner="shop/prod", **given):
    row = Row("i-0123456789abcdef0", owner=owner, production=production)
    environments = {"shop/prod": environment(windows=windows)}
    return consent.question(row, action, options(**given), environments, moment)


@pytest.mark.parametrize("action", sorted(guards.BEGINS))
def test_who_has_to_agree_to_what(action):
    in_production = bool(asked(action))
    elsewhere = bool(asked(action, production=False))
    in_a_window = bool(asked(action, windows=[WINDOW], moment=SUNDAY))
    assert in_production is (action in INTERRUPTING | DESTRUCTIVE)
    assert elsewhere is (action == "terminate")
    assert in_a_window is (action in DESTRUCTIVE)


@pytest.mark.parametrize(
    ("action", "schedule", "hour", "asks"),
    [
        ("stop", "office-hours", 20, False),
        ("stop", "shop/office-hours", 20, False),
        ("hibernate", "office-hours", 20, False),
        ("stop", "office-hours", 12, True),
        ("stop", "", 20, True),
        ("stop", "other/office-hours", 20, True),
        ("reboot", "office-hours", 20, True),
        ("terminate", "office-hours", 20, True),
    ],
)
def test_stopping_what_the_schedule_has_off_asks_nobody(action, schedule, hour, asks):
    row = Row("i-0123456789abcdef0", owner="shop/prod", production=True, schedule=schedule)
    moment = datetime(2026, 1, 5, hour, tzinfo=UTC)
    said = consent.question(row, action, options(), {"shop/prod": environment()}, moment)
    assert bool(said) is asks


def test_who_has_no_schedule_follows_the_environments():
    row = Row("i-0123456789abcdef0", owner="shop/prod", production=True)
    environments = {"shop/prod": environment(schedule="office-hours")}
    assert not consent.question(row, "stop", options(), environments, SUNDAY)


def test_an_emergency_outside_of_the_windows_needs_a_second_person_in_production():
    assert asked("stop", windows=[WINDOW], moment=MONDAY, emergency=True)


def test_a_patch_that_only_looks_asks_nobody():
    assert not asked("patch", patch_operation="Scan")


def test_production_that_nobody_registered_asks_too():
    assert asked("stop", owner="")


@pytest.mark.parametrize("action", sorted(guards.BEGINS))
def test_closed_windows_hold_what_interrupts(action):
    owner = environment(windows=[WINDOW])
    held = consent.held(action, options(), owner, MONDAY)
    assert bool(held) is (action in INTERRUPTING)
    if held:
        assert "sun 02:00 to 06:00 (UTC)" in held
        assert "--emergency" in held
    assert not consent.held(action, options(), owner, SUNDAY)
    assert not consent.held(action, options(emergency=True), owner, MONDAY)
    assert not consent.held(action, options(), environment(), MONDAY)


@pytest.mark.parametrize(
    ("owner", "roles", "told"),
    [
        ("shop/prod", ["sre"], ""),
        ("shop/prod", [], "instances.approval of shop/prod"),
        ("", ["sre"], "no registered system has it"),
    ],
)
def test_what_nobody_may_approve_is_told_with_what_to_do(owner, roles, told):
    row = Row("i-0123456789abcdef0", owner=owner)
    said = consent.undecidable(row, {"shop/prod": environment(roles=roles)})
    assert told in said
    assert bool(said) is bool(told)


def test_an_approval_names_roles_and_each_reason_once():
    told = consent.approval(environment(), ["b", "a", "b"])
    assert told == {
        "required": True,
        "roles": ["sre"],
        "expires_seconds": 3600,
        "reasons": ["a", "b"],
    }
    assert consent.approval(None, [])["required"] is False
