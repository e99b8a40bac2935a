import pytest
from ec2_plans import request
from hypothesis import given
from hypothesis import strategies as st

from tasks.fleets import plan_sheets
from tasks.fleets.guards import ALREADY, REFUSED, Verdict
from tasks.fleets.selection import Row


def rows(count, **fields):
    known = {"type": "t3.micro", "zone": "us-east-1a", "state": "running", **fields}
    return [Row(f"i-{number:017x}", **known) for number in range(count)]


def words(asked, batches, sheet=None, unavailable=0, last=0):
    return plan_sheets.in_words(asked, batches, sheet or plan_sheets.Sheet(), unavailable, last)


@pytest.mark.parametrize(
    ("asked", "fields", "head"),
    [
        (request("stop"), {}, "stop 3 of 3 matched instances in 1 batch"),
        (
            request("start"),
            {"last": 500},
            "start 3 of 3 matched instances in 1 batch, the last after 500 s",
        ),
        (
            request("reboot"),
            {"unavailable": 1},
            "reboot 3 of 3 matched instances in 1 batch one after the other, 1 at most at a time",
        ),
        (
            request("resize", options={"instance_type": "t3.large", "accept_data_loss": True}),
            {},
            "resize 3 of 3 matched instances to t3.large with the loss of data on instance "
            "stores in 1 batch",
        ),
        (
            request("replace", targets={"auto_scaling_group": "web"}),
            {"unavailable": 1},
            "replace 3 of 3 matched instances by an instance refresh of web",
        ),
    ],
)
def test_the_first_line_says_what_how_and_when(asked, fields, head):
    assert words(asked, [rows(3)], **fields)[0] == head


def test_an_emergency_is_told_with_its_reason():
    asked = request("stop", options={"emergency": True}, reason="the disk is on fire")
    assert words(asked, [rows(1)])[1].endswith("windows: the disk is on fire")


def test_kinds_are_counted_and_refusals_are_grouped_by_reason():
    sheet = plan_sheets.Sheet()
    for row in rows(7):
        sheet.add(row, Verdict(REFUSED, "it is protected"))
    sheet.add(rows(1)[0], Verdict(ALREADY, "it is stopped already"))
    lines = words(request("stop"), [rows(2), rows(1, type="m5.large")], sheet)
    assert lines[0].startswith("stop 3 of 11 matched")
    assert lines[1:3] == ["stop 2 t3.micro in us-east-1a", "stop 1 m5.large in us-east-1a"]
    assert lines[3].startswith("refused: 7 (i-00000000000000000, ")
    assert lines[3].endswith(" and 2 more): it is protected")
    assert lines[4] == "already: 1 (i-00000000000000000): it is stopped already"


@given(st.integers(1, 1000), st.integers(0, 30))
def test_a_termination_names_every_id_in_what_fits_a_screen(count, already):
    sheet = plan_sheets.Sheet()
    for row in rows(already):
        sheet.add(row, Verdict(ALREADY, f"because of {row.instance_id}"))
    lines = words(
        request("terminate", targets={"instance_ids": ["i-01234567"]}), [rows(count)], sheet
    )
    assert len(lines) <= plan_sheets.MOST_LINES
    assert all(len(line) <= plan_sheets.LONGEST_LINE for line in lines)
    named = ", ".join(line.removeprefix("terminate ") for line in lines[1:])
    assert all(row.instance_id in named for row in rows(count))


def test_what_an_objection_refuses_is_on_the_sheet():
    sheet = plan_sheets.Sheet()
    first, *others = rows(3)
    kept = sheet.sift([first, *others], lambda row: "no" if row is first else "")
    assert kept == others
    assert sheet.counts == {REFUSED: 1}
