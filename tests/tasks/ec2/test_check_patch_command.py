"""Patching is seen to its end: the command's, and that of the patches."""

import pytest
from batches import acted, by_error, planned
from patients import patients

from tasks.ec2 import check_patch_command
from tasks.errors import Throttled


@pytest.fixture
def here(monkeypatch):
    with patients(monkeypatch) as here:
        yield here


def test_whoever_is_patched_is_there(here):
    here.send()

    work = here.check()

    assert (work["reached"], work["done"], work["rounds"]) == (here.ids, True, 1)


def test_whoever_is_still_at_it_is_waited_for(here):
    here.weather.set(command=100)
    here.send()

    first = here.check()
    here.account.clock.advance(50)
    second = here.check(first)
    here.account.clock.advance(50)
    third = here.check(second)

    assert [work["acted"] for work in (first, second, third)] == [here.ids, here.ids, []]
    assert (third["reached"], third["rounds"]) == (here.ids, 3)


@pytest.mark.parametrize(
    ("kind", "error", "changed"),
    [
        ("command_fails", "PatchFailed", True),
        ("undeliverable", "PatchUndeliverable", False),
        ("patches_fail", "PatchesFailed", True),
    ],
)
def test_a_failure_of_one_is_told_and_says_whether_it_was_touched(here, kind, error, changed):
    here.weather.add(kind, ids=here.ids[0])
    here.send()

    work = here.check()

    assert by_error(work) == {here.ids[0]: (error, changed)}
    assert work["reached"] == here.ids[1:]


def test_a_failure_says_what_the_command_wrote_last(here):
    here.weather.add("command_fails", ids=here.ids[0])
    here.send()

    (failure,) = here.check()["failed"]

    assert "ended as Failed" in failure["reason"]
    assert failure["reason"].endswith("failed to run commands: exit status 1")


def test_a_scan_that_fails_has_changed_nothing(here):
    here.operation = here.of_start(
        here.operation["execution"]["started_at"], patch_operation="Scan"
    )
    here.weather.add("command_fails", ids=here.ids[0])
    here.weather.add("patches_fail", ids=here.ids[1])
    here.send()

    work = here.check()

    assert by_error(work) == {here.ids[0]: ("PatchFailed", False)}
    assert work["reached"] == here.ids[1:]


def test_a_patch_state_from_before_the_command_counts_nothing(here):
    here.weather.add("patches_fail", ids=here.ids[0], times=1)
    here.send()
    here.account.clock.advance(3600)
    now = here.account.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    here.operation = {**here.of_start(now), "id": "op-2"}
    command = {"RequestedDateTime": here.account.clock.now()}

    found = check_patch_command.unpatched(here.ids, dict.fromkeys(here.ids, command), here.ssm)

    assert found == {}


def test_at_the_end_what_still_runs_is_cancelled_and_has_failed(here):
    here.weather.add("command_hangs", ids=here.ids[0])
    here.send()

    work = here.check(most_rounds=1)

    assert by_error(work) == {here.ids[0]: ("TimedOut", True)}
    assert work["reached"] == here.ids[1:]
    (command,) = here.ssm.list_commands()["Commands"]
    told = here.ssm.get_command_invocation(CommandId=command["CommandId"], InstanceId=here.ids[0])
    assert told["Status"] == "Cancelled"


def test_a_command_that_cannot_be_cancelled_ends_by_itself(here):
    here.weather.add("command_hangs", ids=here.ids[0])
    here.weather.add("error", actions="CancelCommand", code="InvalidCommandId")
    here.send()

    assert by_error(here.check(most_rounds=1)) == {here.ids[0]: ("TimedOut", True)}


def test_whoever_is_terminated_meanwhile_times_out(here):
    here.weather.set(command=60)
    here.send()
    here.ec2.terminate_instances(InstanceIds=here.ids[:1])
    here.account.clock.advance(60)

    work = here.check()
    here.account.clock.advance(600)

    assert (work["reached"], work["acted"]) == (here.ids[1:], here.ids[:1])
    assert by_error(here.check(work)) == {here.ids[0]: ("PatchDeliveryTimedOut", False)}


@pytest.mark.parametrize("call", ["ListCommands", "ListCommandInvocations"])
def test_throttling_is_left_to_the_workflow(here, call):
    here.send()
    here.weather.add("error", actions=call, code="ThrottlingException")

    with pytest.raises(Throttled):
        here.check()


def test_the_function_answers_by_its_schema(here):
    here.send()

    answer = check_patch_command.handler(
        {
            "instances": [planned(one) for one in here.ids],
            "work": acted(here.ids),
            "operation": here.operation,
            "most_rounds": 9,
        },
        None,
    )

    assert answer["work"]["reached"] == here.ids
