"""Whoever may be changed gets its root volume back, once; nobody else is touched."""

import pytest
from batches import failed
from patients import patients

from tasks.ec2 import check_root_volumes, replace_root_volumes
from tasks.errors import Throttled
from tasks.fleets import fleet


@pytest.fixture
def here(monkeypatch):
    with patients(monkeypatch) as here:
        here.snapshot()
        here.before = here.planned()
        yield here


def replaced(here):
    found = here.ec2.describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"]
    return sorted(one["InstanceId"] for one in found)


def some_failed(here):
    """Give the work in which the first was changed, the second was not, the third is patched."""
    first, second, third = here.ids
    work = fleet.fail(fleet.begin(here.ids), {first: ("PatchFailed", "no")}, changed=True)
    work = fleet.fail(work, {second: ("NotManaged", "no")}, changed=False)
    return fleet.reach(work, [third])


def test_only_whoever_may_be_changed_is_put_back(here):
    work = here.put_back(some_failed(here), here.before)

    assert replaced(here) == here.ids[:1]
    assert (work["done"], work["rounds"], work["reached"]) == (False, 0, here.ids[2:])


def test_where_nobody_is_changed_it_is_done_without_a_call(here):
    work = here.put_back(failed(here.ids, changed=False), here.before, client=None)

    assert work == {**failed(here.ids, changed=False), "done": True}
    assert replaced(here) == []


def test_the_volume_is_another_made_from_the_snapshot_and_the_old_one_is_kept(here):
    one = here.ids[0]
    before = here.root(one)

    work = here.look_back(here.put_back(some_failed(here), here.before))

    assert here.root(one) != before
    assert here.ec2.describe_volumes(VolumeIds=[before])["Volumes"]
    (changed, unchanged) = work["failed"]
    assert (changed["instance_id"], changed["changed"]) == (one, False)
    assert changed["reason"] == f"no {check_root_volumes.PUT_BACK}"
    assert unchanged["reason"] == "no"
    assert work["done"] is True


def test_a_second_delivery_replaces_nothing_again(here):
    here.ec2_weather.set(root_volume=60)
    here.put_back(some_failed(here), here.before)

    work = here.put_back(some_failed(here), here.before)

    assert replaced(here) == here.ids[:1]
    assert work["done"] is False


def test_it_is_done_when_ec2_is(here):
    here.ec2_weather.set(root_volume=60)
    first = here.look_back(here.put_back(some_failed(here), here.before))
    here.account.clock.advance(61)
    second = here.look_back(here.put_back(first, here.before))

    assert [work["done"] for work in (first, second)] == [False, True]
    assert [work["failed"][0]["changed"] for work in (first, second)] == [True, False]
    assert second["rounds"] == 2


def test_a_replacement_that_fails_leaves_the_instance_changed(here):
    here.ec2_weather.add("root_volume_fails", ids=here.ids[0])

    work = here.look_back(here.put_back(some_failed(here), here.before))

    assert work["done"] is True
    assert work["failed"][0]["changed"] is True
    assert "could not be put back" in work["failed"][0]["reason"]


def test_a_replacement_that_takes_too_long_is_told_and_leaves_the_instance_changed(here):
    here.ec2_weather.set(root_volume=6000)

    work = here.look_back(here.put_back(some_failed(here), here.before), most_rounds=1)

    assert (work["done"], work["failed"][0]["changed"]) == (True, True)
    assert "not put back in time" in work["failed"][0]["reason"]


def test_without_a_snapshot_of_the_root_volume_a_person_is_told(here):
    strange = [{**one, "root_volume": "vol-0123456789abcdef0"} for one in here.before]

    work = here.put_back(some_failed(here), strange)

    assert replaced(here) == []
    assert (work["done"], work["failed"][0]["changed"]) == (True, True)
    assert "no complete snapshot" in work["failed"][0]["reason"]


def test_what_ec2_refuses_is_told_and_keeps_the_others_from_nothing(here):
    here.ec2.stop_instances(InstanceIds=here.ids[:1])

    work = here.put_back(failed(here.ids), here.before)

    assert replaced(here) == sorted(here.ids[1:])
    assert "[IncorrectInstanceState]" in work["failed"][0]["reason"]
    assert work["done"] is False


def test_throttling_half_way_is_left_to_the_workflow_and_all_are_put_back(here, refusing):
    throttled = refusing(here.ec2, "create_replace_root_volume_task", "RequestLimitExceeded", nth=2)
    with pytest.raises(Throttled):
        here.put_back(failed(here.ids), here.before, throttled)

    here.put_back(failed(here.ids), here.before)

    assert replaced(here) == sorted(here.ids)


def test_a_reason_that_is_long_already_still_says_what_became_of_the_volume(here):
    work = fleet.fail(
        fleet.begin(here.ids[:1]), {here.ids[0]: ("PatchFailed", "x" * 600)}, changed=True
    )

    work = here.look_back(here.put_back(work, here.before))

    reason = work["failed"][0]["reason"]
    assert len(reason) <= 600
    assert reason.endswith(f"… {check_root_volumes.PUT_BACK}")


def test_the_functions_answer_by_their_schemas(here):
    document = {"instances": here.before, "operation": here.operation}
    work = some_failed(here)

    begun = replace_root_volumes.handler({**document, "work": work, "retry_count": 0}, None)
    ended = check_root_volumes.handler({**document, **begun, "most_rounds": 9}, None)

    assert ended["work"]["done"] is True
