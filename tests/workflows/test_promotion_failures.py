"""daytwo-promotion on the real interpreter: each way to fail, and how it ends."""

import pytest
from promotions import events, plan, promote

from tasks import errors

BEFORE_CAPTURE = {
    "common_validate_request": errors.InvalidInput,
    "locks_acquire_lock": errors.LockHeld,
    "promotion_make_plan": errors.EnvironmentSkipped,
    "promotion_verify_artifacts": errors.ArtifactChanged,
    "gates_check_tests": errors.AccessRefused,
    "promotion_judge_gates": errors.GateFailed,
    "promotion_create_change_set": errors.StackBusy,
    "promotion_check_change_set": errors.StatefulReplacement,
    "locks_leave_claim": errors.LockLost,
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
        assert events(result)[-1][0] == "Promotion Needs A Person"

    def test_a_recorded_release_whose_lock_stays_needs_a_person(self):
        assert promote(locks_release_lock=errors.LockLost).error == "FailedDirty"
