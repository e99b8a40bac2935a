"""Resizing, replacing, standby and IMDSv2 work on the embedded account with the rights declared."""

import pytest
from batches import failed, operation, planned
from fleets import AMI, make_fleet
from services import make_group, make_template, members

from tasks.fleets import fleet

MOST = {"most_rounds": 9}


@pytest.fixture(scope="module")
def ec2(house):
    return house.client("ec2")


@pytest.fixture(scope="module")
def autoscaling(house):
    return house.client("autoscaling")


@pytest.fixture
def step(run):
    """Run a task on a batch: step("ec2.change_types", batch, work, "resize", options)."""

    def step(task, batch, work, action, options=None, **others):
        document = {
            "instances": batch,
            "work": work,
            "operation": operation(action, **options or {}),
        }
        return run(task, {**document, **others})

    return step


def described(ec2, ids):
    reply = ec2.describe_instances(InstanceIds=list(ids))
    return [one for found in reply["Reservations"] for one in found["Instances"]]


def test_a_type_is_changed_and_put_back(ec2, step):
    ids = make_fleet(ec2, 2, state="stopped")
    batch = [planned(one) for one in ids]
    larger = {"instance_type": "t3.large"}
    work = step("ec2.change_types", batch, fleet.begin(ids), "resize", larger)["work"]
    assert work["reached"] == ids
    work = failed(ids)
    for _ in range(4):
        work = step("ec2.restore_types", batch, {**work, "done": False}, "resize", larger, **MOST)
        work = work["work"]
    assert [one["changed"] for one in work["failed"]] == [False, False]
    assert {(one["InstanceType"], one["State"]["Name"]) for one in described(ec2, ids)} == {
        ("t3.micro", "running")
    }


def test_instances_are_replaced_and_what_is_in_vain_is_discarded(ec2, step):
    ids = make_fleet(ec2, 2)
    make_template(ec2, "replacing", ImageId=AMI)
    batch = [planned(one) for one in ids]
    options = {"launch_template": "replacing", "status_checks": False}
    answer = step("ec2.launch_replacements", batch, fleet.begin(ids), "replace", options)
    pairs = {"replacements": answer["replacements"]}
    work = step(
        "ec2.check_replacements", batch, answer["work"], "replace", options, **MOST, **pairs
    )
    assert work["work"]["reached"] == ids
    step("ec2.discard_replacements", batch, failed(ids, changed=False), "replace", options, **pairs)
    new = described(ec2, [one["replacement"] for one in pairs["replacements"]])
    assert {one["State"]["Name"] for one in new} == {"terminated"}


def test_imdsv2_is_required(ec2, step):
    ids = make_fleet(ec2, 2)
    batch = [planned(one) for one in ids]
    work = step("ec2.require_imdsv2", batch, fleet.begin(ids), "enforce_imdsv2")["work"]
    work = step("ec2.check_imdsv2", batch, work, "enforce_imdsv2", **MOST)["work"]
    assert work["reached"] == ids


def test_members_go_to_standby_and_come_back(ec2, autoscaling, step):
    ids = make_group(autoscaling, ec2, 2, "standby")
    batch = [planned(one, auto_scaling_group="standby") for one in ids]
    asked = {"standby": True}
    work = step("ec2.take_out_of_service", batch, fleet.begin(ids), "reboot", asked)["work"]
    work = step("ec2.check_out_of_service", batch, work, "reboot", asked, **MOST)["work"]
    assert work["reached"] == ids
    assert set(members(autoscaling, "standby").values()) == {"Standby"}
    work = step("ec2.put_in_service", batch, fleet.begin(ids), "reboot", asked)["work"]
    work = step("ec2.check_in_service", batch, work, "reboot", asked, **MOST)["work"]
    assert work["reached"] == ids


def test_a_group_is_refreshed(ec2, autoscaling, run, step):
    ids = make_group(autoscaling, ec2, 2, "refreshed")
    group = {"operation": operation("replace"), "group": "refreshed"}
    started = run("ec2.start_instance_refresh", {**group, "max_unavailable": 1, "to_act": 2})
    refresh = {**group, "refresh_id": started["refresh_id"]}
    seen = run("ec2.check_instance_refresh", {**refresh, "rounds": 0, "most_rounds": 9})
    assert seen["outcome"] == "succeeded"
    ended = run("ec2.stop_instance_refresh", {**refresh, "rollback": True})
    assert ended == {"stopped": False}
    batch = [planned(one, auto_scaling_group="refreshed") for one in ids]
    work = step(
        "ec2.check_refreshed",
        batch,
        fleet.begin(ids),
        "replace",
        refresh={"outcome": seen["outcome"]},
    )["work"]
    assert work["reached"] == ids
