"""find_drill: what was cut off, what is dirty, and copies kept long enough."""

import json

import pytest
from drill_documents import EXECUTION, ID, NOW, drill, plan

from tasks.drill import find_drill
from tasks.drills import actions, records
from tasks.errors import Unavailable

LINES = ["x" * 300] * 60


@pytest.fixture
def find(opened, executions, state_table, dynamodb):
    opened(plan(), now="2026-11-02T03:00:30Z")

    def find(execution="", now=NOW):
        return find_drill.find(execution, now, state_table, dynamodb, executions)

    return find


@pytest.fixture
def change(state_table, dynamodb):
    def change(identifier=ID, **values):
        names = {f"#{name}": name for name in values}
        dynamodb.update_item(
            TableName=state_table,
            Key={"pk": {"S": "DRILL"}, "sk": {"S": identifier}},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={f":{name}": {"S": value} for name, value in values.items()},
        )

    return change


@pytest.mark.parametrize("named", ["", EXECUTION["id"]])
@pytest.mark.parametrize(
    ("status", "error"),
    [("ABORTED", "Aborted"), ("TIMED_OUT", "TimedOut"), ("FAILED", "Failed"), (None, "Gone")],
)
def test_a_drill_whose_execution_was_cut_off_is_found(status, error, named, find, executions):
    if status:
        executions.statuses[EXECUTION["id"]] = status
    answer = find(named)
    assert answer["found"] is True
    (one,) = answer["drills"]
    assert (one["why"], one["failure"]["Error"]) == ("cut_off", error)
    assert one["plan"] == plan()
    assert one["drill"] == drill()


def test_a_drill_that_runs_is_left_alone(find, executions):
    executions.statuses[EXECUTION["id"]] = "RUNNING"
    assert find() == {"found": False, "drills": []}
    with pytest.raises(Unavailable, match="still runs: stop it before"):
        find(EXECUTION["id"])


def test_one_that_ended_without_closing_its_drill_is_found(find, executions):
    executions.statuses[EXECUTION["id"]] = "SUCCEEDED"
    assert find()["drills"][0]["failure"]["Error"] == "NotClosed"


def test_a_drill_that_is_closed_needs_nothing(find, change):
    change(status=records.CLOSED, kept_until="")
    assert find() == find(EXECUTION["id"]) == {"found": False, "drills": []}


def test_a_drill_that_left_something_is_found_until_it_is_clean(find, change):
    change(status=records.DIRTY)
    (one,) = find()["drills"]
    assert (one["why"], one["failure"]) == ("dirty", {})


@pytest.mark.parametrize(
    ("until", "found"), [("2026-11-02T04:00:00Z", True), ("2026-11-02T04:00:01Z", False)]
)
def test_copies_that_were_kept_are_found_when_their_time_is_over(until, found, find, change):
    change(status=records.CLOSED, kept_until=until)
    answer = find()
    assert answer["found"] is found
    assert [one["why"] for one in answer["drills"]] == ["kept"] * found


def test_an_execution_that_opened_no_drill_left_nothing(find):
    other = EXECUTION["id"].replace(ID, "refused-1")
    assert find(other)["found"] is False
    elsewhere = EXECUTION["id"].replace("restore-drill:", "promotion:")
    assert find(elsewhere)["found"] is False


def test_ten_drills_are_given_at_once(opened, find, executions):
    for number in range(12):
        execution = {**EXECUTION, "id": f"{EXECUTION['id']}{number}", "name": f"{ID}{number}"}
        opened(
            plan(
                drill=drill(id=f"{ID}{number}", execution=execution, system=f"s{number}"),
                lines=LINES,
            )
        )
    drills = find()["drills"]
    assert len(drills) == 10
    assert len(json.dumps(drills)) < 128 * 1024


def test_drills_that_stay_dirty_do_not_keep_new_ones_from_the_janitor(opened, find, change):
    for number in range(11):
        name = f"dirty-{number:02d}"
        execution = {**EXECUTION, "id": f"{EXECUTION['id']}{number}", "name": name}
        opened(plan(drill=drill(id=name, execution=execution, system=f"s{number}")))
        change(name, status=records.DIRTY)

    drills = find()["drills"]

    assert [one["why"] for one in drills] == ["cut_off", *["dirty"] * 9]
    assert drills[0]["drill"]["id"] == ID


def test_a_stop_that_was_said_of_no_drill_is_none(find, change):
    change("never-opened", stop="by alice")
    assert len(find()["drills"]) == 1


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_task_takes_an_input_or_an_event(wrapped, find, state_table, monkeypatch, executions):
    monkeypatch.setattr(find_drill, "client", _clients(executions))
    document = {"execution": EXECUTION["id"]}
    if wrapped:
        document = {"id": "1", "detail-type": "Drill", "detail": document}
    answer = find_drill.handler({"document": document, "now": NOW}, None)
    assert answer["drills"][0]["drill"]["id"] == ID


def _clients(executions):
    from tasks.runtime import client

    return lambda service: executions if service == "stepfunctions" else client(service)


def test_actions_are_none_of_its_business(find, state_table, dynamodb):
    action = actions.new(plan(), {"component": "", "kind": "failed", "text": "x"}, NOW)
    actions.put(action, state_table, dynamodb)
    assert len(find()["drills"]) == 1
