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
