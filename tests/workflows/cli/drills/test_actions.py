"""`daytwo actions`: findings that stay open until a later green drill shows them mended."""

import json

import boto3
import pytest

from tasks import store

GREEN = {"status": "retested", "retested_by": "monthly-2", "retested_at": "2026-12-02T04:00:00Z"}


@pytest.fixture
def action(feedback):
    """Write an action as a drill's findings make it."""

    def write(identifier="a1", **changes):
        record = {
            **store.action(identifier),
            "status": "open",
            "system": "feedback",
            "scenario": "data-corruption",
            "environment": "dev",
            "component": "items",
            "kind": "failed",
            "text": "items: item count failed",
            "owner": "team-feedback",
            "opened_at": "2026-11-02T04:00:00Z",
            "due_at": "2999-12-02T04:00:00Z",
            "drill": "monthly-1",
            "last_drill": "monthly-1",
            "seen": 1,
            "retest": "daytwo drill feedback data-corruption",
            "retested_by": "",
            "retested_at": "",
            "ops_item": "",
            **changes,
        }
        feedback.write(record)
        return identifier

    return write


@pytest.fixture
def known(feedback):
    return lambda identifier="a1": feedback.table.get(store.action(identifier))


def test_the_actions_are_listed_the_one_that_is_due_first_at_the_top(run, action):
    action("late", due_at="2999-12-02T04:00:00Z")
    action("soon", due_at="2999-11-02T04:00:00Z", owner="")

    result = run("actions", "list", "feedback")

    assert result.exit_code == 0
    assert result.stdout.index("soon") < result.stdout.index("late")
    assert "daytwo drill feedback data-corruption" in result.stdout
    assert "overdue" not in result.stdout


def test_an_action_without_an_owner_is_nobodys(run, action):
    action(owner="")

    assert " nobody " in run("actions", "list").stdout


@pytest.mark.parametrize(("changes", "overdue"), [({}, True), (GREEN, False)])
def test_what_is_open_after_its_time_is_overdue(run, action, changes, overdue):
    action(due_at="2026-01-01T00:00:00Z", **changes)

    said = run("actions", "list").stdout
    (told,) = json.loads(run("actions", "list", "--json").stdout)

    assert ("2026-01-01T00:00:00Z (overdue)" in said) is overdue
    assert told["overdue"] is overdue


def test_as_json_an_action_has_all_its_fields_and_its_id(run, action):
    action()

    (told,) = json.loads(run("actions", "list", "--json").stdout)

    assert told["action"] == "a1"
    assert (told["owner"], told["seen"], told["component"]) == ("team-feedback", 1, "items")
    assert told.keys().isdisjoint({"pk", "sk"})


def test_closed_ones_are_listed_when_asked_for(run, action):
    action("old", status="closed", closed_by="alice", closed_at="2026-12-03T00:00:00Z")
    action("other", system="shop")

    assert run("actions", "list", "feedback").stdout == "Improvement actions: none\n"
    assert "closed by alice" in run("actions", "list", "--all").stdout
    assert "other" not in run("actions", "list", "feedback", "--all").stdout


def test_actions_of_an_unknown_system_are_wrong_input(run, feedback):
    assert run("actions", "list", "till").exit_code == 2


def test_an_action_that_a_green_drill_tested_again_is_closed(run, action, known):
    action(**GREEN)

    result = run("actions", "close", "a1", "--note", "Index added to the template")

    assert result.exit_code == 0, result.output
    assert "a1 is closed: monthly-2 was green" in result.stdout
    closed = known()
    assert (closed["status"], closed["closing_note"]) == ("closed", "Index added to the template")
    assert closed["closed_by"] == "arn:aws:sts::123456789012:user/moto"
    assert closed["closed_at"]


def test_closing_is_answered_in_json_too(run, action):
    action(**GREEN)

    answer = json.loads(run("actions", "close", "a1", "--note", "x", "--json").stdout)

    assert answer == {"action": "a1", "status": "closed", "retested_by": "monthly-2"}


def test_an_action_that_no_green_drill_has_tested_stays_open(run, action, known):
    action()

    result = run("actions", "close", "a1", "--note", "Trust me")

    assert result.exit_code == 2
    assert "not shown to be mended yet" in result.stderr
    assert "Mend it, then: daytwo drill feedback data-corruption" in result.stderr
    assert known()["status"] == "open"


def test_an_action_that_was_closed_says_by_whom(run, action):
    action(status="closed", closed_by="alice", closed_at="2026-12-03T00:00:00Z")

    result = run("actions", "close", "a1", "--note", "x")

    assert result.exit_code == 2
    assert "was closed at 2026-12-03T00:00:00Z by alice" in result.stderr


def test_an_action_that_a_drill_finds_again_meanwhile_stays_open(run, action, known, monkeypatch):
    from workflows.state import StateTable

    action(**GREEN)
    stale = known()
    action()
    monkeypatch.setattr(StateTable, "get", lambda self, key: stale)

    result = run("actions", "close", "a1", "--note", "x")

    monkeypatch.undo()
    assert result.exit_code == 2
    assert "was changed at the same moment" in result.stderr


def test_an_unknown_action_is_wrong_input(run, feedback):
    result = run("actions", "close", "nothing", "--note", "x")

    assert result.exit_code == 2
    assert "There is no action nothing" in result.stderr


class OpsCenter:
    """Systems Manager with OpsItems; `error` is what it answers."""

    def __init__(self, error=None):
        self.error, self.resolved = error, []
        self.exceptions = boto3.client("ssm").exceptions

    def update_ops_item(self, OpsItemId, Status):
        if self.error:
            raise self.error(self.exceptions)
        self.resolved.append((OpsItemId, Status))


@pytest.fixture
def ops_center(feedback, monkeypatch):
    """Put an OpsCenter into the command line's session."""
    from workflows.cli.session import Session

    def put(error=None):
        made, real = OpsCenter(error), Session.client
        monkeypatch.setattr(
            Session, "client", lambda self, name: made if name == "ssm" else real(self, name)
        )
        return made

    return put


def test_the_ops_item_is_resolved_with_the_action(run, action, ops_center):
    ssm = ops_center()
    action(**GREEN, ops_item="oi-1a2b3c")

    assert run("actions", "close", "a1", "--note", "x").exit_code == 0
    assert ssm.resolved == [("oi-1a2b3c", "Resolved")]


def test_an_ops_item_that_is_gone_hinders_nobody(run, action, known, ops_center):
    gone = {"Error": {"Code": "OpsItemNotFoundException", "Message": "No such OpsItem"}}
    ops_center(lambda errors: errors.OpsItemNotFoundException(gone, "UpdateOpsItem"))
    action(**GREEN, ops_item="oi-1a2b3c")

    assert run("actions", "close", "a1", "--note", "x").exit_code == 0
    assert known()["status"] == "closed"


def test_an_ops_item_that_stays_open_is_told(run, action, known, ops_center):
    denied = {"Error": {"Code": "AccessDeniedException", "Message": "Not allowed"}}
    ops_center(lambda errors: errors.ClientError(denied, "UpdateOpsItem"))
    action(**GREEN, ops_item="oi-1a2b3c")

    result = run("actions", "close", "a1", "--note", "x")

    assert result.exit_code == 1
    assert "a1 is closed, and its OpsItem oi-1a2b3c is still open: Not allowed" in result.stderr
    assert known()["status"] == "closed"
