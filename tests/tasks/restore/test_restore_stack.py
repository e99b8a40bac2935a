"""A stack is made again from its export, deleted, made again, checked, and gone in the end."""

import json

import boto3
import pytest
from drilled_stacks import (
    COPY,
    DRILL,
    NOW,
    SOURCE,
    deploy,
    export,
    planned,
    real_stacks,
    table,
    template,
)

from tasks.drills import ledger
from tasks.errors import ArtifactChanged, DrillRefused, NotACopy, RestoreFailed
from tasks.exports import documents
from tasks.integrity import check_stack
from tasks.restore import remove_stack, restore_stack
from tasks.scenario import delete_stack


@pytest.fixture
def aws_stacks(aws, state_table):
    with real_stacks():
        yield boto3.client("cloudformation")


@pytest.fixture
def exported(aws_stacks, s3, evidence_bucket):
    """Export a stack; gives the component that is restored from it."""

    def run(body=None, given=None, **parameters):
        deploy(aws_stacks, body, **parameters)
        key = export(evidence_bucket, s3, aws_stacks)["points"][0]["id"]
        return planned(key, **(given or {}))

    return run


def poll(handler, request, most=10):
    answers = [handler(request, None)]
    while not answers[-1]["done"] and len(answers) < most:
        answers.append(handler(request, None))
    return answers


def restore(component):
    request = {"component": component, "drill": DRILL, "now": NOW}
    return poll(restore_stack.handler, request)


def delete(component, stack_id):
    request = {"component": component, "drill": DRILL, "now": NOW, "stack_id": stack_id}
    return poll(delete_stack.handler, request)


def check(component):
    request = {"component": component, "drill": DRILL, "now": NOW}
    return {one["name"]: one for one in check_stack.handler(request, None)["checks"]}


def red(checks):
    return [name for name, one in checks.items() if one["verdict"] != "PASS"]


@pytest.fixture
def row(state_table, dynamodb):
    def read():
        (found,) = ledger.rows(DRILL["id"], table=state_table, dynamodb=dynamodb)
        return found

    return read


def tables():
    return boto3.client("dynamodb").list_tables()["TableNames"]


def test_the_copy_has_names_of_its_own_and_the_source_stays(exported, aws_stacks):
    answer = restore(exported())[-1]

    assert answer["done"] is True
    assert {"feedback-drill-1f0c2a9b-items", "feedback-prod-items"} <= set(tables())
    (stack,) = aws_stacks.describe_stacks(StackName=COPY)["Stacks"]
    tags = {tag["Key"]: tag["Value"] for tag in stack["Tags"]}
    assert (tags["daytwo:drill"], tags["team"]) == (DRILL["id"], "feedback")


def test_each_step_may_be_delivered_twice(exported, aws_stacks):
    component = exported()
    first = restore(component)[-1]

    assert restore(component) == [first]


def test_it_is_deleted_made_again_and_good(exported):
    component = exported(Size="2")
    first = restore(component)[-1]

    assert delete(component, first["stack_id"])[-1]["done"] is True
    assert "feedback-drill-1f0c2a9b-items" not in tables()
    second = restore(component)[-1]

    assert second["stack_id"] != first["stack_id"]
    assert red(check(component)) == []


def test_deleting_the_first_once_more_leaves_the_second(exported):
    component = exported()
    first = restore(component)[-1]
    delete(component, first["stack_id"])
    restore(component)

    assert delete(component, first["stack_id"])[-1]["done"] is True
    assert red(check(component)) == []


def test_what_would_outlive_its_stack_goes_with_the_copy(exported, row, aws_stacks):
    restore(exported())

    answers = poll(remove_stack.handler, {"row": row(), "now": NOW})

    assert answers[-1]["done"] is True
    assert (row()["kind"], row()["status"]) == ("stack", "gone")
    assert [name for name in tables() if "drill" in name] == []
    assert "feedback-prod-items" in tables()


def test_a_bucket_of_the_copy_that_is_not_empty_goes_with_it(exported, row, s3):
    named = {"BucketName": {"Fn::Sub": "feedback-${Environment}-site"}}
    site = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": named}
    restore(exported(template(Site=site)))
    for bucket in ("feedback-drill-1f0c2a9b-site", "feedback-prod-site"):
        s3.put_object(Bucket=bucket, Key="index.html", Body=b"")

    answers = poll(remove_stack.handler, {"row": row(), "now": NOW})

    assert answers[-1]["done"] is True
    assert "it failed: Site" in " ".join(answer["proof"] for answer in answers)
    assert s3.list_objects_v2(Bucket="feedback-prod-site")["KeyCount"] == 1


def test_what_was_never_made_is_proved_gone(exported, row):
    component = exported(given={"Size": "1"})
    with pytest.raises(DrillRefused):
        restore(component)

    assert poll(remove_stack.handler, {"row": row(), "now": NOW})[-1]["done"] is True


class TestRefusals:
    def test_a_copy_that_would_take_the_sources_names(self, exported, aws_stacks):
        component = exported(given={"Size": "3"})

        with pytest.raises(DrillRefused, match=r"Items \(feedback-prod-items\)"):
            restore(component)

        names = [one["StackName"] for one in aws_stacks.describe_stacks()["Stacks"]]
        assert names == [SOURCE]

    def test_a_template_that_is_not_the_exported_one(self, exported, s3, evidence_bucket):
        component = exported()
        key = component["recovery_point"]["id"].replace("stack.json", "template")
        s3.put_object(Bucket=evidence_bucket, Key=key, Body=json.dumps(template()).encode() + b" ")

        with pytest.raises(ArtifactChanged):
            restore(component)

    def test_somebody_elses_stack_of_the_name(self, exported, aws_stacks):
        component = exported()
        deploy(aws_stacks, template(Other=table("other")), name=COPY, Environment="other")

        with pytest.raises(NotACopy):
            restore(component)
        (stack,) = aws_stacks.describe_stacks(StackName=COPY)["Stacks"]
        with pytest.raises(NotACopy):
            delete(component, stack["StackId"])

    def test_the_source_is_never_deleted_by_its_id(self, exported, aws_stacks):
        component = exported()
        (stack,) = aws_stacks.describe_stacks(StackName=SOURCE)["Stacks"]

        with pytest.raises(NotACopy):
            delete(component, stack["StackId"])


def test_a_creation_that_fails_says_what_failed(exported):
    component = exported()
    boto3.client("dynamodb").create_table(
        TableName="feedback-drill-1f0c2a9b-items",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )

    with pytest.raises(RestoreFailed, match=r"ROLLBACK_COMPLETE.*Items"):
        restore(component)


class TestChecks:
    def test_a_missing_resource_is_red(self, exported, aws_stacks, s3, evidence_bucket):
        component = exported()
        restore(component)
        found, body = documents.read(component, evidence_bucket, s3)
        found["resources"].append({**found["resources"][0], "logical_id": "Lost"})

        checks = check_stack.check(COPY, found, json.loads(body), {"Environment": "x"}, aws_stacks)

        verdicts = {one["name"]: (one["verdict"], one["detail"]) for one in checks}
        assert verdicts["resources"] == ("FAIL", "missing Lost (AWS::DynamoDB::Table)")

    @pytest.mark.parametrize(
        ("changes", "name"),
        [
            ({"outputs": {"Other": "1"}}, "outputs"),
            ({"parameters": {"Size": "9"}}, "parameters as exported"),
        ],
    )
    def test_another_output_or_parameter_is_red(
        self, exported, aws_stacks, s3, evidence_bucket, changes, name
    ):
        component = exported()
        restore(component)
        found, body = documents.read(component, evidence_bucket, s3)

        checks = check_stack.check(
            COPY, {**found, **changes}, json.loads(body), {"Environment": "x"}, aws_stacks
        )

        assert name in [one["name"] for one in checks if one["verdict"] == "FAIL"]

    def test_a_copy_that_is_gone_is_red(self, exported):
        assert red(check(exported())) == ["stack status"]
