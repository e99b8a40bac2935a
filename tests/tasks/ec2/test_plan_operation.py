import hashlib

import pytest
from ec2_plans import request
from fleets import make_fleet

from tasks import errors

DEV = {"Environment": "dev"}
UNKNOWN = "i-0123456789abcdef0"


def by_id(*ids):
    return {"instance_ids": list(ids)}


def test_what_matches_is_planned_in_batches_of_one_type_and_zone(ec2, plan):
    small = make_fleet(ec2, 3, DEV)
    large = make_fleet(ec2, 2, DEV, type="m5.large", zone="us-east-1b")
    make_fleet(ec2, 1, {"Environment": "test"})
    planned = plan("stop")
    assert (planned["matched"], planned["to_act"], planned["batch_count"]) == (5, 5, 2)
    assert planned["lines"][0].startswith("stop 5 of 5 matched instances in 2 batches")
    kinds = {(batch["type"], batch["zone"]) for batch in planned.batches}
    assert kinds == {("t3.micro", "us-east-1a"), ("m5.large", "us-east-1b")}
    assert sorted(planned.acted()) == sorted(small + large)


def test_every_matched_instance_has_a_line_that_says_what_and_why(ec2, plan):
    running = make_fleet(ec2, 1, DEV)
    stopped = make_fleet(ec2, 1, DEV, state="stopped")
    protected = make_fleet(ec2, 1, {**DEV, "daytwo:protected": "true", "Name": "database"})
    planned = plan("stop")
    assert planned.lines[running[0]]["verdict"] == "act"
    assert planned.lines[running[0]]["batch"] == 1
    assert planned.lines[stopped[0]]["verdict"] == "already"
    told = planned.lines[protected[0]]
    assert (told["verdict"], told["name"], told["batch"]) == ("refused", "database", 0)
    assert "daytwo:protected" in told["reason"]


def test_the_digest_is_that_of_the_list(ec2, plan, s3, evidence_bucket):
    make_fleet(ec2, 2, DEV)
    planned = plan("stop")
    written = s3.get_object(Bucket=evidence_bucket, Key="operations/op-1/plan.jsonl")["Body"].read()
    assert planned["digest"] == hashlib.sha256(written).hexdigest()


def test_an_empty_selection_is_an_error(plan):
    with pytest.raises(errors.NothingSelected, match="never means every instance"):
        plan("stop")


@pytest.mark.parametrize("wild", ["*", "d?v", "de*"])
def test_a_wildcard_is_only_a_character(ec2, plan, wild):
    make_fleet(ec2, 1, DEV)
    with pytest.raises(errors.NothingSelected):
        plan("stop", targets={"tags": {"Environment": [wild]}})


def test_terminated_instances_are_not_matched(ec2, plan):
    gone = make_fleet(ec2, 1, DEV)
    make_fleet(ec2, 1, DEV)
    ec2.terminate_instances(InstanceIds=gone)
    assert plan("stop")["matched"] == 1


def test_unknown_ids_are_refused_and_the_others_go_on(ec2, plan):
    known = make_fleet(ec2, 2)
    planned = plan("stop", targets=by_id(UNKNOWN, *known))
    assert sorted(planned.acted()) == sorted(known)
    assert planned["refused"] == 1
    assert "there is no instance" in planned.lines[UNKNOWN]["reason"]
    assert any(UNKNOWN in line for line in planned["lines"])


def test_fifty_unknown_ids_among_five_hundred_leave_the_others_planned(ec2, plan):
    known = make_fleet(ec2, 450)
    unknown = [f"i-{number:017x}" for number in range(50)]
    limits = {"max_instances": 500}
    planned = plan("stop", targets=by_id(*known, *unknown), limits=limits)
    assert (planned["to_act"], planned["refused"]) == (450, 50)


def test_only_unknown_ids_are_an_error_that_names_them(plan):
    with pytest.raises(errors.InstancesRefused, match=UNKNOWN):
        plan("stop", targets=by_id(UNKNOWN))


def test_a_malformed_id_does_not_get_past_the_schema(plan):
    with pytest.raises(Exception, match="i-xyz"):
        request("stop", targets=by_id("i-xyz"))


def test_all_there_already_is_a_plan_with_nothing_to_do(ec2, plan):
    make_fleet(ec2, 2, DEV)
    planned = plan("start")
    assert (planned["to_act"], planned["already"], planned["batch_count"]) == (0, 2, 0)
    assert planned.batches == []


def test_more_than_the_limit_is_an_error_that_says_how_many_and_which_option(ec2, plan):
    make_fleet(ec2, 101, DEV)
    with pytest.raises(errors.TooManyInstances, match=r"101 of 101.*at most 100.*max_instances"):
        plan("stop")
    assert plan("stop", limits={"max_instances": 101})["to_act"] == 101


def test_a_share_of_the_matched_fleet_is_a_limit_too(ec2, plan):
    make_fleet(ec2, 4, DEV)
    with pytest.raises(errors.TooManyInstances, match="max_percent"):
        plan("stop", limits={"max_percent": 50})


def test_rolling_actions_run_one_batch_after_the_other(ec2, plan):
    make_fleet(ec2, 8, DEV)
    planned = plan("reboot")
    assert (planned["at_once"], planned["max_unavailable"], planned["batch_count"]) == (1, 2, 4)
    assert [batch["after_others"] for batch in planned.batches] == [False, True, True, True]


def test_two_thousand_starts_are_paced_by_the_buckets(ec2, plan):
    make_fleet(ec2, 2000, DEV, state="stopped")
    planned = plan("start", limits={"max_instances": 2000})
    waits = [batch["wait_seconds"] for batch in planned.batches]
    assert max(len(batch["instances"]) for batch in planned.batches) <= 99
    assert planned["batch_count"] == 21
    assert waits[:5] == [0] * 5
    assert waits[-1] == 500


def test_planning_again_gives_the_same_plan(ec2, plan):
    make_fleet(ec2, 3, DEV)
    first, second = plan("stop"), plan("stop")
    assert first.plan == second.plan
    assert first.batches == second.batches


def test_an_option_of_another_action_is_refused(ec2, plan):
    make_fleet(ec2, 1, DEV)
    with pytest.raises(errors.InvalidInput, match=r"options\.force, which is for stop"):
        plan("start", options={"force": True})


def test_termination_is_by_id_only(ec2, plan):
    make_fleet(ec2, 1, DEV)
    with pytest.raises(errors.InvalidInput, match="instance_ids only"):
        plan("terminate")


def test_throttling_may_be_retried(ec2, plan, monkeypatch, refusing):
    make_fleet(ec2, 1, DEV)
    from tasks.ec2 import plan_operation

    real = plan_operation.client

    def clients(service, target=None):
        if service == "s3":
            return refusing(real("s3"), "put_object", "SlowDown")
        return real(service, target)

    monkeypatch.setattr(plan_operation, "client", clients)
    with pytest.raises(errors.Throttled):
        plan("stop")
