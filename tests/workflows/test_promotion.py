"""daytwo-promotion on the real interpreter: each branch, retry and catch taken."""

import json

import pytest
from botocore.exceptions import ClientError
from interpreter import NO_ANSWER, run

from tasks import errors
from workflows import promotion

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:machine:execution-1"
REQUEST = {
    "system": "feedback",
    "release": "1.1.0",
    "environment": "prod",
    "requested_by": "arn:aws:iam::123456789012:user/alice",
    "reason": "monthly release",
}
FUNCTION = {
    "component": "create-feedback",
    "function": "feedback-prod-create-feedback",
    "alias": "live",
    "key": "releases/feedback/1.1.0/functions/create-feedback.zip",
    "sha256": "ab" * 32,
}
PLAN = {
    "system": "feedback",
    "release": "1.1.0",
    "environment": "prod",
    "digest": "cd" * 32,
    "already_live": False,
    "target": {"region": "us-east-1", "role_arn": ""},
    "previous": {"release": "1.0.0", "digest": "ef" * 32},
    "gates": {"coverage_percent": 80, "dependency_severity": "high"},
    "evidence": {gate: [] for gate in promotion.GATES},
    "stack": {"name": "feedback-prod", "template_key": "k", "parameters": {}, "role_arn": ""},
    "functions": [FUNCTION, {**FUNCTION, "function": "feedback-prod-health"}],
    "site": {"present": True, "bucket": "feedback-prod-site", "distribution": ""},
    "steps": [
        {"name": "10 %", "from": 0, "to": 10, "checks": [{"wait_seconds": 60, "last": False}] * 2},
        {"name": "100 %", "from": 10, "to": 100, "checks": []},
    ],
    "bake": {"checks": [{"wait_seconds": 60, "last": False}, {"wait_seconds": 60, "last": True}]},
    "health": {"alarms": [], "checks": []},
    "approval": {"required": False, "roles": [], "expires_seconds": 3600},
    "next_environment": "",
}
CAPTURED = {
    "functions": [
        {"function": "feedback-prod-create-feedback", "alias": "live", "version": "3"},
        {"function": "feedback-prod-health", "alias": "live", "version": "7"},
    ],
    "stack": {"name": "feedback-prod"},
    "site": {"present": True},
}


def explain(document):
    return {"error": document["error"], "cause": f"in words: {document['error']}"}


def plan(**changes):
    return {**PLAN, **changes}


def tasks(**changes):
    """Answers of a promotion in which all goes well, but for the changes."""
    answers = {
        "common_validate_request": lambda document: {
            "request": document["document"],
            "execution": document["execution"],
            "duplicate": False,
        },
        "locks_acquire_lock": {"fence": 4, "lease_expires": 1_800_000_000},
        "locks_release_lock": {"released": True},
        "promotion_make_plan": PLAN,
        "promotion_verify_artifacts": {"verified": 9},
        **{
            f"gates_check_{gate}": {"gate": gate, "passed": True, "findings": []}
            for gate in promotion.GATES
        },
        "promotion_judge_gates": {"passed": True},
        "promotion_create_change_set": {"arn": "arn:change-set", "status": "pending"},
        "promotion_check_change_set": {"arn": "arn:change-set", "ready": True, "empty": True},
        "promotion_discard_change_set": {"deleted": True},
        "approval_request_approval": {"id": "a-1"},
        "approval_close_approval": {"closed": 0},
        "promotion_capture_rollback_plan": CAPTURED,
        "promotion_execute_change_set": {"started": True},
        "promotion_check_stack": {"done": True, "status": "UPDATE_COMPLETE"},
        "promotion_publish_version": lambda document: {
            "function": document["function"],
            "version": "9",
        },
        "promotion_shift_alias": {"version": "3"},
        "promotion_check_health": {"healthy": True, "inconclusive": False, "observations": []},
        "promotion_publish_assets": {"published": 3},
        "promotion_switch_assets": {"switched": 1},
        "promotion_record_release": {"recorded_at": "2026-01-01T00:00:00Z"},
        "promotion_explain_failure": explain,
        "promotion_restore_alias": {"restored": True},
        "promotion_restore_assets": {"restored": 1},
        "promotion_restore_stack": {"done": True, "status": "as before"},
        "promotion_record_rollback": {"quarantined": True},
    }
    return {**answers, **changes}


def promote(request=REQUEST, services=None, **changes):
    return run(promotion.definition(), request, tasks(**changes), services=services)


def events(result):
    return [
        (
            entry["DetailType"],
            json.loads(entry["Detail"]) if isinstance(entry["Detail"], str) else entry["Detail"],
        )
        for call in result.inputs("events.put_events")
        for entry in call["Entries"]
    ]


class TestAReleaseThatIsGood:
    def test_goes_live_step_by_step_and_is_recorded(self):
        result = promote()
        assert (result.status, result.error) == ("SUCCEEDED", None)
        shifts = result.inputs("promotion.shift_alias")
        assert [
            (shift["function"], shift["from_version"], shift["to_version"], shift["to_percent"])
            for shift in sorted(shifts, key=lambda s: (s["to_percent"], s["function"]))
        ] == [
            ("feedback-prod-create-feedback", "3", "9", 10),
            ("feedback-prod-health", "7", "9", 10),
            ("feedback-prod-create-feedback", "3", "9", 100),
            ("feedback-prod-health", "7", "9", 100),
        ]
        (recorded,) = result.inputs("promotion.record_release")
        assert (recorded["fence"], recorded["owner"]) == (4, EXECUTION)

    def test_is_watched_after_each_step_and_in_the_bake(self):
        watched = promote().inputs("promotion.check_health")
        assert [look["last"] for look in watched] == [False, False, False, True]
        assert watched[0]["published"] == [
            {"function": "feedback-prod-create-feedback", "version": "9"},
            {"function": "feedback-prod-health", "version": "9"},
        ]

    def test_tells_people_and_machines(self):
        result = promote()
        ((kind, detail),) = events(result)
        assert kind == "Promotion Succeeded"
        assert detail["release"] == "1.1.0"
        assert detail["next_environment"] == ""
        (message,) = result.inputs("sns.publish")
        assert message["Message"] == "feedback 1.1.0 is live in prod"

    def test_releases_the_lock_with_its_fence(self):
        (released,) = promote().inputs("locks.release_lock")
        assert (released["environment"], released["fence"]) == ("prod", 4)

    def test_changes_infrastructure_before_code(self):
        result = promote(
            promotion_check_change_set=[
                {"arn": "arn:change-set", "ready": False, "empty": False},
                {"arn": "arn:change-set", "ready": True, "empty": False},
            ],
            promotion_check_stack=[{"done": False}, {"done": False}, {"done": True}],
        )
        assert result.status == "SUCCEEDED"
        order = [call.name for call in result.calls]
        execute = order.index("PromotionExecuteChangeSet")
        assert execute < order.index("PromotionPublishVersion")
        assert len(result.inputs("promotion.check_stack")) == 3

    def test_without_changes_of_infrastructure_no_change_set_is_executed(self):
        assert promote().inputs("promotion.execute_change_set") == []

    def test_invalidates_the_cache_where_there_is_a_distribution(self):
        site = {**PLAN["site"], "distribution": "E123"}
        result = promote(promotion_make_plan=plan(site=site))
        (call,) = result.inputs("cloudfront.create_invalidation")
        assert call["DistributionId"] == "E123"

    def test_invalidates_the_cache_once_more_when_it_is_rolled_back(self):
        site = {**PLAN["site"], "distribution": "E123"}
        result = promote(
            promotion_make_plan=plan(site=site), promotion_record_release=errors.LockLost
        )
        first, second = result.inputs("cloudfront.create_invalidation")
        references = [call["InvalidationBatch"]["CallerReference"] for call in (first, second)]
        assert len(set(references)) == 2

    def test_without_a_site_touches_no_asset(self):
        result = promote(promotion_make_plan=plan(site={"present": False, "distribution": ""}))
        assert result.status == "SUCCEEDED"
        assert result.inputs("promotion.publish_assets") == []

    def test_is_live_even_if_nobody_can_be_told(self):
        reply = {
            "Error": {"Code": "NotFound", "Message": "topic is gone"},
            "ResponseMetadata": {"HTTPStatusCode": 404, "RequestId": "1"},
        }
        gone = ClientError(reply, "Publish")
        result = promote(services={"sns.publish": gone})
        assert result.status == "SUCCEEDED"
        assert events(result)[0][0] == "Promotion Succeeded"


class TestNothingToDo:
    def test_what_is_live_already_changes_nothing(self):
        result = promote(promotion_make_plan=plan(already_live=True))
        assert result.status == "SUCCEEDED"
        assert result.states[-1] == "It is live already"
        assert result.inputs("promotion.create_change_set") == []
        assert len(result.inputs("locks.release_lock")) == 1

    def test_an_event_seen_before_claims_nothing(self):
        result = promote(
            common_validate_request={"request": REQUEST, "execution": {}, "duplicate": True}
        )
        assert result.states[-1] == "Another execution has this event"
        assert result.inputs("locks.acquire_lock") == []


class TestApproval:
    ASKED = plan(approval={"required": True, "roles": ["release-manager"], "expires_seconds": 60})

    def test_is_asked_for_with_the_plan_and_the_change_set(self):
        result = promote(promotion_make_plan=self.ASKED)
        assert result.status == "SUCCEEDED"
        (asked,) = result.inputs("approval.request_approval")
        assert asked["plan"]["digest"] == "cd" * 32
        assert asked["change_set"]["arn"] == "arn:change-set"
        assert asked["task_token"]

    def test_a_no_ends_it_with_nothing_changed(self):
        result = promote(
            promotion_make_plan=self.ASKED,
            approval_request_approval=errors.ApprovalRejected("bob: not on a Friday"),
        )
        assert (result.status, result.error) == ("FAILED", "FailedClean")
        assert result.inputs("promotion.capture_rollback_plan") == []

    def test_silence_expires_and_is_closed(self):
        result = promote(promotion_make_plan=self.ASKED, approval_request_approval=NO_ANSWER)
        assert result.error == "FailedClean"
        assert result.cause == "in words: ApprovalExpired"
        assert [close["status"] for close in result.inputs("approval.close_approval")] == [
            "expired",
            "void",
        ]


BEFORE_CAPTURE = {
    "common_validate_request": errors.InvalidInput,
    "locks_acquire_lock": errors.LockHeld,
    "promotion_make_plan": errors.EnvironmentSkipped,
    "promotion_verify_artifacts": errors.ArtifactChanged,
    "gates_check_tests": errors.AccessRefused,
    "promotion_judge_gates": errors.GateFailed,
    "promotion_create_change_set": errors.StackBusy,
    "promotion_check_change_set": errors.StatefulReplacement,
    "promotion_capture_rollback_plan": errors.AlarmAlreadyRed,
}
AFTER_CAPTURE = {
    "promotion_execute_change_set": errors.ChangeSetFailed,
    "promotion_check_stack": errors.StackFailed,
    "promotion_publish_version": errors.ArtifactChanged,
    "promotion_shift_alias": errors.AccessRefused,
    "promotion_check_health": [errors.Unhealthy("create-feedback is red"), {"healthy": True}],
    "promotion_publish_assets": errors.ArtifactChanged,
    "promotion_switch_assets": errors.AccessRefused,
    "promotion_record_release": errors.LockLost,
}
CHANGES = {"arn": "arn:change-set", "ready": True, "empty": False}


class TestAFailureBeforeAnythingChanged:
    @pytest.mark.parametrize("task", BEFORE_CAPTURE)
    def test_ends_clean_with_the_cause_in_words(self, task):
        result = promote(**{task: BEFORE_CAPTURE[task]})
        assert (result.status, result.error) == ("FAILED", "FailedClean")
        assert result.cause == f"in words: {BEFORE_CAPTURE[task].__name__}"
        assert result.inputs("promotion.restore_alias") == []

    @pytest.mark.parametrize("task", list(BEFORE_CAPTURE)[2:])
    def test_releases_the_lock(self, task):
        assert len(promote(**{task: BEFORE_CAPTURE[task]}).inputs("locks.release_lock")) == 1

    def test_a_lock_that_another_holds_is_not_released(self):
        assert promote(locks_acquire_lock=errors.LockHeld).inputs("locks.release_lock") == []

    def test_discards_the_change_set_that_was_made(self):
        result = promote(promotion_capture_rollback_plan=errors.AlarmAlreadyRed)
        assert len(result.inputs("promotion.discard_change_set")) == 1

    def test_a_change_set_that_never_gets_ready_is_given_up(self):
        result = promote(promotion_check_change_set={"arn": "a", "ready": False, "empty": False})
        assert result.error == "FailedClean"
        assert len(result.inputs("promotion.check_change_set")) == 121

    def test_a_cleanup_that_fails_needs_a_person_and_keeps_the_lock(self):
        result = promote(
            promotion_capture_rollback_plan=errors.AlarmAlreadyRed,
            promotion_discard_change_set=errors.AccessRefused,
        )
        assert result.error == "FailedDirty"
        assert result.inputs("locks.release_lock") == []


class TestAFailureAfterTheCapture:
    @pytest.mark.parametrize("task", AFTER_CAPTURE)
    def test_is_rolled_back_and_released(self, task):
        result = promote(**{"promotion_check_change_set": CHANGES, task: AFTER_CAPTURE[task]})
        assert (result.status, result.error) == ("FAILED", "RolledBack")
        assert [entry["captured"]["function"] for entry in result.inputs("promotion.restore_alias")]
        assert len(result.inputs("promotion.restore_assets")) == 1
        assert len(result.inputs("promotion.restore_stack")) == 1
        assert len(result.inputs("promotion.discard_change_set")) == 1
        assert len(result.inputs("promotion.record_rollback")) == 1
        assert len(result.inputs("locks.release_lock")) == 1

    def test_restores_traffic_before_anything_else(self):
        result = promote(promotion_record_release=errors.LockLost)
        order = [call.name for call in result.calls]
        restored = order.index("PromotionRestoreAlias")
        assert (
            restored < order.index("PromotionRestoreAssets") < order.index("PromotionRestoreStack")
        )

    def test_verifies_the_captured_versions(self):
        result = promote(promotion_switch_assets=errors.AccessRefused)
        verified = result.inputs("promotion.check_health")[-1]
        assert [entry["version"] for entry in verified["published"]] == ["3", "7"]
        assert verified["health"]["alarms"] == []

    def test_waits_until_the_stack_is_as_before(self):
        result = promote(
            promotion_record_release=errors.LockLost,
            promotion_restore_stack=[{"done": False}, {"done": False}, {"done": True}],
        )
        assert result.error == "RolledBack"
        assert len(result.inputs("promotion.restore_stack")) == 3

    def test_of_a_first_release_has_no_release_to_verify(self):
        result = promote(
            promotion_make_plan=plan(previous={"release": "", "digest": ""}),
            promotion_publish_assets=errors.ArtifactChanged,
        )
        assert result.error == "RolledBack"
        assert "Verify the rollback" not in result.states

    def test_tells_the_digest_that_must_not_go_out_again(self):
        result = promote(promotion_record_release=errors.LockLost)
        kind, detail = events(result)[-1]
        assert kind == "Promotion Rolled Back"
        assert detail["digest"] == "cd" * 32
        assert detail["cause"] == "in words: LockLost"

    def test_a_stack_that_never_ends_is_rolled_back(self):
        result = promote(
            promotion_check_change_set=CHANGES,
            promotion_check_stack={"done": False, "status": "UPDATE_IN_PROGRESS"},
        )
        assert result.error == "RolledBack"
        assert result.cause == "in words: States.Timeout"


class TestARollbackThatFails:
    @pytest.mark.parametrize(
        "task",
        [
            "promotion_restore_alias",
            "promotion_restore_assets",
            "promotion_restore_stack",
            "promotion_record_rollback",
            "locks_release_lock",
        ],
    )
    def test_needs_a_person_and_pages(self, task):
        result = promote(
            **{"promotion_publish_assets": errors.ArtifactChanged, task: errors.AliasMoved}
        )
        assert (result.status, result.error) == ("FAILED", "FailedDirty")
        assert "A person must look" in result.cause
        assert "in words: AliasMoved" in result.cause
        assert events(result)[-1][0] == "Promotion Needs A Person"

    def test_keeps_the_lock(self):
        result = promote(
            promotion_publish_assets=errors.ArtifactChanged,
            promotion_restore_alias=errors.AliasMoved,
        )
        assert result.inputs("locks.release_lock") == []

    def test_an_unhealthy_rollback_is_not_called_done(self):
        result = promote(promotion_check_health=errors.Unhealthy)
        assert result.error == "FailedDirty"

    def test_it_ends_even_if_the_failure_cannot_be_explained(self):
        result = promote(
            promotion_publish_assets=errors.ArtifactChanged,
            promotion_explain_failure=errors.InvalidInput("no words"),
        )
        assert result.error == "FailedDirty"
        assert "no words" in result.cause

    def test_a_recorded_release_whose_lock_stays_needs_a_person(self):
        assert promote(locks_release_lock=errors.LockLost).error == "FailedDirty"


class TestWhatMayPass:
    @pytest.mark.parametrize("task", sorted(set(tasks()) - {"approval_request_approval"}))
    def test_throttling_of_any_task_is_waited_out(self, task):
        good = tasks()[task]
        result = promote(**{task: [errors.Throttled("slow down"), errors.Throttled("again"), good]})
        assert result.status == "SUCCEEDED" or task in UNUSED

    @pytest.mark.parametrize("error", ["Sandbox.Timedout", "Runtime.ExitError", "Lambda.Unknown"])
    def test_a_function_that_dies_is_tried_again(self, error):
        died = type(error, (Exception,), {})("died in the middle")
        result = promote(promotion_shift_alias=[died, {"version": "3"}])
        assert result.status == "SUCCEEDED"

    def test_a_function_that_keeps_dying_is_rolled_back(self):
        died = type("Runtime.ExitError", (Exception,), {})("died in the middle")
        assert promote(promotion_shift_alias=died).error == "RolledBack"

    def test_throttling_without_end_is_rolled_back(self):
        assert promote(promotion_shift_alias=errors.Throttled).error == "RolledBack"


UNUSED = {
    "promotion_explain_failure",
    "promotion_restore_alias",
    "promotion_restore_assets",
    "promotion_restore_stack",
    "promotion_record_rollback",
    "promotion_discard_change_set",
    "promotion_execute_change_set",
    "promotion_check_stack",
    "approval_close_approval",
}
