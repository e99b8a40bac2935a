"""Following a drill component by component, on a terminal and in plain lines."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from drill_documents import EXECUTION, ID, NOW, bad

from tasks import store
from workflows.cli import watch as module
from workflows.cli.drills.progress import DrillStory, stage
from workflows.cli.progress import Live, Plain
from workflows.cli.session import Session

START = datetime(2026, 11, 2, 3, 1, tzinfo=UTC)
JUDGED = (datetime.fromisoformat(NOW) - START).total_seconds()
FAILURE = {"Error": "RestoreFailed", "Cause": "AWS gave it up"}


def event(number, state, kind, how="Entered", at=START):
    said = {"name": state, "input": "{}"} if how == "Entered" else {"name": state}
    return {
        "id": number,
        "previousEventId": number - 1,
        "type": f"{kind}State{how}",
        "timestamp": at,
        f"state{how}EventDetails": said,
    }


class Playing:
    """Step Functions with a drill that plays its components through."""

    def __init__(self):
        self.events = [
            event(1, "Open the drill", "Task"),
            event(2, "Open the drill", "Task", "Exited"),
            event(3, "Play it through", "Map"),
        ]

    def get_execution_history(self, **request):
        return {"events": list(reversed(self.events))}

    def end(self):
        at = START + timedelta(hours=2)
        self.events.append(event(4, "Play it through", "Map", "Exited", at))


class AtWork:
    """The components' executions, each in the state that a test says."""

    def __init__(self):
        self.states = {}

    def look(self):
        pass


@pytest.fixture
def playing():
    return Playing()


@pytest.fixture
def follow(drills, playing, monkeypatch):
    """Begin to follow the drill; gives the story and what its components are at."""
    from workflows.cli import stories
    from workflows.cli.history import History

    monkeypatch.setattr(stories, "open_history", lambda name, session: History(name, playing, {}))

    def begin(**states):
        story = DrillStory(EXECUTION["id"], Session())
        story._children = AtWork()
        story._children.states = states
        story.poll()
        return story

    return begin


def lines(story):
    stream = io.StringIO()
    with Plain(stream) as plain:
        plain.show(story, story.waiting)
    return told(stream)


def told(stream):
    """Give what was written, without the times before it."""
    return [line.partition("  ")[2] for line in stream.getvalue().splitlines()]


def drawn(story):
    stream = io.StringIO()
    with Live(stream) as live:
        live.show(story, story.waiting)
    return stream.getvalue()


def described(**more):
    return {
        "executionArn": EXECUTION["id"],
        "status": "SUCCEEDED",
        "startDate": START,
        "stopDate": START + timedelta(seconds=90),
        "input": "{}",
        **more,
    }


def test_each_component_is_told_with_the_states_that_it_goes_through(follow):
    story = follow(items="Table: Restore the copy", files="Bucket: is it there: wait")
    stream = io.StringIO()
    with Plain(stream) as plain:
        for state in (
            "Table: Restore the copy",
            "Table: Check the table",
            "Table: Check the table",
        ):
            story._children.states["items"] = state
            story.poll()
            plain.show(story, story.waiting)

    assert told(stream)[1:] == [
        "Play it through: ...",
        "  items: Restore the copy",
        "  files: is it there",
        "  items: Check the table",
    ]


def test_on_a_terminal_each_component_has_its_state_beside_it(follow):
    shown = drawn(follow(items="Table: Restore the copy"))

    assert "items" in shown
    assert "Restore the copy" in shown


@pytest.mark.parametrize(
    ("check", "failure", "said", "how"),
    [
        (None, None, "judged in 59 min 00 s: PASS", "succeeded"),
        (bad(), None, "judged in 59 min 00 s: FAIL: item count failed: expected", "failed"),
        (None, FAILURE, "ERROR: steps broke: expected all steps end well, observed Res", "failed"),
    ],
)
def test_a_component_that_is_judged_says_its_verdict_and_why(
    follow, drills, check, failure, said, how
):
    drills.record(check, failure)

    story = follow()

    (component,) = [entry for entry in story.entries if entry.kind == "Component"]
    assert (component.outcome, component.seconds()) == (how, JUDGED)
    assert said in lines(story)[-1]
    assert component.detail.split(":")[0] in drawn(story)


def test_an_account_with_a_fast_clock_does_not_make_components_last(follow, drills, monkeypatch):
    monkeypatch.setattr(Session, "clock", 60.0)
    drills.record()

    before = datetime.now(UTC)
    story = follow()

    (component,) = [entry for entry in story.entries if entry.kind == "Component"]
    assert before <= component.ended <= datetime.now(UTC)


def test_what_nobody_recorded_ends_with_the_map_and_is_not_green(follow, drills, playing):
    story = follow(items="Table: Check the table", files="Bucket: Look")
    drills.record()
    playing.end()

    story.poll()

    one, other = [entry for entry in story.entries if entry.kind == "Component"]
    assert (one.outcome, other.outcome) == ("succeeded", "aborted")
    (played,) = [entry for entry in story.entries if entry.kind == "Map"]
    assert played.detail == "1 of 2 green"


def test_a_green_drill_ends_with_its_figures_and_where_its_evidence_is(follow, drills):
    drills.close()

    outcome = follow().outcome(described())

    assert outcome.words.startswith("PASS: drill data-corruption of feedback in dev")
    assert outcome.words.endswith("(1 min 30 s)")
    assert outcome.next[:2] == [
        "It is the first drill of this scenario.",
        f"Each check, and the report: daytwo drill show {ID}",
    ]
    assert (outcome.exit_code, outcome.drill, outcome.verdict) == (0, ID, "PASS")
    assert outcome.evidence == "drills/monthly-1/evidence.json"


def test_a_red_drill_says_each_reason_by_itself_and_what_is_to_be_mended(follow, drills):
    drills.close(bad(), "kept")

    outcome = follow().outcome(described(status="FAILED", error="DrillFailed", cause="All of it"))

    assert outcome.exit_code == 1
    assert outcome.words.startswith("DrillFailed: FAIL: drill data-corruption of feedback")
    assert outcome.next[0].startswith("items: item count failed")
    said = " ".join(outcome.next)
    assert f"daytwo drill clean {ID}" in said
    assert "daytwo actions list feedback" in said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("FailedClean", "Nothing was made or changed"),
        ("FailedDirty", "The janitor tries again each hour"),
        (None, "The janitor now removes and undoes"),
    ],
)
def test_without_evidence_the_cause_is_what_there_is_to_say(follow, error, said):
    ended = described(status="FAILED" if error else "ABORTED", error=error, cause="This is why")

    outcome = follow().outcome({name: value for name, value in ended.items() if value})

    assert "This is why" in outcome.words
    assert said in outcome.next[0]
    assert (outcome.exit_code, outcome.verdict, outcome.evidence) == (1, "", "")


def test_evidence_that_was_altered_says_nothing(follow, drills, feedback):
    drills.close()
    feedback.evidence("drills/monthly-1/evidence.json", json.dumps({"words": "PASS: forged"}))

    words = follow().outcome(described(output=json.dumps({"closed": {"words": "The end"}}))).words

    assert words == "The end (1 min 30 s)"


def test_a_drill_that_nobody_approved_is_exit_code_three(follow, feedback):
    approval = store.approval(store.approval_id(EXECUTION["id"]))
    feedback.write({**approval, "status": "rejected"})

    ended = described(status="FAILED", error="FailedClean", cause="Not on a Friday")

    assert follow().outcome(ended).exit_code == 3


def test_ctrl_c_leaves_the_drill_and_says_how_to_end_it(run, drills, feedback, monkeypatch):
    execution = drills.start(
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}}
    )

    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.time, "sleep", interrupt)
    result = run("drill", "watch", ID)

    assert result.exit_code == 130
    assert f"daytwo drill watch {ID}, or end it with: daytwo drill stop {ID}" in result.stderr
    assert drills.known() is None, "nothing was stopped"
    described = feedback.stepfunctions.describe_execution(executionArn=execution)
    assert described["status"] == "RUNNING"
    feedback.stepfunctions.stop_execution(executionArn=execution)


def test_an_unknown_drill_is_wrong_input(run, feedback):
    assert run("drill", "watch", "nothing").exit_code == 2


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("Table: is the copy available: wait", "is the copy available"),
        ("Table: is the copy available?", "is the copy available"),
        ("Table: Check the table", "Check the table"),
        ("Begin with the component", "Begin with the component"),
    ],
)
def test_a_stage_is_what_is_done_without_how_its_loop_is_made(state, words):
    assert stage(state) == words
