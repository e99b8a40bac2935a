"""Definitions are read once, by themselves, and data is never shared by accident."""

import json

from interpreter import run
from moto.stepfunctions.parser.asl.parse import asl_parser

from infra.local.stepfunctions.language import copy_json


def test_a_copy_shares_no_object_and_no_array():
    document = {"a": [{"b": 1}, "c"], "d": None}
    copy = copy_json(document)
    assert copy == document
    copy["a"][0]["b"] = 2
    copy["a"].append(3)
    assert document == {"a": [{"b": 1}, "c"], "d": None}


def test_a_definition_is_read_once(monkeypatch):
    read = []
    preprocessor = asl_parser.Preprocessor.visit
    monkeypatch.setattr(
        asl_parser.Preprocessor,
        "visit",
        lambda self, tree: (read.append(1), preprocessor(self, tree))[1],
    )
    result = {"unlike": "any other definition"}
    states = {"Once": {"Type": "Pass", "Result": result, "End": True}}
    definition = json.dumps({"StartAt": "Once", "States": states})
    run(definition, {})
    first = len(read)
    assert run(definition, {}).output == result
    assert len(read) == first > 0


def test_branches_do_not_see_each_others_documents():
    def branch(name):
        task = {
            "Type": "Task",
            "Resource": f"${{{name}.Arn}}",
            "ResultPath": "$.room",
            "End": True,
        }
        return {"StartAt": name, "States": {name: task}}

    definition = {
        "StartAt": "Both",
        "States": {
            "Both": {"Type": "Parallel", "Branches": [branch("One"), branch("Two")], "End": True}
        },
    }
    result = run(definition, {"shared": {"a": 1}}, {"One": {"is": 1}, "Two": {"is": 2}})
    assert result.output == [
        {"shared": {"a": 1}, "room": {"is": 1}},
        {"shared": {"a": 1}, "room": {"is": 2}},
    ]


def test_a_map_runs_each_of_its_items():
    each = {
        "StartAt": "Work",
        "States": {"Work": {"Type": "Task", "Resource": "${Work.Arn}", "End": True}},
    }
    mapped = {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "MaxConcurrency": 2,
                "ItemProcessor": each,
                "End": True,
            }
        },
    }
    result = run(mapped, {"items": [1, 2, 3]}, {"Work": lambda item: item * 10})
    assert result.output == [10, 20, 30]


def test_a_map_works_through_many_items_in_order():
    each = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}
    for at_once in (0, 1):
        state = {"Type": "Map", "MaxConcurrency": at_once, "ItemProcessor": each, "End": True}
        definition = {"StartAt": "Each", "States": {"Each": state}}
        assert run(definition, list(range(1200))).output == list(range(1200))


def test_a_map_without_items_gives_none():
    each = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}
    state = {"Type": "Map", "ItemProcessor": each, "End": True}
    assert run({"StartAt": "Each", "States": {"Each": state}}, []).output == []


def test_a_failed_item_fails_its_map_by_name():
    task = {"Type": "Task", "Resource": "${Work.Arn}", "End": True}
    each = {"StartAt": "Work", "States": {"Work": task}}
    state = {
        "Type": "Map",
        "ItemProcessor": each,
        "Catch": [{"ErrorEquals": ["ZeroDivisionError"], "Next": "Caught"}],
        "End": True,
    }
    definition = {
        "StartAt": "Each",
        "States": {"Each": state, "Caught": {"Type": "Pass", "End": True}},
    }
    assert run(definition, [2, 1, 0], {"Work": lambda n: 1 / n}).states[-1] == "Caught"
