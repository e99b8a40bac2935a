import json

import pytest
from ec2_plans import shop
from fleets import make_fleet

from tasks import errors, store
from tasks.ec2 import plan_operation

SHOP = {"System": "shop"}
BY_TAG = {"tags": {"System": ["shop"]}}
# In a week of this window there is one minute.
NEVER = {"days": ["sun"], "from": "00:00", "to": "00:01", "timezone": "UTC"}
ALWAYS = {
    "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    "from": "00:00",
    "to": "24:00",
    "timezone": "UTC",
}


@pytest.fixture
def register(put):
    """Register shop, whose instances have the tag System=shop, with rules for them."""

    def write(name="shop", **instances):
        manifest = {**shop(**{"approval": {"roles": ["sre"]}, **instances}), "name": name}
        put(store.system(name), manifest=json.dumps(manifest))

    return write


@pytest.fixture
def on_a_monday(monkeypatch):
    """Let plans be made on a Monday at 12:00 UTC."""
    from datetime import UTC, datetime

    class Monday(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 1, 5, 12, tzinfo=UTC)

    monkeypatch.setattr(plan_operation, "datetime", Monday)


def test_production_is_interrupted_only_with_an_approval(ec2, plan, register):
    register(production=True)
    make_fleet(ec2, 2, SHOP)
    planned = plan("reboot", targets=BY_TAG)
    assert planned["approval"]["required"] is True
    assert planned["approval"]["roles"] == ["sre"]
    assert planned["approval"]["expires_seconds"] == 86_400
    assert planned["approval"]["reasons"] == [
        "reboot interrupts production outside of a maintenance window"
    ]
    assert (planned["system"], planned["environment"]) == ("shop", "prod")
    assert planned["production"] is True


def test_outside_of_production_nobody_is_asked(ec2, plan, register):
    register()
    make_fleet(ec2, 2, SHOP)
    planned = plan("reboot", targets=BY_TAG)
    assert planned["approval"]["required"] is False
    assert planned["production"] is False


def test_a_plan_names_the_environment_that_all_belong_to(ec2, plan, register):
    register()
    make_fleet(ec2, 2, SHOP)
    planned = plan("reboot", targets=BY_TAG)
    assert (planned["system"], planned["environment"]) == ("shop", "prod")
    (stranger,) = make_fleet(ec2, 1)
    (own,) = make_fleet(ec2, 1, SHOP)
    planned = plan("reboot", targets={"instance_ids": [own, stranger]})
    assert (planned["system"], planned["environment"]) == ("", "")


def test_an_open_window_is_the_consent_to_interrupt(ec2, plan, register):
    register(production=True, maintenance_windows=[ALWAYS])
    make_fleet(ec2, 2, SHOP)
    assert plan("reboot", targets=BY_TAG)["approval"]["required"] is False


def test_a_closed_window_holds_the_operation(ec2, plan, register, on_a_monday):
    register(maintenance_windows=[NEVER])
    make_fleet(ec2, 2, SHOP)
    with pytest.raises(errors.InstancesRefused, match="sun 00:00 to 00:01"):
        plan("stop", targets=BY_TAG)
    emergency = {"options": {"emergency": True}, "reason": "the disk is on fire"}
    assert plan("stop", targets=BY_TAG, **emergency)["to_act"] == 2
    with pytest.raises(errors.InstancesRefused):
        plan("reboot", targets=BY_TAG)
    assert plan("snapshot", targets=BY_TAG)["to_act"] == 2


def test_a_termination_names_every_id_to_those_who_approve(ec2, plan, register):
    register()
    ids = make_fleet(ec2, 45, SHOP)
    planned = plan("terminate", targets={"instance_ids": ids})
    assert planned["approval"]["required"] is True
    assert all(any(one in line for line in planned["lines"]) for one in ids)
    assert len(planned["lines"]) <= 60


def test_the_lines_name_a_thousand_terminated_ids(ec2, plan, register):
    register()
    ids = make_fleet(ec2, 1000, SHOP)
    planned = plan("terminate", targets={"instance_ids": ids}, limits={"max_instances": 1000})
    assert len(planned["lines"]) <= 60
    assert all(any(one in line for line in planned["lines"]) for one in ids)


def test_one_bad_id_keeps_a_termination_from_all(ec2, plan, register):
    register()
    ids = [*make_fleet(ec2, 2, SHOP), "i-0123456789abcdef0"]
    with pytest.raises(errors.InstancesRefused, match="i-0123456789abcdef0"):
        plan("terminate", targets={"instance_ids": ids})


def test_nobody_approves_what_no_system_owns(ec2, plan):
    make_fleet(ec2, 1, {"Environment": "prod"})
    with pytest.raises(errors.InstancesRefused, match="no registered system has it"):
        plan("stop", targets={"tags": {"Environment": ["prod"]}})


def test_nobody_approves_where_no_role_is_named(ec2, plan, register):
    register(production=True, approval={})
    make_fleet(ec2, 1, SHOP)
    with pytest.raises(errors.InstancesRefused, match=r"instances\.approval of shop/prod"):
        plan("stop", targets=BY_TAG)


def test_an_operation_is_approved_in_one_place(ec2, plan, register):
    register(production=True)
    register("bank", production=True, tags={"System": ["bank"]})
    make_fleet(ec2, 1, SHOP)
    make_fleet(ec2, 1, {"System": "bank"})
    both = {"tags": {"System": ["shop", "bank"]}}
    with pytest.raises(errors.InstancesRefused, match="bank/prod, shop/prod"):
        plan("reboot", targets=both)
    limited = plan("reboot", targets=both, system="bank", environment="prod")
    assert (limited["system"], limited["to_act"]) == ("bank", 1)


def test_ids_of_others_are_refused_where_a_request_is_limited(ec2, plan, register):
    register()
    own, other = make_fleet(ec2, 1, SHOP), make_fleet(ec2, 1)
    planned = plan("stop", targets={"instance_ids": own + other}, system="shop")
    assert planned.acted() == own
    assert planned.lines[other[0]]["reason"] == "it is none of the instances of shop/prod"


def test_half_of_production_is_the_most_that_is_stopped(ec2, plan, register):
    register(production=True)
    make_fleet(ec2, 4, SHOP)
    with pytest.raises(errors.TooManyInstances, match="--max-percent 100"):
        plan("stop", targets=BY_TAG)
    assert plan("stop", targets=BY_TAG, limits={"max_percent": 100})["to_act"] == 4


def test_another_region_is_taken_from_the_environment(ec2, plan, put):
    manifest = shop()
    manifest["environments"][0]["region"] = "us-west-2"
    put(store.system("shop"), manifest=json.dumps(manifest))
    make_fleet(ec2, 1, SHOP)
    with pytest.raises(errors.NothingSelected):
        plan("stop", targets=BY_TAG, system="shop")
