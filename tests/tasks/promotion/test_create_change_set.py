"""A change set is made once, from the template that was published."""

import pytest
from change_sets import ARN, template

from tasks import stacks
from tasks.errors import (
    ArtifactChanged,
    ChangeSetFailed,
    StackBusy,
    StackFailed,
    Throttled,
    Unavailable,
)
from tasks.promotion import create_change_set


class TestCreate:
    def test_makes_the_stack_where_there_is_none(self, create, upload):
        reply = create(upload(template()))

        assert reply["arn"].startswith("arn:aws:cloudformation:")
        assert (reply["name"], reply["type"]) == ("daytwo-run", "CREATE")

    def test_updates_the_stack_where_there_is_one(self, create, upload, deployed):
        assert create(upload(template("second")))["type"] == "UPDATE"

    @pytest.mark.parametrize("there", [True, False])
    def test_a_second_delivery_finds_the_first_ones(self, create, upload, cloudformation, there):
        if there:
            cloudformation.create_stack(
                StackName="feedback-dev",
                TemplateBody=template(),
                Parameters=[{"ParameterKey": "Environment", "ParameterValue": "dev"}],
            )
        stack = upload(template("second"))

        assert create(stack) == create(stack)
        listed = cloudformation.list_change_sets(StackName="feedback-dev")["Summaries"]
        assert len(listed) == 1

    def test_another_execution_makes_its_own(self, create, upload, deployed):
        stack = upload(template("second"))

        assert create(stack)["arn"] != create(stack, "other")["arn"]

    def test_a_long_template_is_handed_over_by_its_address(self, create, upload, cloudformation):
        body = template("x" * 60_000)

        arn = create(upload(body))["arn"]
        cloudformation.execute_change_set(ChangeSetName=arn)

        found = cloudformation.get_template(StackName="feedback-dev")["TemplateBody"]
        assert len(found["Description"]) == 60_000

    def test_another_template_than_the_published_one_is_refused(self, create, upload, s3):
        stack = upload(template())
        upload(template("overwritten"))

        with pytest.raises(ArtifactChanged):
            create(stack)

    def test_a_parameter_that_the_template_lacks_is_named(self, create, upload):
        with pytest.raises(ChangeSetFailed, match="does not declare Colour"):
            create(upload(template(), Environment="dev", Colour="red"))

    def test_a_parameter_without_a_value_is_named(self, create, upload):
        body = template("", Environment={"Type": "String"}, Size={"Type": "Number"})

        with pytest.raises(ChangeSetFailed, match="has no value for Size"):
            create(upload(body))

    def test_a_parameter_with_a_default_may_be_left_out(self, create, upload):
        body = template("", Environment={"Type": "String"}, Size={"Type": "Number", "Default": 1})

        assert create(upload(body))["arn"]

    @pytest.mark.parametrize(
        ("status", "error", "words"),
        [
            ("UPDATE_IN_PROGRESS", StackBusy, "another operation"),
            ("ROLLBACK_COMPLETE", StackFailed, "delete it"),
            ("UPDATE_ROLLBACK_FAILED", StackFailed, "continue its rollback"),
            ("CREATE_FAILED", StackFailed, "mend or delete it"),
        ],
    )
    def test_a_stack_that_takes_no_update_is_told_apart(self, status, error, words):
        with pytest.raises(error, match=words):
            stacks.check_updatable({"StackName": "feedback-dev", "StackStatus": status})

    @pytest.mark.parametrize("code", ["Throttling", "AlreadyExistsException"])
    def test_what_may_pass_is_tried_again(self, create, upload, cloudformation, refused, code):
        refused(cloudformation, "CreateChangeSet", code)

        with pytest.raises((Throttled, Unavailable)):
            create(upload(template()))

    @pytest.mark.parametrize(
        "code", ["ValidationError", "LimitExceededException", "InsufficientCapabilitiesException"]
    )
    def test_what_cloudformation_refuses_is_told(
        self, create, upload, cloudformation, refused, code
    ):
        refused(cloudformation, "CreateChangeSet", code)

        with pytest.raises(ChangeSetFailed, match="feedback-dev"):
            create(upload(template()))

    @pytest.mark.parametrize("operation", ["DescribeStacks", "DescribeChangeSet"])
    def test_throttling_of_each_look_is_tried_again(
        self, create, upload, deployed, cloudformation, refused, operation
    ):
        refused(cloudformation, operation, "Throttling")

        with pytest.raises(Throttled):
            create(upload(template()))

    def test_the_service_role_is_handed_over_where_there_is_one(self, stubbed):
        client, stub = stubbed
        stub.add_response(
            "create_change_set",
            {"Id": ARN},
            {
                "StackName": "feedback-dev",
                "ChangeSetName": "daytwo-run",
                "ChangeSetType": "UPDATE",
                "Description": "Release 1.1.0",
                "Parameters": [],
                "Capabilities": ["CAPABILITY_NAMED_IAM"],
                "TemplateBody": "{}",
                "RoleARN": "arn:aws:iam::123456789012:role/feedback-cfn",
            },
        )
        stack = {
            "name": "feedback-dev",
            "role_arn": "arn:aws:iam::123456789012:role/feedback-cfn",
            "description": "Release 1.1.0",
        }
        arguments = ("daytwo-run", stack, "UPDATE", {"TemplateBody": "{}"}, [])

        assert stacks.create_change_set(*arguments, client) == ARN

    @pytest.mark.parametrize("name", ["a_b", "a.b", "9" * 80, "ä"])
    def test_any_execution_gives_a_name_that_cloudformation_takes(self, name):
        made = stacks.change_set_name(name, "restore")

        assert made.replace("-", "").isascii()
        assert made.replace("-", "").isalnum()
        assert len(made) <= 128

    def test_executions_that_differ_in_one_sign_have_names_of_their_own(self):
        assert stacks.change_set_name("a_b") != stacks.change_set_name("a.b")

    def test_the_function_answers_by_its_schema(self, upload):
        request = {"stack": upload(template()), "target": {}, "execution": "r", "release": "1.1.0"}

        assert create_change_set.handler(request, None)["status"] == "pending"
