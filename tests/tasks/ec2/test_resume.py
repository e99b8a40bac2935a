import pytest
from ec2_plans import execution, request
from fleets import make_fleet

from tasks import errors, store
from tasks.ec2 import claim_instances, release_claim

DEV = {"Environment": "dev"}


@pytest.fixture
def cut_off(ec2, plan, put):
    """Run an operation up to where `done` of its instances are recorded, and end it there."""

    def make(action="stop", done=1, count=3, **fields):
        make_fleet(ec2, count, DEV)
        planned = plan(action, **fields)
        asked = {
            "plan": planned.plan,
            "request": request(action, **fields),
            "execution": execution("op-1"),
        }
        claim_instances.handler(asked, None)
        ids = planned.acted()
        if done:
            put(store.batch("op-1", 1), number=1, succeeded_ids=ids[:done])
        release_claim.handler({"operation": "op-1", "keep": [], "status": "dirty"}, None)
        return ids

    return make


def test_only_what_is_left_is_planned(plan, cut_off):
    ids = cut_off(done=1)
    resumed = plan("stop", "op-2", resume="op-1")
    assert sorted(resumed.acted()) == sorted(ids[1:])
    assert resumed["matched"] == 2


def test_who_came_there_meanwhile_is_there_already(ec2, plan, cut_off):
    ids = cut_off(done=1)
    ec2.stop_instances(InstanceIds=ids[1:2])
    resumed = plan("stop", "op-2", resume="op-1")
    assert resumed.acted() == ids[2:]
    assert resumed["already"] == 1


def test_instances_keep_what_they_were_before(ec2, plan, cut_off):
    grow = {"options": {"instance_type": "t3.large"}}
    ids = cut_off("resize", done=2, **grow)
    ec2.stop_instances(InstanceIds=ids[2:])
    ec2.modify_instance_attribute(InstanceId=ids[2], InstanceType={"Value": "t3.large"})
    resumed = plan("resize", "op-2", resume="op-1", **grow)
    (batch,) = resumed.batches
    assert batch["type"] == "t3.micro"
    (instance,) = batch["instances"]
    assert (instance["type"], instance["state"]) == ("t3.micro", "running")


def test_who_may_have_been_rebooted_is_not_rebooted_again(plan, cut_off, put):
    ids = cut_off("reboot", done=0)
    put(store.reboot_intent("op-1", ids[0]), instances=ids[:1])
    resumed = plan("reboot", "op-2", resume="op-1")
    assert sorted(resumed.acted()) == sorted(ids[1:])
    assert "may have been rebooted" in resumed.lines[ids[0]]["reason"]


def test_an_operation_of_which_nothing_is_left_is_told(plan, cut_off):
    cut_off(done=3)
    with pytest.raises(errors.OperationUnknown, match="Nothing is left"):
        plan("stop", "op-2", resume="op-1")


def test_an_operation_that_nobody_knows_is_told(plan):
    with pytest.raises(errors.OperationUnknown, match="op-9"):
        plan("stop", "op-2", resume="op-9")


def test_an_operation_that_still_acts_is_not_resumed(plan, cut_off, put):
    cut_off()
    item = {"request": '{"action": "stop", "system": "", "environment": ""}'}
    put(store.operation("op-1"), status="acting", **item)
    with pytest.raises(errors.InstancesClaimed, match="not over"):
        plan("stop", "op-2", resume="op-1")


def test_another_action_is_no_resumption(plan, cut_off):
    cut_off()
    with pytest.raises(errors.InvalidInput, match="action: stop"):
        plan("reboot", "op-2", resume="op-1")


def test_a_resumed_operation_can_be_resumed(plan, cut_off, put):
    ids = cut_off(done=1)
    second = plan("stop", "op-2", resume="op-1")
    asked = {
        "plan": second.plan,
        "request": request("stop", resume="op-1"),
        "execution": execution("op-2"),
    }
    claim_instances.handler(asked, None)
    put(store.batch("op-2", 1), number=1, succeeded_ids=ids[1:2])
    release_claim.handler({"operation": "op-2", "keep": [], "status": "incomplete"}, None)
    assert plan("stop", "op-3", resume="op-2").acted() == ids[2:]
