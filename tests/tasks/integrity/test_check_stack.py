"""check_stack: each way in which a restored stack can differ from its export is red."""

import pytest

from tasks.integrity import check_stack


def resource(logical_id, kind="AWS::SNS::Topic", physical_id="", status="CREATE_COMPLETE"):
    return {
        "logical_id": logical_id,
        "type": kind,
        "physical_id": physical_id or f"copy-{logical_id}",
        "status": status,
    }


@pytest.mark.parametrize(
    ("expected", "observed", "verdict", "detail"),
    [
        ({"A", "B"}, {"A", "B"}, "PASS", ""),
        (set(), set(), "PASS", ""),
        ({"A", "B"}, {"A"}, "FAIL", "missing B"),
        ({"A"}, {"A", "B"}, "FAIL", "extra B"),
        ({"A"}, {"B"}, "FAIL", "missing A; extra B"),
    ],
)
def test_names_are_compared_in_both_directions(expected, observed, verdict, detail):
    found = check_stack.compare("resources", expected, observed)

    assert (found["verdict"], found["detail"]) == (verdict, detail)


def test_a_resource_of_another_type_is_another_one():
    listed = check_stack.listed([resource("A"), resource("A", "AWS::SQS::Queue")])

    assert len(listed) == 2


def test_parameters_that_the_drill_changes_are_not_compared():
    exported = {"Environment": "prod", "Size": "1"}

    assert check_stack.kept(exported, {"Environment": "{drill}"}) == check_stack.kept(
        {"Environment": "drill-1f0c2a9b", "Size": "1"}, {"Environment": "{drill}"}
    )
    assert check_stack.kept(exported, {}) != check_stack.kept({**exported, "Size": "2"}, {})


def test_no_value_of_a_parameter_stands_in_the_evidence():
    assert "prod" not in str(check_stack.kept({"Environment": "prod"}, {}))


@pytest.mark.parametrize(
    ("source", "copy", "verdict"),
    [
        ("feedback-prod-a", "feedback-drill-a", "PASS"),
        ("feedback-prod-a", "feedback-prod-a", "FAIL"),
        ("arn:aws:sns:us-east-1:1:alarms", "arn:aws:sns:us-east-1:1:alarms", "FAIL"),
    ],
)
def test_a_copy_has_nothing_of_its_source(source, copy, verdict):
    found = check_stack.apart(
        [resource("A", physical_id=source)], [resource("A", physical_id=copy)]
    )

    assert found["verdict"] == verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("CREATE_COMPLETE", "PASS"),
        ("UPDATE_COMPLETE", "PASS"),
        ("CREATE_FAILED", "FAIL"),
        ("CREATE_IN_PROGRESS", "FAIL"),
    ],
)
def test_each_resource_has_to_be_complete(status, verdict):
    found = check_stack.unfinished([resource("A"), resource("B", status=status)])

    assert found["verdict"] == verdict
