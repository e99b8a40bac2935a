"""The patch command goes once to everybody whose agent answers."""

import pytest
from batches import by_error, operation, planned
from fleets import make_fleet
from patients import patients

from tasks.ec2 import send_patch_command
from tasks.errors import Throttled
from tasks.fleets import fleet, patching


@pytest.fixture
def here(monkeypatch):
    with patients(monkeypatch) as here:
        yield here


def commands(here):
    return here.ssm.list_commands()["Commands"]


def test_one_command_patches_them_all_and_reboots_where_needed(here):
    work = here.send()

    (command,) = commands(here)
    assert work["acted"] == here.ids
    assert sorted(command["InstanceIds"]) == sorted(here.ids)
    assert command["DocumentName"] == "AWS-RunPatchBaseline"
    assert command["Parameters"] == {"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]}
    assert command["MaxErrors"] == "100%"


def test_a_scan_reboots_nobody():
    asked = send_patch_command.command([], operation("patch", patch_operation="Scan"))

    assert asked["Parameters"] == {"Operation": ["Scan"], "RebootOption": ["NoReboot"]}


def test_a_second_delivery_sends_no_second_command(here):
    here.send(here.ids[:2])

    work = here.send()

    assert sorted(work["acted"]) == sorted(here.ids)
    assert sorted(len(one["InstanceIds"]) for one in commands(here)) == [1, 2]


def test_another_operations_command_is_not_taken_for_ours(here):
    here.send()
    here.operation = {**here.operation, "id": "op-2"}

    here.send()

    assert len(commands(here)) == 2


@pytest.mark.parametrize(
    ("kind", "error"), [("unmanaged", "NotManaged"), ("connection_lost", "AgentNotOnline")]
)
def test_whoever_is_not_heard_fails_unchanged_and_the_others_are_patched(here, kind, error):
    here.weather.add(kind, ids=here.ids[0])

    work = here.send()

    assert by_error(work) == {here.ids[0]: (error, False)}
    assert work["acted"] == here.ids[1:]


def test_whoever_is_lost_between_look_and_command_is_taken_out_by_name(here, monkeypatch):
    here.weather.add("connection_lost", ids=here.ids[1])
    monkeypatch.setattr(send_patch_command, "unheard", lambda ids, ssm: {})

    work = here.send()

    assert by_error(work) == {here.ids[1]: ("InvalidInstanceId", False)}
    assert work["acted"] == [here.ids[0], here.ids[2]]


def test_a_batch_takes_a_command_for_each_fifty(here):
    ids = make_fleet(here.ec2, 99)

    work = here.send(ids)

    assert sorted(len(one["InstanceIds"]) for one in commands(here)) == [49, 50]
    assert work["acted"] == ids


@pytest.mark.parametrize("call", ["SendCommand", "DescribeInstanceInformation", "ListCommands"])
def test_throttling_is_left_to_the_workflow_and_sends_nothing_twice(here, call):
    fault = here.weather.add("error", actions=call, code="ThrottlingException")
    with pytest.raises(Throttled):
        here.send()

    here.weather.faults.remove(fault)

    assert here.send()["acted"] == here.ids
    assert len(commands(here)) == 1


def test_a_long_name_still_makes_a_comment_that_is_found_again():
    short, long = operation("patch"), operation("patch", name="o" * 120)

    assert patching.comment(short) == "daytwo op-1"
    assert len(patching.comment(long)) <= 100
    assert patching.comment(long) != patching.comment(operation("patch", name="p" * 120))


def test_the_function_answers_by_its_schema(here):
    answer = send_patch_command.handler(
        {
            "instances": [planned(one) for one in here.ids],
            "work": fleet.begin(here.ids),
            "operation": here.operation,
        },
        None,
    )

    assert answer["work"]["acted"] == here.ids
