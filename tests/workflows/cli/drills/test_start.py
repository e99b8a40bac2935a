"""`daytwo drill SYSTEM SCENARIO`: starting a drill, and refusing one that is wrong."""

import json

import pytest
from backups import row
from drill_documents import ID
from drill_systems import system

from tasks import store
from tasks.backups import records

ME = "arn:aws:sts::123456789012:user/moto"


def started(feedback):
    machine = feedback.outputs["RestoreDrillStateMachineArn"]
    reply = feedback.stepfunctions.list_executions(stateMachineArn=machine)
    return [entry["executionArn"] for entry in reply["executions"]]


def test_a_drill_is_started_as_the_caller_with_what_was_asked(run, feedback):
    result = run(
        *("drill", "feedback", "data-corruption", "--from", "staging", "--to", "dev"),
        *("--component", "items", "--point", "random", "--keep", "--reason", "Before the audit"),
    )

    assert result.exit_code == 0, result.output
    name = result.stdout.strip()
    assert name.startswith("feedback-data-corruption-")
    assert f"daytwo drill watch {name}" in result.stderr
    (execution,) = started(feedback)
    described = feedback.stepfunctions.describe_execution(executionArn=execution)
    assert described["name"] == name
    assert json.loads(described["input"]) == {
        "system": "feedback",
        "scenario": "data-corruption",
        "source_environment": "staging",
        "target_environment": "dev",
        "components": ["items"],
        "recovery_point": "random",
        "keep": "on_failure",
        "mode": "",
        "simulation": "",
        "requested_by": ME,
        "reason": "Before the audit",
    }


def test_what_is_not_asked_is_left_to_the_manifest_and_the_latest_point(run, feedback):
    result = run("drill", "feedback", "data-corruption", "--json")

    answer = json.loads(result.stdout)
    assert answer["execution"].endswith(f":daytwo-restore-drill:{answer['drill']}")
    asked = answer["request"]
    assert (asked["source_environment"], asked["target_environment"]) == ("", "")
    assert (asked["recovery_point"], asked["keep"], asked["components"]) == ("latest", "never", [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["till", "data-corruption"], "There is no system till. There is feedback."),
        (["feedback"], "Which scenario? feedback has az-failure, data-corruption"),
        (["feedback", "az-outage"], "feedback has no scenario az-outage. It has az-failure"),
        (["feedback", "data-corruption", "--to", "prod"], "prod is production"),
        (["feedback", "data-corruption", "--from", "moon"], "feedback has no environment moon"),
        (["feedback", "data-corruption", "--component", "api"], "api is no component of the"),
        (["feedback", "data-corruption", "--component", "A B"], "components.0"),
        (["feedback", "data-corruption", "--mode", "graceful"], "only a region-outage has a mode"),
        (["feedback", "data-corruption", "--mode", "gentle"], "Invalid value for '--mode'"),
        (["feedback", "data-corruption", "--point", "yesterday"], "--point yesterday is not"),
        (["feedback", "data-corruption", "--point", "2026-13-01"], "--point 2026-13-01 is not"),
    ],
)
def test_what_would_be_refused_is_wrong_input_and_starts_nothing(run, feedback, arguments, said):
    result = run("drill", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert started(feedback) == []


def test_all_that_is_wrong_is_said_at_once(run, feedback):
    asked = ["--to", "prod", "--component", "api", "--point", "yesterday"]

    said = run("drill", "feedback", "data-corruption", *asked).stderr

    assert "prod is production" in said
    assert "api is no component" in said
    assert "--point yesterday" in said


def test_a_moment_and_a_backup_are_points(run, feedback):
    point = {"id": "arn:aws:dynamodb:us-east-1:1:table/t/backup/1", "source": "t", "size_bytes": 1}
    made = row("20261101t030000-0000000a", system="feedback", component="items", points=[point])
    records.write(made, feedback.table.name, feedback.dynamodb)
    points = [made["backup"], point["id"], "2026-11-02T03:00:00Z", "2026-11-02"]

    for point in points:
        result = run("drill", "feedback", "data-corruption", "--point", point, "--json")
        assert result.exit_code == 0, result.output

    assert len(started(feedback)) == len(points)


def test_a_system_that_is_in_a_drill_is_told_which(run, feedback, drills):
    waiting = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}}
    execution = drills.start(waiting)
    place = {"drill": ID, "execution": execution, "since": "2026-11-02T03:00:05Z"}
    feedback.write({**store.active_drill("feedback"), **place})

    result = run("drill", "feedback", "data-corruption")

    assert result.exit_code == 2
    assert f"The system is in the drill {ID}" in result.stderr
    assert f"daytwo drill stop {ID}" in result.stderr
    feedback.stepfunctions.stop_execution(executionArn=execution)


def test_a_system_that_is_called_like_a_command_is_drilled_by_start(run, daytwo):
    daytwo.register(json.loads(json.dumps(system()).replace("feedback", "list")))

    result = run("drill", "start", "list", "data-corruption")

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("list-data-corruption-")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ({"Type": "Succeed"}, 0),
        ({"Type": "Fail", "Error": "DrillFailed", "Cause": "FAIL: it was slow"}, 1),
        ({"Type": "Fail", "Error": "FailedClean", "Cause": "No recovery point"}, 1),
    ],
)
def test_with_wait_the_exit_code_is_the_drills(run, feedback, end, code):
    feedback.define({"StartAt": "Succeeded", "States": {"Succeeded": end}}, "RestoreDrill")

    result = run("drill", "feedback", "data-corruption", "--wait")

    assert result.exit_code == code
    assert end.get("Cause", "Succeeded") in result.stdout


def test_with_wait_as_json_there_is_one_document(run, feedback):
    result = run("drill", "feedback", "data-corruption", "--wait", "--json")

    answer = json.loads(result.stdout)
    assert (answer["status"], answer["exit_code"], answer["verdict"]) == ("SUCCEEDED", 0, "")
    assert answer["execution"].endswith(answer["drill"])


def test_the_help_names_both_ways_and_every_command(run):
    said = run("drill", "--help").stdout

    assert "Usage: daytwo drill SYSTEM SCENARIO [OPTIONS]" in said
    assert "daytwo drill start SYSTEM SCENARIO" in " ".join(said.split())
    for name in ("start", "list", "show", "watch", "stop", "clean"):
        assert f"\n  {name} " in said
    assert "--point" in run("drill", "feedback", "--help").stdout
