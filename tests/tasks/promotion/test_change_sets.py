"""A change set is made once, looked at, executed as it was looked at, or put away."""

import hashlib
import json

import boto3
import pytest
from botocore.stub import Stubber

from tasks import stacks
from tasks.errors import (
    ArtifactChanged,
    ChangeSetFailed,
    StackBusy,
    StackFailed,
    StatefulReplacement,
    Throttled,
    Unavailable,
)
from tasks.promotion import (
    check_change_set,
    create_change_set,
    discard_change_set,
    execute_change_set,
)

KEY = "releases/feedback/1.1.0/template.json"
ARN = "arn:aws:cloudformation:us-east-1:123456789012:changeSet/daytwo-run/1"


def template(description="first", **parameters):
    return json.dumps(
        {
            "Description": description,
            "Parameters": parameters or {"Environment": {"Type": "String"}},
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        }
    )


@pytest.fixture
def upload(s3, artifacts_bucket):
    """Publish a template; gives the stack of a plan."""

    def put(body, **parameters):
        s3.put_object(Bucket=artifacts_bucket, Key=KEY, Body=body.encode())
        return {
            "name": "feedback-dev",
            "template_key": KEY,
            "template_sha256": hashlib.sha256(body.encode()).hexdigest(),
            "parameters": parameters or {"Environment": "dev"},
            "role_arn": "",
        }

    return put


@pytest.fixture
def deployed(cloudformation):
    """The stack as an earlier release left it."""
    cloudformation.create_stack(
        StackName="feedback-dev",
        TemplateBody=template(),
        Parameters=[{"ParameterKey": "Environment", "ParameterValue": "dev"}],
    )


@pytest.fixture
def create(cloudformation, s3, artifacts_bucket):
    def run(stack, execution="run"):
        return create_change_set.create(
            stack, execution, "1.1.0", artifacts_bucket, s3, cloudformation
        )

    return run


@pytest.fixture
def stubbed():
    client = boto3.client("cloudformation", region_name="us-east-1")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def status_of(cloudformation):
    return cloudformation.describe_stacks(StackName="feedback-dev")["Stacks"][0]["StackStatus"]


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


def described(status, reason="", changes=(), **more):
    return {
        "ChangeSetId": ARN,
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/feedback-dev/1",
        "Status": status,
        "StatusReason": reason,
        "Changes": [{"Type": "Resource", "ResourceChange": change} for change in changes],
        **more,
    }


def change(action, kind="AWS::DynamoDB::Table", replacement=None, name="Table"):
    return {
        "Action": action,
        "ResourceType": kind,
        "LogicalResourceId": name,
        **({"Replacement": replacement} if replacement else {}),
    }


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
