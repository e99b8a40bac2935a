"""record_findings: each finding becomes an action, which only a later green drill tests."""

import boto3
import pytest
from botocore.exceptions import ClientError
from drill_documents import ID, NOW, drill, plan

from tasks.drill import record_findings
from tasks.drills import actions
from tasks.drills import ops_center as ops_center_of
from tasks.errors import Throttled

BAD = {"component": "items", "kind": "failed", "text": "items: item count failed"}
LEFT = {"component": "", "kind": "cleanup", "text": "table drill-1 was not seen to be gone"}


class OpsCenter:
    """Systems Manager with OpsItems, which a fault refuses."""

    class exceptions:
        class OpsItemAlreadyExistsException(ClientError):
            pass

    def __init__(self):
        self.items, self.fault = [], ""

    def create_ops_item(self, **item):
        dedup = item["OperationalData"]["/aws/dedup"]["Value"]
        reply = {"Error": {"Code": self.fault or "OpsItemAlreadyExistsException", "Message": "no"}}
        if self.fault:
            raise ClientError(reply, "CreateOpsItem")
        for number, (there, _) in enumerate(self.items):
            if there == dedup:
                raise self.exceptions.OpsItemAlreadyExistsException(
                    {**reply, "OpsItemId": f"oi-{number}"}, "CreateOpsItem"
                )
        self.items.append((dedup, item))
        return {"OpsItemId": f"oi-{len(self.items) - 1}"}


@pytest.fixture
def ops_center():
    return OpsCenter()


@pytest.fixture
def record(state_table, dynamodb, ops_center):
    def record(*findings, identifier=ID, verdict="FAIL", components=("items",), now=NOW, **of):
        judgement = {
            "verdict": verdict,
            "findings": list(findings),
            "outcomes": [{"component": name} for name in components],
        }
        asked = plan(drill=drill(id=identifier, **of), component_count=len(components))
        return record_findings.record(asked, judgement, now, state_table, dynamodb, ops_center)

    return record


@pytest.fixture
def standing(state_table, dynamodb):
    def standing():
        return {one["kind"]: one for one in actions.standing(drill(), state_table, dynamodb)}

    return standing


def test_a_finding_becomes_an_action_with_owner_due_date_and_retest(record, standing):
    answer = record(BAD)
    (action,) = standing().values()
    assert answer["opened"] == [action["sk"]]
    assert (action["status"], action["owner"]) == ("open", "team-feedback")
    assert action["due_at"] == "2026-12-02T04:00:00Z"
    assert action["retest"] == "daytwo drill feedback data-corruption"
    assert action["text"] == "items: item count failed"


def test_it_is_opened_in_ops_center_as_well(record, standing, ops_center):
    assert record(BAD, LEFT)["ops_items"] == ["oi-0", "oi-1"]
    assert standing()["failed"]["ops_item"] == "oi-0"
    assert [item["Severity"] for _, item in ops_center.items] == ["3", "2"]
    assert "Test it again with: daytwo drill" in ops_center.items[0][1]["Description"]


def test_a_second_delivery_opens_nothing_twice(record, standing, ops_center):
    first = record(BAD)
    assert record(BAD) == first
    assert (len(standing()), len(ops_center.items)) == (1, 1)
    assert standing()["failed"]["seen"] == 1


@pytest.mark.parametrize("code", ["AccessDeniedException", "OpsItemInvalidParameterException"])
def test_without_ops_center_the_actions_remain_and_that_is_said(code, record, standing, ops_center):
    ops_center.fault = code
    answer = record(BAD, LEFT)
    assert answer["ops_items"] == []
    assert code in answer["ops_center"]
    assert len(answer["opened"]) == len(standing()) == 2


def test_throttling_may_be_tried_again(record, standing, ops_center):
    ops_center.fault = "ThrottlingException"
    with pytest.raises(Throttled):
        record(BAD)
    ops_center.fault = ""
    assert record(BAD)["ops_items"] == ["oi-0"]
    assert len(standing()) == 1


def test_the_same_finding_of_a_later_drill_is_the_same_action(record, standing):
    record(BAD)
    answer = record({**BAD, "text": "items: worse"}, identifier="monthly-2")
    assert (answer["opened"], len(answer["seen_again"])) == ([], 1)
    action = standing()["failed"]
    assert (action["seen"], action["text"], action["last_drill"]) == (
        2,
        "items: worse",
        "monthly-2",
    )
    record({**BAD, "text": "items: worse"}, identifier="monthly-2")
    assert standing()["failed"]["seen"] == 2


def test_a_green_drill_of_the_same_scenario_tests_it_again(record, standing):
    (opened,) = record(BAD)["opened"]
    later = "2026-12-02T04:00:00Z"
    answer = record(identifier="monthly-2", verdict="PASS", now=later)
    assert answer["retested"] == [opened]
    action = standing()["failed"]
    assert (action["status"], action["retested_by"]) == ("retested", "monthly-2")
    assert action["retested_at"] == later


@pytest.mark.parametrize(
    "later",
    [
        {"verdict": "FAIL"},
        {"verdict": "ERROR"},
        {"verdict": "PASS", "components": ("orders",)},
        {"verdict": "PASS", "scenario": "infrastructure-failure"},
        {"verdict": "PASS", "system": "financial"},
    ],
)
def test_no_other_drill_tests_it(later, record, standing):
    record(BAD)
    assert record(identifier="monthly-2", **later)["retested"] == []
    assert standing()["failed"]["status"] == "open"


def test_what_is_about_all_components_together_is_not_tested_by_a_drill_of_fewer(record, standing):
    both = ("items", "orders")
    record({"component": "", "kind": "objective", "text": "too slow"}, components=both)

    part = record(identifier="monthly-2", verdict="PASS")
    whole = record(identifier="monthly-3", verdict="PASS", components=both)

    assert (part["retested"], len(whole["retested"])) == ([], 1)
    assert standing()["objective"]["retested_by"] == "monthly-3"


def test_what_is_found_again_after_a_green_drill_is_open_again(record, standing):
    record(BAD)
    record(identifier="monthly-2", verdict="PASS")
    record(BAD, identifier="monthly-3")
    action = standing()["failed"]
    assert (action["status"], action["retested_by"]) == ("open", "")


def test_a_closed_action_is_not_opened_again_but_a_new_one_is(
    record, standing, state_table, dynamodb
):
    (first,) = record(BAD)["opened"]
    actions.change({"sk": first}, {"status": "closed"}, state_table, dynamodb)
    (second,) = record(BAD, identifier="monthly-3")["opened"]
    assert first != second
    assert list(standing()) == ["failed"]


def test_ops_center_has_one_item_for_each_action(state_table, dynamodb, aws):
    ssm = boto3.client("ssm")
    action = actions.new(plan(), BAD, NOW)
    item = ops_center_of.open_item(action, ssm)
    assert ops_center_of.open_item(action, ssm) == item
    found = ssm.get_ops_item(OpsItemId=item)["OpsItem"]
    assert (found["Title"], found["Source"]) == (
        "Restore drill data-corruption of feedback: failed",
        "daytwo",
    )
    assert "Owner: team-feedback" in found["Description"]
