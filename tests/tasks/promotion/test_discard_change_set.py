"""A change set that is not going to be executed is put away."""

import pytest
from change_sets import ARN, described, status_of, template

from tasks import stacks
from tasks.errors import Throttled
from tasks.promotion import discard_change_set


class TestDiscard:
    def test_it_goes_and_takes_the_empty_stack_that_it_made_along(
        self, create, upload, cloudformation
    ):
        arn = create(upload(template()))["arn"]

        assert discard_change_set.handler({"arn": arn, "target": {}}, None) == {"deleted": True}
        assert stacks.find("feedback-dev", cloudformation) is None

    def test_a_stack_with_something_in_it_stays(self, create, upload, deployed, cloudformation):
        arn = create(upload(template("second")))["arn"]

        discard_change_set.discard(arn, cloudformation)

        assert status_of(cloudformation) == "CREATE_COMPLETE"
        assert stacks.find_change_set(arn, cloudformation) is None

    def test_an_empty_stack_that_somebody_else_works_on_stays(self, stubbed):
        client, stub = stubbed
        found = described("CREATE_COMPLETE", ExecutionStatus="AVAILABLE")
        summary = {"StackId": found["StackId"], "ChangeSetId": f"{ARN}-other"}
        stack = {"StackName": "f", "CreationTime": 0, "StackStatus": "REVIEW_IN_PROGRESS"}
        stub.add_response("describe_change_set", found)
        stub.add_response("describe_stacks", {"Stacks": [stack]})
        stub.add_response("list_change_sets", {"Summaries": [summary]})
        stub.add_response("delete_change_set", {}, {"ChangeSetName": ARN})

        assert discard_change_set.discard(ARN, client) == {"deleted": True}

    def test_a_second_delivery_changes_nothing(self, create, upload, deployed, cloudformation):
        arn = create(upload(template("second")))["arn"]
        discard_change_set.discard(arn, cloudformation)

        assert discard_change_set.discard(arn, cloudformation) == {"deleted": False}

    def test_one_that_was_executed_is_left(self, stubbed):
        client, stub = stubbed
        stub.add_response(
            "describe_change_set", described("CREATE_COMPLETE", ExecutionStatus="EXECUTE_COMPLETE")
        )

        assert discard_change_set.discard(ARN, client) == {"deleted": False}

    @pytest.mark.parametrize(
        "operation",
        ["DescribeChangeSet", "DescribeStacks", "ListChangeSets", "DeleteStack"],
    )
    def test_throttling_of_each_call_is_tried_again(
        self, create, upload, cloudformation, refused, operation
    ):
        arn = create(upload(template()))["arn"]
        refused(cloudformation, operation, "Throttling")

        with pytest.raises(Throttled):
            discard_change_set.discard(arn, cloudformation)
