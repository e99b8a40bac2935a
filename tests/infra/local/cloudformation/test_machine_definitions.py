"""Machines of a stack whose definitions stand in S3."""

import json

import pytest

MACHINE_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:work"
BUCKET = "definitions"
LOST = (
    "The specified key does not exist. "
    "(Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey)"
)


@pytest.fixture
def machine(stacks):
    """Describe a machine that reads a key, with the function that it names."""
    stacks.client("s3").create_bucket(Bucket=BUCKET)

    def machine(key):
        return {
            "Role": stacks.role,
            "Work": stacks.function(),
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "StateMachineName": "work",
                    "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                    "DefinitionS3Location": {"Bucket": BUCKET, "Key": key},
                    "DefinitionSubstitutions": {
                        "Work_Arn": {"Fn::GetAtt": ["Work", "Arn"]},
                        "AWS_Partition": {"Ref": "AWS::Partition"},
                    },
                },
            },
        }

    return machine


@pytest.fixture
def store(stacks):
    """Put a definition with one task under a key, or a text."""

    def store(key, text=""):
        said = {"Resource": "${Work_Arn}", "Parameters": {"partition": "${AWS_Partition}"}}
        states = {"Work": {"Type": "Task", **said, "End": True}}
        body = text or json.dumps({"Comment": key, "StartAt": "Work", "States": states})
        stacks.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)

    return store


@pytest.fixture
def deployed(stacks):
    """Read the definition that Step Functions has."""
    aws = stacks.client("stepfunctions")
    return lambda: json.loads(aws.describe_state_machine(stateMachineArn=MACHINE_ARN)["definition"])


def failures(stacks):
    return [event for event in stacks.events() if event[1].endswith("_FAILED")]


def test_resources_of_the_stack_are_filled_in(stacks, store, machine, deployed):
    store("one")
    stacks.deploy(machine("one"))
    work = deployed()["States"]["Work"]
    assert work["Resource"] == "arn:aws:lambda:us-east-1:123456789012:function:worker"
    assert work["Parameters"] == {"partition": "aws"}


def test_another_key_changes_the_machine_in_place_and_nothing_else(
    stacks, store, machine, deployed
):
    store("one")
    store("two")
    stacks.deploy(machine("one"))
    foreseen = stacks.prepare(machine("two"))["Changes"]
    changes = [change["ResourceChange"] for change in foreseen]
    assert [(each["LogicalResourceId"], each["Replacement"]) for each in changes] == [
        ("Machine", "False")
    ]
    stacks.deploy(machine("two"))
    assert deployed()["Comment"] == "two"
    assert stacks.physical_id("Machine") == MACHINE_ARN


def test_without_its_object_a_machine_is_not_made(stacks, machine):
    assert stacks.attempt(machine("lost"))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert failures(stacks) == [("Machine", "CREATE_FAILED", LOST)]
    assert stacks.client("stepfunctions").list_state_machines()["stateMachines"] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", LOST),
        ('{"StartAt": "Work"', "Invalid StateMachine definition."),
    ],
    ids=["no object", "cut off"],
)
def test_a_definition_that_cannot_be_read_leaves_the_machine_as_it_was(
    stacks, store, machine, deployed, text, reason
):
    store("one")
    stacks.deploy(machine("one"))
    if text:
        store("two", text)
    assert stacks.attempt(machine("two"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert failures(stacks) == [("Machine", "UPDATE_FAILED", reason)]
    assert deployed()["Comment"] == "one"
