"""The diagrams in docs/ are what the definitions say."""

import pytest

from infra import diagrams, discovery

WORKFLOWS = discovery.workflows()


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=[workflow.name for workflow in WORKFLOWS])
def test_the_page_of_a_workflow_is_up_to_date(workflow):
    page = (diagrams.FOLDER / f"{workflow.name}.md").read_text("utf-8")
    assert page == diagrams.draw(workflow.machine, workflow.definition), "run `make docs`"


def test_each_state_and_each_way_is_drawn():
    definition = {
        "Comment": "a machine",
        "StartAt": "Look",
        "States": {
            "Look": {"Type": "Task", "Next": "Good?", "Catch": [{"Next": "No"}]},
            "Good?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.good", "BooleanEquals": True, "Next": "Each"}],
                "Default": "No",
            },
            "Each": {
                "Type": "Map",
                "ItemProcessor": {"States": {'Say "hi"': {"Type": "Task"}}},
                "End": True,
            },
            "No": {"Type": "Fail"},
        },
    }
    lines = [line.strip() for line in diagrams.draw("sample", definition).splitlines()]
    assert 's0["Look"]' in lines
    assert "s0 -.-> s3" in lines
    assert "s1 -->|good| s2" in lines
    assert "s1 -->|else| s3" in lines
    assert 'subgraph s2["Each"]' in lines
    assert "s2_0_0[\"Say 'hi'\"]" in lines
    assert 's3(["No"])' in lines


def test_states_named_after_another_one_are_drawn_as_one_with_it():
    definition = {
        "Comment": "a machine",
        "StartAt": "Stop: set out",
        "States": {
            "Stop: set out": {"Type": "Pass", "Next": "Stop"},
            "Stop": {"Type": "Task", "Next": "Stop: wait", "Catch": [{"Next": "No"}]},
            "Stop: wait": {"Type": "Wait", "Next": "Stop: look"},
            "Stop: look": {"Type": "Task", "Next": "Stop: done?", "Catch": [{"Next": "No"}]},
            "Stop: done?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.done", "BooleanEquals": True, "Next": "Tell: all"}],
                "Default": "Stop: wait",
            },
            "Tell: all": {"Type": "Succeed"},
            "No": {"Type": "Fail"},
        },
    }
    lines = [line.strip() for line in diagrams.draw("sample", definition).splitlines()]
    drawn = lines[lines.index("flowchart TD") + 1 : lines.index("```", 6)]
    assert drawn == [
        's0["Stop"]',
        's1(["Tell: all"])',
        's2(["No"])',
        "s0 -.-> s2",
        "s0 -->|done| s1",
    ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"Variable": "$.size", "NumericGreaterThan": 0}, "size > 0"),
        ({"Variable": "$.at", "NumericLessThanPath": "$.of"}, "at < of"),
        ({"Variable": "$.at", "NumericGreaterThanEquals": 3}, "at ≥ 3"),
        ({"Variable": "$.name", "StringEquals": ""}, "name = none"),
        ({"Variable": "$.item", "IsPresent": False}, "item is not there"),
        ({"Variable": "$.good", "BooleanEquals": False}, "not good"),
        (
            {
                "And": [
                    {"Variable": "$.good", "IsPresent": True},
                    {"Not": {"Variable": "$.good", "BooleanEquals": True}},
                ]
            },
            "good is there and not good",
        ),
    ],
)
def test_a_condition_is_written_as_a_person_says_it(rule, words):
    definition = {
        "Comment": "a machine",
        "StartAt": "Good?",
        "States": {
            "Good?": {"Type": "Choice", "Choices": [{**rule, "Next": "No"}], "Default": "No"},
            "No": {"Type": "Fail"},
        },
    }
    assert f"s0 -->|{words}| s1" in diagrams.draw("sample", definition)
