"""`daytwo status`."""

import json

import pytest

from tasks import store
from workflows.cli.status import what

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:shop-prod-1"
DIGEST = "ab" * 32


@pytest.fixture
def shop(daytwo):
    daytwo.register()
    return daytwo


@pytest.fixture
def busy(shop):
    """A shop with a release live in dev, a promotion to prod that waits, and a bad release."""
    shop.write(
        {
            **store.live("shop", "dev"),
            "release": "1.1.0",
            "digest": DIGEST,
            "since": "2026-11-20T12:00:00Z",
            "execution": EXECUTION,
            "previous_release": "1.0.0",
        }
    )
    shop.write({**store.verified("shop", "dev", "1.1.0"), "digest": DIGEST})
    shop.write(
        {
            **store.lock("shop", "prod"),
            "fence": 7,
            "owner": EXECUTION,
            "since": "2026-11-20T12:05:00Z",
            "purpose": "promotion of 1.1.0 to prod",
            "lease_expires": 2_000_000_000,
            "claim": "{}",
        }
    )
    shop.write({**store.lock("shop", "dev"), "fence": 3})
    shop.write(
        {
            **store.approval("a1b2c3"),
            "status": "pending",
            "subject": "the promotion of shop 1.1.0 to prod",
            "system": "shop",
            "release": "1.1.0",
            "environment": "prod",
            "digest": DIGEST,
            "roles": ["release-manager"],
            "requested_by": "alice",
            "requested_at": "2026-11-20T12:06:00Z",
            "expires_at": 2_000_000_000,
            "execution": EXECUTION,
            "task_token": "SECRET",
        }
    )
    shop.write(
        {
            **store.quarantine("shop", "cd" * 32),
            "release": "1.2.0",
            "environment": "dev",
            "cause": "the alarm was red",
            "since": "2026-11-20T11:00:00Z",
        }
    )
    return shop


def test_a_new_system_has_nothing_live_and_nothing_that_waits(run, shop):
    shown = run("status", "shop").stdout

    assert "Locks: none" in shown
    assert "Pending approvals: none" in shown
    assert "Running: none" in shown
    assert "Quarantined" not in shown


def test_all_that_a_person_asks_for_is_shown(run, busy):
    shown = run("status").stdout

    for words in (
        "1.1.0",
        "2026-11-20T12:00:00Z",
        "promotion of 1.1.0 to prod",
        " shop-prod-1 ",
        "a1b2c3",
        "release-manager",
        "the alarm was red",
    ):
        assert words in shown


def test_json_has_the_same_and_no_token(run, busy):
    result = run("status", "shop", "--json")
    found = json.loads(result.stdout)

    dev, prod = found["environments"]
    assert dev["live"]["release"] == "1.1.0"
    assert dev["verified"] == ["1.1.0"]
    assert dev["lock"] == {}
    assert prod["live"] == {}
    assert prod["lock"]["owner"] == EXECUTION
    assert "claim" not in prod["lock"]
    assert [approval["id"] for approval in found["approvals"]] == ["a1b2c3"]
    assert found["quarantined"][0]["cause"] == "the alarm was red"
    assert "SECRET" not in result.stdout


def test_running_executions_are_shown_with_what_they_were_asked(run, shop):
    shop.run(
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}},
        {"detail": {"system": "shop", "release": "1.1.0", "environment": "dev"}},
    )

    (entry,) = json.loads(run("status", "shop", "--json").stdout)["executions"]
    shown = run("status").stdout

    assert entry["workflow"] == "daytwo-promotion"
    assert entry["request"]["release"] == "1.1.0"
    assert "run-1" in shown
    shop.stepfunctions.stop_execution(executionArn=entry["execution"])


@pytest.fixture
def claimed(shop):
    """An operation on instances of shop that holds two of them."""
    shop.write(
        {
            **store.instance_claim("stop-1"),
            "execution": "arn",
            "action": "stop",
            "requested_by": "alice",
            "instances": ["i-1", "i-2"],
            "since": "2026-11-20T12:00:00Z",
        }
    )
    shop.write({**store.operation("stop-1"), "status": "dirty", "system": "shop"})
    shop.write({**store.claims_version(), "version": 2})


def test_who_holds_instances_is_shown(run, claimed):
    shown = run("status").stdout

    line = next(line for line in shown.splitlines() if "stop-1" in line)
    assert [word in line for word in ("dirty", " 2 ", "alice")] == [True] * 3


@pytest.mark.parametrize(("system", "number"), [("shop", 1), ("till", 0)])
def test_the_instances_held_are_those_of_the_system(run, claimed, shop, system, number):
    shop.register({"name": "till", "environments": [{"name": "dev", "stack": "till-dev"}]})

    assert len(json.loads(run("status", system, "--json").stdout)["claims"]) == number


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"system": "shop", "release": "1.1.0", "environment": "prod"}, "shop 1.1.0 to prod"),
        ({"action": "stop", "system": "shop", "environment": "prod"}, "stop, shop/prod"),
        ({"action": "stop", "system": "", "environment": ""}, "stop"),
        ({"scenario": "az-failure", "system": "shop"}, "az-failure of shop"),
        ({"execution": "arn"}, ""),
    ],
)
def test_what_runs_is_said_for_each_workflow(request_, expected):
    assert what(request_) == expected


def test_one_system_leaves_the_others_out(run, busy):
    other = {"name": "till", "environments": [{"name": "dev", "stack": "till-dev"}]}
    busy.register(other)

    found = json.loads(run("status", "till", "--json").stdout)

    assert [row["system"] for row in found["environments"]] == ["till"]
    assert found["approvals"] == []
    assert found["quarantined"] == []


def test_an_unknown_system_is_wrong_input(run, shop):
    result = run("status", "till")

    assert result.exit_code == 2
    assert "There is no system till. There is shop." in result.stderr


def test_a_system_in_a_drill_says_which_and_how_it_stands(run, shop):
    place = {"drill": "monthly-1", "execution": EXECUTION, "since": "2026-11-02T03:00:05Z"}
    shop.write({**store.active_drill("shop"), **place})
    known = {"status": "dirty", "scenario": "az-failure", "environment": "dev"}
    shop.write({**store.drill("monthly-1"), **known})

    said = run("status", "shop").stdout
    (told,) = json.loads(run("status", "shop", "--json").stdout)["drills"]

    assert "In a drill" in said
    assert "az-failure" in said
    assert (told["drill"], told["status"], told["system"]) == ("monthly-1", "dirty", "shop")


def test_a_system_in_no_drill_says_nothing_of_drills(run, shop):
    assert "In a drill" not in run("status", "shop").stdout
