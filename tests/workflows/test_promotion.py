"""daytwo-promotion on the real interpreter: what goes well, what is asked, what may pass."""

import pytest
from botocore.exceptions import ClientError
from interpreter import NO_ANSWER
from promotions import EXECUTION, PLAN, REQUEST, events, plan, promote, tasks

from tasks import errors


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
