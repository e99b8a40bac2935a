"""A change set is looked at until it is ready, and what it may not do is refused."""

import pytest
from change_sets import ARN, change, described, template

from tasks.errors import ChangeSetFailed, StatefulReplacement, Throttled
from tasks.promotion import check_change_set


class TestCheck:
    @pytest.mark.parametrize("status", ["CREATE_PENDING", "CREATE_IN_PROGRESS"])
    def test_one_that_is_being_worked_out_is_not_ready(self, stubbed, status):
        client, stub = stubbed
        stub.add_response("describe_change_set", described(status))

        assert check_change_set.check(ARN, client)["ready"] is False

    @pytest.mark.parametrize(
        "reason",
        [
            "The submitted information didn't contain changes. Submit different information.",
            "No updates are to be performed.",
        ],
    )
    def test_one_without_changes_is_ready_and_empty(self, stubbed, reason):
        client, stub = stubbed
        stub.add_response("describe_change_set", described("FAILED", reason))

        assert check_change_set.check(ARN, client) == {
            "arn": ARN,
            "ready": True,
            "empty": True,
            "changes": [],
        }

    def test_one_that_failed_is_told_with_its_reason(self, stubbed):
        client, stub = stubbed
        stub.add_response("describe_change_set", described("FAILED", "Circular dependency"))

        with pytest.raises(ChangeSetFailed, match="Circular dependency"):
            check_change_set.check(ARN, client)

    @pytest.mark.parametrize("code", ["ChangeSetNotFound", "ChangeSetNotFoundException"])
    def test_one_that_is_gone_is_told(self, stubbed, code):
        client, stub = stubbed
        stub.add_client_error("describe_change_set", code)

        with pytest.raises(ChangeSetFailed, match="somebody deleted it"):
            check_change_set.check(ARN, client)

    def test_all_its_pages_are_read(self, stubbed):
        client, stub = stubbed
        first = [change("Add", name=f"Table{number}") for number in range(90)]
        last = [change("Remove", name="Precious")]
        stub.add_response(
            "describe_change_set", described("CREATE_COMPLETE", changes=first, NextToken="more")
        )
        stub.add_response(
            "describe_change_set",
            described("CREATE_COMPLETE", changes=last),
            {"ChangeSetName": ARN, "NextToken": "more"},
        )

        with pytest.raises(StatefulReplacement, match="Precious"):
            check_change_set.check(ARN, client)

    def test_it_lists_a_bounded_number_of_changes(self, stubbed):
        client, stub = stubbed
        many = [change("Add", name=f"Table{number}") for number in range(150)]
        stub.add_response("describe_change_set", described("CREATE_COMPLETE", changes=many))

        reply = check_change_set.check(ARN, client)

        assert (len(reply["changes"]), reply["ready"]) == (100, True)
        assert reply["changes"][0] == {
            "action": "Add",
            "type": "AWS::DynamoDB::Table",
            "id": "Table0",
            "replacement": "False",
        }

    @pytest.mark.parametrize(
        ("loss", "words"),
        [
            (change("Remove"), "Table (AWS::DynamoDB::Table) is removed"),
            (change("Modify", replacement="True"), "is replaced"),
            (change("Modify", replacement="Conditional"), "may be replaced"),
            (change("Dynamic"), "may be removed"),
            (change("Remove", "AWS::S3::Bucket", name="Site"), "Site (AWS::S3::Bucket)"),
        ],
    )
    def test_one_that_would_lose_data_is_refused(self, loss, words):
        with pytest.raises(StatefulReplacement) as refusal:
            check_change_set.refuse_data_loss([change("Add"), loss])

        assert words in str(refusal.value)

    @pytest.mark.parametrize(
        "harmless",
        [
            change("Add"),
            change("Modify", replacement="False"),
            change("Remove", "AWS::SNS::Topic"),
            change("Modify", "AWS::Lambda::Function", "True"),
        ],
    )
    def test_one_that_keeps_the_data_passes(self, harmless):
        check_change_set.refuse_data_loss([harmless])

    def test_throttling_is_tried_again(self, stubbed):
        client, stub = stubbed
        stub.add_client_error("describe_change_set", "Throttling")

        with pytest.raises(Throttled):
            check_change_set.check(ARN, client)

    def test_the_function_answers_by_its_schema(self, create, upload):
        arn = create(upload(template()))["arn"]

        reply = check_change_set.handler({"arn": arn, "target": {}}, None)

        assert (reply["ready"], reply["empty"]) == (True, False)
