"""What every state machine of daytwo keeps to."""

import importlib.resources
import json
import re
from pathlib import Path

import definitions
import pytest
from interpreter import resolve
from jsonschema import Draft202012Validator

from schemas.validation import check, load
from tasks import errors
from workflows.asl import logical_id

ROOT = Path(__file__).parents[2]
MODULES = definitions.modules()
SERVICE_ERRORS = {
    # Step Functions Developer Guide: "Handle transient Lambda service exceptions",
    # "Handling errors in Step Functions workflows", and the services' own API references.
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
    "SNS.ThrottledException",
    "SNS.InternalErrorException",
    "EventBridge.InternalException",
    "CloudFront.TooManyInvalidationsInProgressException",
    "DynamoDB.ThrottlingException",
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.RequestLimitExceeded",
    "DynamoDB.InternalServerError",
    "S3.SdkClientException",
    "StepFunctions.ExecutionLimitExceeded",
    "StepFunctions.SdkClientException",
}


@pytest.fixture(params=MODULES, ids=[module.__name__ for module in MODULES])
def workflow(request):
    return request.param


@pytest.fixture
def definition(workflow):
    return workflow.definition()


def test_there_are_workflows():
    assert {"workflows.promotion", "workflows.janitor"} <= {module.__name__ for module in MODULES}


def test_a_definition_fits_the_states_language_schema(definition):
    folder = importlib.resources.files("cfnlint") / "data/schemas/other/step_functions"
    text = (folder / "statemachine.json").read_text()
    schema = json.loads(text.replace('"#/"', '"#"'))  # cfn-lint reads both as the whole document
    deployed = json.loads(resolve(json.dumps(definition)))
    errors_found = [error.message for error in Draft202012Validator(schema).iter_errors(deployed)]
    assert errors_found == []


def test_each_next_exists_and_each_state_is_reachable(definition):
    for machine in definitions.machines(definition):
        reached, to_visit = set(), [machine["StartAt"]]
        while to_visit:
            name = to_visit.pop()
            assert name in machine["States"], f"{name} does not exist"
            if name not in reached:
                reached.add(name)
                to_visit.extend(definitions.successors(machine["States"][name]))
        assert reached == set(machine["States"])


def test_each_error_that_is_matched_can_be_raised(definition):
    for name, state in definitions.states(definition):
        for rule in (*state.get("Retry", []), *state.get("Catch", [])):
            for error in rule["ErrorEquals"]:
                known = (
                    error.startswith("States.") or hasattr(errors, error) or error in SERVICE_ERRORS
                )
                assert known, f"{name} matches {error}, which nothing raises"


def test_each_task_state_has_a_timeout_and_a_catch(definition):
    def look(machine, caught_outside):
        for name, state in machine["States"].items():
            caught = caught_outside or any(
                catch["ErrorEquals"] == ["States.ALL"] for catch in state.get("Catch", [])
            )
            if state["Type"] == "Task":
                assert "TimeoutSeconds" in state or "TimeoutSecondsPath" in state, name
            if state["Type"] in ("Task", "Map", "Parallel"):
                assert caught, f"{name} has no catch, nor has a state around it"
            nested = (
                [state["ItemProcessor"]] if state["Type"] == "Map" else state.get("Branches", [])
            )
            for inner in nested:
                look(inner, caught)

    look(definition, caught_outside=False)


def test_names_are_unique_across_branches(definition):
    names = [name for name, _ in definitions.states(definition)]
    assert sorted(names) == sorted(set(names))


def test_only_what_may_pass_is_retried(definition):
    transient = {"Throttled", "Unavailable", "States.Timeout", *SERVICE_ERRORS}
    for name, state in definitions.states(definition):
        for retry in state.get("Retry", []):
            assert set(retry["ErrorEquals"]) <= transient, name


def test_each_function_that_is_called_exists(definition):
    text = json.dumps(definition)
    functions = set(re.findall(r"\$\{([A-Za-z]+)\.Arn\}", text))
    tasks = {
        "".join(part.title() for part in f"{path.parent.name}_{path.stem}".split("_"))
        for path in (ROOT / "tasks").glob("*/*.py")
    }
    assert functions <= tasks


def test_each_task_is_given_what_its_schema_asks_for(definition):
    tasks = {logical_id(name): name for name in task_names()}
    for state_id, state in definitions.states(definition):
        called = re.search(r"\$\{([A-Za-z0-9]+)\.Arn\}", json.dumps(state.get("Resource", "")))
        given = state.get("Parameters", {})
        if "waitForTaskToken" in state.get("Resource", ""):
            called = re.search(r"\$\{([A-Za-z0-9]+)\.Arn\}", given["FunctionName"])
            given = given["Payload"]
        if called:
            wanted = load("tasks/" + tasks[called.group(1)].replace(".", "/"))["$defs"]["input"]
            names = {key.removesuffix(".$") for key in given} - {"correlation_id"}
            assert names <= set(wanted.get("properties", names)), state_id
            assert names >= set(wanted.get("required", [])), state_id


def task_names():
    return [
        f"{path.parent.name}.{path.stem}"
        for path in (ROOT / "tasks").glob("*/*.py")
        if (ROOT / "schemas" / "tasks" / path.parent.name / f"{path.stem}.json").exists()
    ]


def test_the_machine_has_a_timeout_and_a_comment(definition):
    assert definition["TimeoutSeconds"] > 0
    assert definition["Comment"]


def test_the_example_input_fits_the_schema(workflow):
    name = workflow.INPUT.removeprefix("workflows/")
    example = ROOT / "examples" / "inputs" / f"{name}.json"
    document = json.loads(example.read_text())
    assert check(document, workflow.INPUT) | document == check(document, workflow.INPUT)
