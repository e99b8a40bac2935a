"""The order in which each action's tasks are called, and what happens to those who fail."""

import pytest
from operations import arrived, batch, failing, instance, operate, plan

from tasks import errors


def inside(result):
    """List the tasks that the batch called, without what comes before and after it."""
    called = [call.name.removeprefix("Ec2") for call in result.calls]
    return called[called.index("s3.get_object") + 1 : called.index("RecordBatch")]


def work(result):
    (record,) = result.inputs("ec2.record_batch")
    return record["work"]


def serving(count=2):
    return [batch(1, *(instance(number) for number in range(count)), in_service=True)]


@pytest.mark.parametrize(
    ("action", "calls"),
    [
        ("start", ["StartInstances", "CheckInstances"]),
        ("stop", ["StopInstances", "CheckInstances"]),
        ("hibernate", ["StopInstances", "CheckInstances"]),
        ("reboot", ["RebootInstances", "CheckInstances"]),
        ("terminate", ["TerminateInstances", "CheckInstances"]),
        ("snapshot", ["CreateSnapshots", "CheckSnapshots"]),
        ("enforce_imdsv2", ["RequireImdsv2", "CheckImdsv2"]),
        (
            "resize",
            ["StopInstances", "CheckInstances", "ChangeTypes", "StartInstances", "CheckInstances"],
        ),
        (
            "patch",
            [
                "CreateSnapshots",
                "CheckSnapshots",
                "SendPatchCommand",
                "CheckPatchCommand",
                "CheckInstances",
            ],
        ),
        (
            "replace",
            [
                "LaunchReplacements",
                "CheckReplacements",
                "TerminateInstances",
                "CheckInstances",
            ],
        ),
        (
            "isolate",
            [
                "CreateSnapshots",
                "RecordIsolations",
                "TakeOutOfService",
                "IsolateInstances",
                "CheckIsolation",
                "TakeOutOfService",
                "CheckOutOfService",
                "CreateSnapshots",
                "CheckSnapshots",
            ],
        ),
        (
            "release_isolation",
            [
                "ReleaseIsolation",
                "CheckIsolation",
                "PutInService",
                "CheckInService",
                "ForgetIsolations",
            ],
        ),
    ],
)
def test_an_action_is_done_in_this_order(action, calls):
    result = operate(action, [batch(1, instance(1), instance(2))])
    assert inside(result) == calls
    assert len(work(result)["reached"]) == 2
    assert work(result)["failed"] == []


def test_a_scan_for_patches_takes_no_snapshot():
    result = operate(
        "patch", request={"options": {"patch_operation": "Scan", "status_checks": True}}
    )
    assert result.inputs("ec2.create_snapshots") == []
    assert len(result.inputs("ec2.send_patch_command")) == 1


def test_a_start_looks_at_what_was_asked_for():
    result = operate("start", request={"options": {"status_checks": False}})
    (look,) = result.inputs("ec2.check_instances")
    assert (look["goal"], look["status_checks"], look["most_rounds"]) == ("running", False, 60)


def test_a_failed_patch_gets_its_root_volume_back():
    result = operate("patch", ec2_check_patch_command=failing("PatchFailed"))
    assert len(result.inputs("ec2.replace_root_volumes")) == 1
    assert [entry["changed"] for entry in work(result)["failed"]] == [False] * 3


def test_a_root_volume_is_put_back_round_by_round():
    def not_yet(document):
        return {"work": {**document["work"], "rounds": document["work"]["rounds"] + 1}}

    def put_back(document):
        return {"work": {**document["work"], "done": True}}

    result = operate(
        "patch",
        ec2_check_patch_command=failing("PatchFailed"),
        ec2_check_root_volumes=[not_yet, put_back],
    )
    assert len(result.inputs("ec2.check_root_volumes")) == 2


def test_nothing_to_put_back_after_a_failure_that_changed_nothing():
    result = operate(
        "patch",
        ec2_send_patch_command=failing("NotManaged", changed=False),
        ec2_replace_root_volumes=lambda document: {"work": {**document["work"], "done": True}},
    )
    assert result.inputs("ec2.check_root_volumes") == []
    assert [entry["error"] for entry in work(result)["failed"]] == ["NotManaged"] * 3


def test_a_resize_that_fails_gets_type_and_state_back():
    result = operate("resize", ec2_change_types=failing("InvalidInstanceAttributeValue"))
    (restore,) = result.inputs("ec2.restore_types")
    assert restore["most_rounds"] == 60
    assert [entry["changed"] for entry in work(result)["failed"]] == [False] * 3


def test_those_who_were_resized_survive_the_putting_back_of_the_others():
    def one_fails(document):
        looked = arrived(document)["work"]
        last = looked["reached"].pop()
        failed = [{"instance_id": last, "error": "X", "reason": "", "changed": True}]
        return {"work": {**looked, "failed": failed}}

    result = operate("resize", ec2_check_instances=[arrived, one_fails])
    assert len(work(result)["reached"]) == 2
    assert len(work(result)["failed"]) == 1


def test_new_ones_serve_before_the_old_ones_leave():
    result = operate("replace", serving())
    assert inside(result) == [
        "LaunchReplacements",
        "CheckReplacements",
        "PutInService",
        "CheckInService",
        "TakeOutOfService",
        "CheckOutOfService",
        "TerminateInstances",
        "CheckInstances",
    ]
    (enter,) = result.inputs("ec2.put_in_service")
    assert len(enter["replacements"]) == 2


def test_a_new_one_that_never_serves_is_discarded_and_the_old_one_stays():
    result = operate("replace", serving(), ec2_check_in_service=failing("TargetUnhealthy"))
    assert result.inputs("ec2.terminate_instances") == []
    assert inside(result)[-3:] == ["PutInService", "CheckInService", "DiscardReplacements"]
    (discard,) = result.inputs("ec2.discard_replacements")
    assert len(discard["replacements"]) == 2
    assert [entry["changed"] for entry in work(result)["failed"]] == [False] * 2


def test_a_new_one_that_fails_its_checks_is_discarded_where_nothing_serves():
    result = operate("replace", ec2_check_replacements=failing("StatusCheckFailed"))
    assert inside(result)[-1] == "DiscardReplacements"
    assert result.inputs("ec2.put_in_service") == []


def test_launching_goes_on_with_what_was_launched_before():
    def first_only(document):
        work = document["work"]
        pair = {"instance_id": work["pending"][0], "replacement": "i-ffffffffffffffff1"}
        return {
            "work": {**work, "acted": work["pending"][:1], "pending": work["pending"][1:]},
            "replacements": [*document["replacements"], pair],
        }

    def seen(document):
        work = document["work"]
        return {
            "work": {
                **work,
                "reached": work["reached"] + work["acted"],
                "acted": [],
                "done": not work["pending"],
            }
        }

    result = operate(
        "replace",
        [batch(1, instance(1), instance(2))],
        ec2_launch_replacements=first_only,
        ec2_check_replacements=seen,
    )
    assert [len(c["replacements"]) for c in result.inputs("ec2.launch_replacements")] == [0, 1]
    assert len(work(result)["reached"]) == 2


REFRESH = {"ec2_plan_operation": plan("replace", instance_refresh="web")}


def test_a_group_is_refreshed_as_a_whole_and_each_instance_recorded():
    result = operate("replace", **REFRESH)
    assert result.status == "SUCCEEDED"
    assert result.inputs("ec2.launch_replacements") == []
    (seen,) = result.inputs("ec2.check_refreshed")
    assert seen["refresh"] == {"outcome": "succeeded", "reason": ""}


def refreshing(outcome, done=True, rounds=1):
    return {
        "done": done,
        "status": "InProgress",
        "percent": 50,
        "outcome": outcome,
        "reason": "as the test asks",
        "rounds": rounds,
    }


def test_a_refresh_is_watched_until_it_is_over():
    looks = [refreshing("", done=False, rounds=1), refreshing("succeeded", rounds=2)]
    result = operate("replace", **REFRESH, ec2_check_instance_refresh=looks)
    assert [c["rounds"] for c in result.inputs("ec2.check_instance_refresh")] == [0, 1]
    assert result.inputs("ec2.stop_instance_refresh") == []


def test_a_refresh_that_takes_too_long_is_rolled_back_and_watched_again():
    looks = [refreshing("too_long"), refreshing("rolled_back")]
    result = operate("replace", **REFRESH, ec2_check_instance_refresh=looks)
    (stop,) = result.inputs("ec2.stop_instance_refresh")
    assert (stop["refresh_id"], stop["rollback"]) == ("r-1", True)
    (seen,) = result.inputs("ec2.check_refreshed")
    assert seen["refresh"]["outcome"] == "rolled_back"


def test_a_refresh_that_cannot_start_changes_nothing_and_frees_the_group():
    result = operate("replace", **REFRESH, ec2_start_instance_refresh=errors.AccessRefused("no"))
    assert result.error == "FailedClean"
    (released,) = result.inputs("ec2.release_claim")
    assert released["keep"] == []
    assert result.inputs("ec2.record_batch") == []


def test_a_refresh_that_nobody_can_watch_needs_a_person():
    result = operate("replace", **REFRESH, ec2_check_instance_refresh=errors.AccessRefused("no"))
    assert result.error == "FailedDirty"
    assert result.inputs("ec2.release_claim") == []
