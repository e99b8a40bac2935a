"""The change set that was looked at is executed, once."""

import pytest
from change_sets import ARN, described, status_of, template

from tasks.errors import ChangeSetFailed, StackBusy, Throttled, Unavailable
from tasks.promotion import execute_change_set


class TestExecute:
    def test_the_stack_gets_the_change_set_that_was_looked_at(self, create, upload, cloudformation):
        arn = create(upload(template()))["arn"]

        assert execute_change_set.handler({"arn": arn, "target": {}}, None) == {"started": True}
        assert status_of(cloudformation) == "CREATE_COMPLETE"

    @pytest.mark.parametrize(
        "status", ["EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE", "EXECUTE_FAILED"]
    )
    def test_a_second_delivery_changes_nothing(self, stubbed, status):
        client, stub = stubbed
        stub.add_response(
            "describe_change_set", described("CREATE_COMPLETE", ExecutionStatus=status)
        )

        assert execute_change_set.execute(ARN, client) == {"started": True}

    @pytest.mark.parametrize("status", ["OBSOLETE", "UNAVAILABLE"])
    def test_one_that_another_change_came_before_is_refused(self, stubbed, status):
        client, stub = stubbed
        stub.add_response(
            "describe_change_set", described("CREATE_COMPLETE", ExecutionStatus=status)
        )

        with pytest.raises(ChangeSetFailed, match=status):
            execute_change_set.execute(ARN, client)

    def test_one_that_is_gone_is_refused(self, stubbed):
        client, stub = stubbed
        stub.add_client_error("describe_change_set", "ChangeSetNotFound")

        with pytest.raises(ChangeSetFailed, match="GONE"):
            execute_change_set.execute(ARN, client)

    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("ValidationError", StackBusy),
            ("InvalidChangeSetStatus", Unavailable),
            ("Throttling", Throttled),
        ],
    )
    def test_what_cloudformation_says_gets_a_name(self, stubbed, code, error):
        client, stub = stubbed
        ready = described("CREATE_COMPLETE", ExecutionStatus="AVAILABLE")
        stub.add_response("describe_change_set", ready)
        stub.add_client_error("execute_change_set", code)

        with pytest.raises(error):
            execute_change_set.execute(ARN, client)
