"""The stack's way back is taken step by step, from wherever it is."""

import hashlib
import json

import pytest

from tasks import stacks
from tasks.errors import (
    ArtifactChanged,
    ChangeSetFailed,
    StackFailed,
    StatefulReplacement,
    Throttled,
)
from tasks.promotion import restore_stack

KEY = "rollback/feedback/dev/run/template"
TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}
TABLE = {
    "Table": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    }
}


def template(resources, description=""):
    return json.dumps(
        {
            "Description": description,
            "Parameters": {"Size": {"Type": "String", "Default": "1"}},
            "Resources": resources,
        }
    )


def deploy(cloudformation, body, size="1", update=False):
    change = cloudformation.update_stack if update else cloudformation.create_stack
    change(
        StackName="feedback-dev",
        TemplateBody=body,
        Parameters=[{"ParameterKey": "Size", "ParameterValue": size}],
    )


@pytest.fixture
def captured(cloudformation, s3, evidence_bucket):
    """The stack before the promotion, and its template in the evidence bucket."""
    deploy(cloudformation, template(TOPIC))
    body = stacks.original_template("feedback-dev", cloudformation)
    s3.put_object(Bucket=evidence_bucket, Key=KEY, Body=body.encode())
    return {
        "name": "feedback-dev",
        "exists": True,
        "template_key": KEY,
        "template_sha256": hashlib.sha256(body.encode()).hexdigest(),
        "parameters": {"Size": "1"},
        "role_arn": "",
    }


@pytest.fixture
def restore(cloudformation, s3, evidence_bucket):
    def step(before):
        return restore_stack.restore(before, "run", evidence_bucket, s3, cloudformation)

    return step


def change_sets(cloudformation):
    return cloudformation.list_change_sets(StackName="feedback-dev").get("Summaries", [])


@pytest.mark.parametrize(
    ("resources", "description", "size"),
    [(TOPIC, "new words", "1"), (TOPIC, "", "2"), ({"Other": TOPIC["Topic"]}, "", "1")],
)
def test_step_by_step_the_stack_is_as_before(
    cloudformation, captured, restore, resources, description, size
):
    deploy(cloudformation, template(resources, description), size, update=True)

    steps = [restore(captured)["done"] for _ in range(3)]

    assert steps == [False, False, True]
    stack = stacks.find("feedback-dev", cloudformation)
    assert restore_stack.unchanged(captured, stack, cloudformation)


def test_once_it_is_as_before_nothing_more_is_done(cloudformation, captured, restore):
    deploy(cloudformation, template(TOPIC, "new words"), update=True)
    for _ in range(3):
        restore(captured)
    made = len(change_sets(cloudformation))

    assert restore(captured)["done"] is True
    assert len(change_sets(cloudformation)) == made


def test_a_stack_that_never_changed_needs_nothing(cloudformation, captured, restore):
    assert restore(captured)["done"] is True
    assert change_sets(cloudformation) == []


class TestAStackThatDidNotExist:
    @pytest.fixture
    def absent(self):
        return {
            "name": "feedback-dev",
            "exists": False,
            "template_key": "",
            "template_sha256": "",
            "parameters": {},
            "role_arn": "",
        }

    def test_stays_where_it_was_created(self, cloudformation, absent, restore):
        deploy(cloudformation, template(TOPIC))

        reply = restore(absent)

        assert reply["done"] is True
        assert "stays" in reply["status"]
        assert stacks.find("feedback-dev", cloudformation)

    def test_goes_where_there_is_nothing_in_it(self, cloudformation, absent, restore):
        cloudformation.create_change_set(
            StackName="feedback-dev",
            ChangeSetName="daytwo-run",
            ChangeSetType="CREATE",
            TemplateBody=template(TOPIC),
        )

        assert [restore(absent)["done"] for _ in range(2)] == [False, True]
        assert stacks.find("feedback-dev", cloudformation) is None

    @pytest.mark.parametrize(
        ("status", "deleted"), [("ROLLBACK_COMPLETE", 1), ("ROLLBACK_IN_PROGRESS", 0)]
    )
    def test_goes_once_its_failed_creation_is_rolled_back(
        self, absent, restore, cloudformation, monkeypatch, status, deleted
    ):
        found = {"StackName": "feedback-dev", "StackId": "id", "StackStatus": status}
        calls = []
        monkeypatch.setattr(stacks, "find", lambda *_: found)
        monkeypatch.setattr(cloudformation, "delete_stack", lambda **call: calls.append(call))

        assert restore(absent)["done"] is False
        assert calls == [{"StackName": "id"}] * deleted

    def test_is_as_before_while_there_is_none(self, absent, restore):
        assert restore(absent)["done"] is True


def test_an_operation_that_runs_is_waited_for(cloudformation, captured, restore, monkeypatch):
    running = {"StackName": "feedback-dev", "StackStatus": "UPDATE_IN_PROGRESS"}
    monkeypatch.setattr(stacks, "find", lambda name, client: running)

    assert restore(captured) == {
        "done": False,
        "status": "stack feedback-dev is in UPDATE_IN_PROGRESS",
    }


def test_a_stack_that_somebody_deleted_is_told_with_its_template(cloudformation, captured, restore):
    cloudformation.delete_stack(StackName="feedback-dev")

    with pytest.raises(StackFailed, match=KEY):
        restore(captured)


def test_a_table_that_the_release_brought_is_not_removed(cloudformation, captured, restore):
    deploy(cloudformation, template({**TOPIC, **TABLE}), update=True)
    restore(captured)

    with pytest.raises(StatefulReplacement, match="Table"):
        restore(captured)


def test_a_kept_template_that_was_changed_is_refused(
    cloudformation, captured, restore, s3, evidence_bucket
):
    deploy(cloudformation, template(TOPIC, "new words"), update=True)
    s3.put_object(Bucket=evidence_bucket, Key=KEY, Body=b"{}")

    with pytest.raises(ArtifactChanged):
        restore(captured)


def test_a_masked_parameter_keeps_its_value(cloudformation, captured, restore):
    deploy(cloudformation, template(TOPIC, "new words"), "secret", update=True)
    masked = {**captured, "parameters": {"Size": "****"}}

    restore(masked)
    restore(masked)

    stack = stacks.find("feedback-dev", cloudformation)
    assert stacks.parameters_of(stack) == {"Size": "secret"}


@pytest.mark.parametrize(
    ("state", "done"),
    [
        ({"ExecutionStatus": "UNAVAILABLE", "Status": "CREATE_IN_PROGRESS"}, False),
        (
            {
                "ExecutionStatus": "UNAVAILABLE",
                "Status": "FAILED",
                "StatusReason": "didn't contain changes",
            },
            True,
        ),
        ({"ExecutionStatus": "EXECUTE_COMPLETE", "Status": "CREATE_COMPLETE"}, True),
    ],
)
def test_what_the_change_set_says_decides_how_it_goes_on(
    cloudformation, captured, restore, monkeypatch, state, done
):
    deploy(cloudformation, template(TOPIC, "new words"), update=True)
    found = {"ChangeSetId": "arn", "Changes": [], **state}
    monkeypatch.setattr(stacks, "find_change_set", lambda *_: found)

    assert restore(captured)["done"] is done


def test_a_way_back_that_cannot_be_worked_out_is_told(
    cloudformation, captured, restore, monkeypatch
):
    deploy(cloudformation, template(TOPIC, "new words"), update=True)
    found = {
        "ChangeSetId": "arn",
        "Changes": [],
        "Status": "FAILED",
        "StatusReason": "no rights",
        "ExecutionStatus": "UNAVAILABLE",
    }
    monkeypatch.setattr(stacks, "find_change_set", lambda *_: found)

    with pytest.raises(ChangeSetFailed, match="no rights"):
        restore(captured)


@pytest.mark.parametrize(
    "operation", ["DescribeStacks", "GetTemplate", "DescribeChangeSet", "CreateChangeSet"]
)
def test_throttling_of_each_call_is_tried_again(
    cloudformation, captured, restore, refused, operation
):
    deploy(cloudformation, template(TOPIC, "new words"), update=True)
    refused(cloudformation, operation, "Throttling")

    with pytest.raises(Throttled):
        restore(captured)


def test_the_function_answers_by_its_schema(captured):
    request = {"stack": captured, "target": {}, "execution": "run"}

    assert restore_stack.handler(request, None)["done"] is True
