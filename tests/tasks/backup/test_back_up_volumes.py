"""Each volume of a component gets one snapshot for each backup."""

import pytest
from backups import NOW, backup, component
from volumes import make_volume
from weather import ec2_client

from tasks.backup import back_up_volumes
from tasks.errors import BackupFailed, Throttled

TAGS = {"Name": "shop-prod-data"}
DISKS = component("disks", "ebs_volumes", config={"tags": TAGS})


@pytest.fixture
def ec2(aws):
    return ec2_client()


@pytest.fixture
def back_up(ec2):
    def call(client=ec2, **fields):
        return back_up_volumes.back_up(backup(**fields), DISKS, NOW, client)

    return call


def taken(ec2):
    ours = [{"Name": "tag-key", "Values": ["daytwo:backup"]}]
    return ec2.describe_snapshots(Filters=ours)["Snapshots"]


def test_each_volume_gets_a_snapshot_that_names_it(ec2, back_up):
    ids = sorted(make_volume(ec2, tags=TAGS) for _ in range(2))
    make_volume(ec2, tags={"Name": "other"})

    answer = back_up()

    assert [one["resource"] for one in answer["points"]] == ids
    assert {one["at"] for one in answer["points"]} == {NOW}
    assert {one["id"] for one in answer["points"]} == {one["SnapshotId"] for one in taken(ec2)}


def test_it_is_done_when_all_are_complete(ec2, back_up):
    make_volume(ec2, tags=TAGS)

    answer = back_up()

    assert (answer["done"], answer["state"]) == (True, "1 of 1 done")


def test_a_second_delivery_takes_no_second_snapshot(ec2, back_up):
    make_volume(ec2, tags=TAGS)

    assert back_up()["points"] == back_up()["points"]
    assert len(taken(ec2)) == 1


def test_a_later_backup_takes_its_own(ec2, back_up):
    make_volume(ec2, tags=TAGS)
    back_up()
    back_up(identifier="20261109t030000-0000000b")

    assert len(taken(ec2)) == 2


def test_copies_of_drills_are_not_backed_up(ec2, back_up):
    make_volume(ec2, tags={**TAGS, "daytwo:drill": "monthly-1"})

    with pytest.raises(BackupFailed, match="No volume has the tags of the component disks"):
        back_up()


def test_a_snapshot_in_error_fails_the_backup(ec2, back_up):
    volume = make_volume(ec2, tags=TAGS)

    class Broken:
        def __getattr__(self, name):
            return getattr(ec2, name)

        def create_snapshot(self, **request):
            return {
                **ec2.create_snapshot(**request),
                "State": "error",
                "StateMessage": "Given key ID is not accessible",
            }

    with pytest.raises(BackupFailed, match=f"of {volume} failed: Given key"):
        back_up(Broken())


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("SnapshotCreationPerVolumeRateExceeded", Throttled),
        ("SnapshotLimitExceeded", BackupFailed),
    ],
)
def test_what_ec2_refuses_has_a_name(ec2, back_up, refusing, code, error):
    make_volume(ec2, tags=TAGS)

    with pytest.raises(error):
        back_up(refusing(ec2, "create_snapshot", code))


def test_the_function_answers_by_its_schema(ec2):
    make_volume(ec2, tags=TAGS)
    request = {"backup": backup(), "component": DISKS, "now": "2026-11-02T03:10:00.123Z"}

    assert back_up_volumes.handler(request, None)["points"][0]["at"] == NOW
