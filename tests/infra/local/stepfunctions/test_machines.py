"""State machines of a template execute, with all that the template may say of them."""

import json

import pytest

from infra.local.account import ACCOUNT_ID, REGION

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/machine"


def passing(result):
    state = {"Type": "Pass", "Result": result, "End": True}
    return json.dumps({"StartAt": "Pass", "States": {"Pass": state}})


@pytest.fixture
def deploy(account):
    """Create or update a stack of one machine; give the stack's outputs."""
    cloudformation = account.client("cloudformation")

    def deploy(update=False, **properties):
        machine = {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"StateMachineName": "made", "RoleArn": ROLE, **properties},
        }
        outputs = {
            "Ref": {"Value": {"Ref": "Machine"}},
            "Arn": {"Value": {"Fn::GetAtt": ["Machine", "Arn"]}},
            "Name": {"Value": {"Fn::GetAtt": ["Machine", "Name"]}},
        }
        template = json.dumps({"Resources": {"Machine": machine}, "Outputs": outputs})
        call = cloudformation.update_stack if update else cloudformation.create_stack
        call(StackName="stack", TemplateBody=template)
        found = cloudformation.describe_stacks(StackName="stack")["Stacks"][0]["Outputs"]
        return {each["OutputKey"]: each["OutputValue"] for each in found}

    return deploy


@pytest.fixture
def says(start, outcome):
    """Run a machine; give its output."""
    return lambda machine: json.loads(outcome(start(machine))["output"])


def test_a_machine_of_a_template_executes(deploy, says):
    outputs = deploy(DefinitionString=passing("made"))
    arn = f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:made"
    assert outputs == {"Ref": arn, "Arn": arn, "Name": "made"}
    assert says(arn) == "made"


def test_an_updated_definition_is_what_executes_next(deploy, says, start, outcome):
    machine = deploy(DefinitionString=passing("before"))["Arn"]
    assert says(machine) == "before"
    assert deploy(update=True, DefinitionString=passing("after"))["Arn"] == machine
    assert says(machine) == "after"


def test_a_definition_is_read_from_s3_with_its_substitutions(account, deploy, says):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="definitions")
    s3.put_object(Bucket="definitions", Key="made.json", Body=passing("${Said}"))
    machine = deploy(
        DefinitionS3Location={"Bucket": "definitions", "Key": "made.json"},
        DefinitionSubstitutions={"Said": "from S3"},
    )["Arn"]
    assert says(machine) == "from S3"


def test_another_key_is_another_definition_of_the_same_machine(account, deploy, says):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="definitions")
    for key in ("before", "after"):
        s3.put_object(Bucket="definitions", Key=key, Body=passing(key))
    machine = deploy(DefinitionS3Location={"Bucket": "definitions", "Key": "before"})["Arn"]
    assert says(machine) == "before"
    moved = {"Bucket": "definitions", "Key": "after"}
    assert deploy(update=True, DefinitionS3Location=moved)["Arn"] == machine
    assert says(machine) == "after"


def test_a_definition_may_be_an_object(deploy, says):
    assert says(deploy(Definition=json.loads(passing("object")))["Arn"]) == "object"


def test_a_stack_takes_its_machine_with_it(account, deploy, states):
    deploy(DefinitionString=passing("made"))
    account.client("cloudformation").delete_stack(StackName="stack")
    assert states.list_state_machines()["stateMachines"] == []
