"""daytwo-ec2-operation on the real interpreter: from the plan to the named end."""

import pytest
from interpreter import NO_ANSWER
from operations import REQUEST, acted, batch, events, operate, plan, report

from tasks import errors


def test_a_batch_is_acted_on_seen_and_recorded():
    result = operate("stop")
    assert result.status == "SUCCEEDED"
    assert result.states[-1] == "Succeeded"
    (record,) = result.inputs("ec2.record_batch")
    assert record["outcome"] == ""
    assert record["work"]["reached"] == [
        entry["instance_id"] for entry in record["batch"]["instances"]
    ]


def test_each_batch_is_told_the_whole_operation():
    result = operate("start", [batch(1), batch(2)])
    (one, other) = [call["operation"] for call in result.inputs("ec2.start_instances")]
    assert one == other
    assert (one["id"], one["action"], one["reason"]) == ("execution-1", "start", "Nights off")
    assert one["execution"]["name"] == "execution-1"
    assert one["options"] == REQUEST["options"]


def test_a_dry_run_ends_with_the_plan_and_touches_nothing():
    result = operate("stop", request={"dry_run": True})
    assert (result.status, result.states[-1]) == ("SUCCEEDED", "Only the plan")
    assert result.output["plan"]["to_act"] == 3
    assert result.inputs("ec2.claim_instances") == []


def test_nothing_to_do_is_a_success_that_touches_nothing():
    result = operate("stop", ec2_plan_operation=plan(to_act=0, batch_count=0))
    assert (result.status, result.states[-1]) == ("SUCCEEDED", "All are there already")
    assert result.inputs("ec2.claim_instances") == []


def test_an_event_seen_before_starts_nothing():
    seen = {"request": REQUEST, "execution": {}, "duplicate": True}
    result = operate("stop", common_validate_request=seen)
    assert (result.status, result.states[-1]) == ("SUCCEEDED", "Another execution has this event")
    assert result.inputs("ec2.plan_operation") == []


@pytest.mark.parametrize(
    "refused",
    [
        {"common_validate_request": errors.InvalidInput("action: is missing")},
        {"ec2_plan_operation": errors.NothingSelected("no instance matches")},
        {"ec2_plan_operation": errors.TooManyInstances("101 of 100")},
        {"ec2_claim_instances": errors.InstancesClaimed("another operation has i-1")},
    ],
    ids=["input", "nothing", "too-many", "claimed"],
)
def test_what_is_refused_before_the_claim_changes_nothing(refused):
    result = operate("stop", **refused)
    assert result.error == "FailedClean"
    assert result.inputs("ec2.stop_instances") == []
    assert result.inputs("ec2.release_claim") == []


def test_a_refusal_is_told_with_its_reason():
    result = operate("stop", ec2_plan_operation=errors.NothingSelected("no instance matches"))
    ((kind, detail),) = events(result)
    assert kind == "EC2 Operation Failed"
    assert detail["cause"] == "in words: NothingSelected"
    assert result.cause == "in words: NothingSelected"


APPROVAL = {"required": True, "roles": ["sre"], "expires_seconds": 60, "reasons": ["production"]}


def test_an_approval_is_waited_for_before_anything_is_claimed():
    result = operate("terminate", ec2_plan_operation=plan("terminate", approval=APPROVAL))
    assert result.status == "SUCCEEDED"
    names = [call.name for call in result.calls]
    assert names.index("Ec2RequestApproval") < names.index("Ec2ClaimInstances")


def test_an_approval_that_nobody_gives_in_time_changes_nothing():
    result = operate(
        "terminate",
        ec2_plan_operation=plan("terminate", approval=APPROVAL),
        ec2_request_approval=NO_ANSWER,
    )
    assert result.error == "FailedClean"
    assert result.inputs("ec2.terminate_instances") == []
    statuses = [call["status"] for call in result.inputs("approval.close_approval")]
    assert statuses == ["expired", "void"]


def test_a_rejection_changes_nothing():
    result = operate(
        "terminate",
        ec2_plan_operation=plan("terminate", approval=APPROVAL),
        ec2_request_approval=errors.ApprovalRejected("not tonight"),
    )
    assert result.error == "FailedClean"
    assert result.inputs("ec2.claim_instances") == []


@pytest.mark.parametrize(
    ("outcome", "end", "kind"),
    [
        ("unchanged", "FailedClean", "EC2 Operation Failed"),
        ("incomplete", "Incomplete", "EC2 Operation Incomplete"),
    ],
)
def test_what_is_as_before_ends_by_how_much_was_done(outcome, end, kind):
    result = operate("stop", ec2_report_operation=report(outcome, failed=3))
    assert result.error == end
    assert result.cause == f"in words: {outcome}"
    assert [told for told, _ in events(result)] == [kind]
    (released,) = result.inputs("ec2.release_claim")
    assert (released["keep"], released["status"]) == ([], outcome)


def test_who_may_be_changed_keeps_claimed_and_a_person_is_paged():
    changed = ["i-0123456789abcdef0"]
    result = operate("stop", ec2_report_operation=report("dirty", failed=1, changed=changed))
    assert result.error == "FailedDirty"
    assert "in words: dirty" in result.cause
    (released,) = result.inputs("ec2.release_claim")
    assert released["keep"] == changed
    assert [told for told, _ in events(result)] == ["EC2 Operation Needs A Person"]


def test_a_report_that_fails_needs_a_person_and_frees_nobody():
    result = operate("stop", ec2_report_operation=errors.AccessRefused("no rights"))
    assert result.error == "FailedDirty"
    assert result.inputs("ec2.release_claim") == []


def test_a_list_of_batches_that_is_gone_needs_a_person():
    result = operate("stop", batches_missing=True)
    assert result.error == "FailedDirty"
    assert result.inputs("ec2.stop_instances") == []


def test_batches_one_after_the_other_never_overlap():
    running, most = [0], [0]

    def stop(document):
        running[0] += 1
        most[0] = max(most[0], running[0])
        return acted(document)

    def record(document):
        running[0] -= 1
        return {"recorded": 3}

    result = operate(
        "stop",
        [batch(number) for number in range(1, 6)],
        ec2_plan_operation=plan("stop", 5, at_once=1),
        ec2_stop_instances=stop,
        ec2_record_batch=record,
    )
    assert result.status == "SUCCEEDED"
    assert most == [1]
    assert [call["batch"]["number"] for call in result.inputs("ec2.record_batch")] == [
        1,
        2,
        3,
        4,
        5,
    ]
