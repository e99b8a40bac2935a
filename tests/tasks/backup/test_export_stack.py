"""An export has all that makes a stack again, and no secret."""

import json

import boto3
import pytest
from drilled_stacks import BACKUP, NOW, SOURCE, deploy, export, planned, real_stacks, template

from tasks.backup import export_stack
from tasks.errors import BackupFailed, NothingToRestore
from tasks.exports import documents


@pytest.fixture
def aws_stacks(aws):
    with real_stacks():
        yield boto3.client("cloudformation")


def test_it_has_template_parameters_outputs_tags_and_resources(aws_stacks, s3, evidence_bucket):
    deploy(aws_stacks, Size="2")

    answer = export(evidence_bucket, s3, aws_stacks)

    (point,) = answer["points"]
    assert point["id"] == "backups/feedback/prod/20261102t030000-1f0c2a9b/stack/stack.json"
    assert (answer["done"], point["at"], point["resource"]) == (True, NOW, SOURCE)
    found, body = documents.read(planned(point["id"]), evidence_bucket, s3)
    assert json.loads(body) == template()
    assert found["parameters"] == {"Environment": "prod", "Size": "2"}
    assert found["outputs"] == {"Table": "feedback-prod-items"}
    assert found["tags"] == {"team": "feedback"}
    assert [one["physical_id"] for one in found["resources"]] == ["feedback-prod-items"]


def test_a_secret_parameter_is_named_and_not_kept(aws_stacks, s3, evidence_bucket):
    body = template()
    body["Parameters"]["Password"] = {"Type": "String", "NoEcho": True}
    deploy(aws_stacks, body, Password="hunter2")

    answer = export(evidence_bucket, s3, aws_stacks)

    kept = s3.get_object(Bucket=evidence_bucket, Key=answer["points"][0]["id"])["Body"].read()
    assert b"hunter2" not in kept
    assert answer["detail"]["masked"] == ["Password"]


def test_a_stack_that_is_not_there_is_no_backup(aws_stacks, s3, evidence_bucket):
    with pytest.raises(BackupFailed, match="There is no stack feedback-prod"):
        export(evidence_bucket, s3, aws_stacks)


@pytest.mark.parametrize(
    "status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"]
)
def test_an_operation_is_waited_for(aws_stacks, s3, evidence_bucket, monkeypatch, status):
    found = {"StackName": SOURCE, "StackId": "id", "StackStatus": status}
    monkeypatch.setattr(aws_stacks, "describe_stacks", lambda **_: {"Stacks": [found]})

    answer = export(evidence_bucket, s3, aws_stacks)

    assert (answer["done"], answer["state"], answer["points"]) == (False, status, [])


def test_a_stack_that_is_not_what_its_template_says_is_no_backup(
    aws_stacks, s3, evidence_bucket, monkeypatch
):
    found = {"StackName": SOURCE, "StackId": "id", "StackStatus": "UPDATE_ROLLBACK_FAILED"}
    monkeypatch.setattr(aws_stacks, "describe_stacks", lambda **_: {"Stacks": [found]})

    with pytest.raises(BackupFailed, match="UPDATE_ROLLBACK_FAILED"):
        export(evidence_bucket, s3, aws_stacks)


def test_an_export_that_was_never_made_is_told(s3, evidence_bucket):
    with pytest.raises(NothingToRestore, match="is not there"):
        documents.read(planned("backups/feedback/prod/x/stack/stack.json"), evidence_bucket, s3)


def test_it_runs_as_a_function(aws_stacks, evidence_bucket):
    deploy(aws_stacks)
    request = {"backup": BACKUP, "component": planned(), "now": NOW}

    assert export_stack.handler(request, None)["detail"]["resources"] == 1
