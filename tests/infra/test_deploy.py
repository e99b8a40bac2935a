"""Deploying by change sets, on an account that has nothing else."""

import json

import pytest
from botocore.exceptions import ClientError

from infra import deploy as command
from infra.build import build
from infra.local import cloudformation, functions, stepfunctions
from infra.stacks import Change, DeploymentFailed, Manner, NotConfirmed, deploy, table
from tests.support.embedded import reset_moto, running


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("account")
    with running(workdir, functions, stepfunctions, cloudformation) as account:
        yield account


@pytest.fixture
def account(server):
    reset_moto()
    return server


class Told(list):
    """Remembers what is told."""

    def manner(self, confirmed=True):
        return Manner(tell=self.append, confirm=lambda: confirmed, poll_seconds=0)


@pytest.fixture
def told():
    return Told()


def queues(**resources):
    return json.dumps(
        {
            "Parameters": {"Prefix": {"Type": "String", "Default": "a"}},
            "Resources": {
                name: {"Type": "AWS::SQS::Queue", "Properties": properties}
                for name, properties in resources.items()
            },
            "Outputs": {"Prefix": {"Value": {"Ref": "Prefix"}}},
        }
    )


BROKEN = json.dumps(
    {"Resources": {"Site": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "no"}}}}
)


def test_a_new_stack_is_created_with_its_changes_and_events_told(account, told):
    done = deploy("it", queues(One={}), {"Prefix": "b"}, account, told.manner())
    assert (done.outcome, done.outputs) == ("created", {"Prefix": "b"})
    assert done.changes == [Change("Add", "One", "AWS::SQS::Queue", "")]
    assert told[0].splitlines()[1].split() == ["Add", "One", "AWS::SQS::Queue"]
    assert "CREATE_COMPLETE  One  AWS::SQS::Queue" in told


def test_an_update_tells_only_its_own_events(account, told):
    deploy("it", queues(One={}), {}, account, Told().manner())
    done = deploy("it", queues(One={"QueueName": "new"}), {}, account, told.manner())
    assert done.outcome == "updated"
    assert done.changes == [Change("Modify", "One", "AWS::SQS::Queue", "True")]
    assert not [line for line in told if "REVIEW_IN_PROGRESS" in line]


def test_no_changes_is_success_and_leaves_no_change_set(account, told):
    deploy("it", queues(One={}), {}, account, Told().manner())
    done = deploy("it", queues(One={}), {}, account, told.manner())
    assert (done.outcome, done.outputs, told) == ("unchanged", {"Prefix": "a"}, [])
    listed = account.client("cloudformation").list_change_sets(StackName="it")["Summaries"]
    assert len(listed) == 1


def test_a_failure_is_told_with_the_first_reason_of_the_stack(account, told):
    with pytest.raises(DeploymentFailed) as caught:
        deploy("it", BROKEN, {}, account, told.manner())
    assert "stack it is in ROLLBACK_COMPLETE: Site: " in str(caught.value)
    assert "InvalidBucketName" in str(caught.value)


def test_a_stack_that_could_not_be_created_is_told_how_to_go_on(account, told):
    with pytest.raises(DeploymentFailed):
        deploy("it", BROKEN, {}, account, told.manner())
    with pytest.raises(DeploymentFailed, match="delete-stack --stack-name it"):
        deploy("it", queues(One={}), {}, account, told.manner())


def test_a_failed_update_leaves_the_stack_as_it_was(account, told):
    deploy("it", queues(One={}), {}, account, told.manner())
    with pytest.raises(DeploymentFailed, match="UPDATE_ROLLBACK_COMPLETE: Site: "):
        deploy("it", BROKEN, {}, account, told.manner())
    assert deploy("it", queues(One={}), {}, account, told.manner()).outcome == "unchanged"


def test_who_says_no_changes_nothing(account, told):
    with pytest.raises(NotConfirmed):
        deploy("it", queues(One={}), {}, account, told.manner(confirmed=False))
    with pytest.raises(ClientError, match="does not exist"):
        account.client("cloudformation").describe_stacks(StackName="it")
    deploy("it", queues(One={}), {}, account, told.manner())
    with pytest.raises(NotConfirmed):
        deploy("it", queues(Two={}), {}, account, told.manner(confirmed=False))
    assert deploy("it", queues(One={}), {}, account, told.manner()).outcome == "unchanged"


def test_a_stack_that_somebody_else_changes_is_left_alone(account, told):
    from moto.cloudformation.models import cloudformation_backends

    deploy("it", queues(One={}), {}, account, told.manner())
    stack = cloudformation_backends["123456789012"]["us-east-1"].get_stack("it")
    stack.status = "UPDATE_IN_PROGRESS"
    with pytest.raises(DeploymentFailed, match="somebody else changes it"):
        deploy("it", queues(Two={}), {}, account, told.manner())


def test_changes_are_written_in_columns():
    changes = [
        Change("Add", "One", "AWS::SQS::Queue", ""),
        Change("Modify", "Other", "AWS::S3::Bucket", "True"),
    ]
    assert table(changes).splitlines() == [
        "Action  Logical id  Type             Replacement",
        "Add     One         AWS::SQS::Queue",
        "Modify  Other       AWS::S3::Bucket  True",
    ]


def test_packages_are_kept_under_their_digests_and_uploaded_once(account):
    bucket = command.packaging_bucket(account)
    assert bucket == "daytwo-packages-123456789012-us-east-1"
    key = command.upload(account, bucket, "functions", b"code", ".zip")
    s3 = account.client("s3")
    first = s3.head_object(Bucket=bucket, Key=key)["LastModified"]
    assert command.packaging_bucket(account) == bucket
    assert command.upload(account, bucket, "functions", b"code", ".zip") == key
    assert s3.head_object(Bucket=bucket, Key=key)["LastModified"] == first
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }


def test_the_command_deploys_daytwo_itself(account, tmp_path, monkeypatch, capsys):
    built = build("dev", "local", tmp_path)
    monkeypatch.setattr(command, "build", lambda environment, arch: built)
    monkeypatch.setattr(command, "_session", lambda: account)
    assert command.main(["dev", "--yes"]) == 0
    printed = capsys.readouterr().out
    assert "stack daytwo created" in printed
    assert "StateTableName  daytwo-state" in printed
    assert command.main(["dev", "--yes"]) == 0
    assert "stack daytwo unchanged" in capsys.readouterr().out
    role = account.client("lambda").get_function_configuration(
        FunctionName="daytwo-locks-acquire-lock"
    )["Role"]
    assert role.startswith("arn:aws:iam::123456789012:role/daytwo-LocksAcquireLockRole")


def test_a_change_of_one_workflow_changes_its_machine_alone(account, tmp_path):
    built, quietly = build("dev", "local", tmp_path), Told().manner()
    command.deploy_daytwo(built, account, quietly)
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:daytwo-heartbeat"
    deployed = account.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    assert "${" not in deployed["definition"]
    assert "function:daytwo-backup-write-sentinels" in deployed["definition"]
    path = built.workflows["heartbeat"]
    path.write_text(json.dumps({**json.loads(path.read_text()), "Comment": "new"}))
    changed = command.deploy_daytwo(built, account, quietly)
    assert changed.changes == [
        Change("Modify", "HeartbeatStateMachine", "AWS::StepFunctions::StateMachine", "False")
    ]
    deployed = account.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    assert json.loads(deployed["definition"])["Comment"] == "new"


def test_the_command_fails_with_the_reason_of_the_stack(account, tmp_path, monkeypatch, capsys):
    built = build("dev", "local", tmp_path)
    built.template.write_text(BROKEN.replace('"Resources"', '"Parameters": {}, "Resources"'))
    monkeypatch.setattr(command, "build", lambda environment, arch: built)
    monkeypatch.setattr(command, "_session", lambda: account)
    assert command.main(["dev", "--yes"]) == 1
    assert "not deployed: " in capsys.readouterr().err


def test_without_a_region_the_command_says_what_to_set(tmp_path, monkeypatch, capsys):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(command, "build", lambda environment, arch: None)
    assert command.main(["dev", "--yes"]) == 1
    assert "set AWS_REGION" in capsys.readouterr().err
