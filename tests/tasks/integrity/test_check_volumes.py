"""The copies of volumes pass where each is there, of its snapshot, as large, as safe, as fast."""

import pytest
from drill_documents import ID, NOW, drill
from volumes import COPY, data, make_snapshot, make_volume, tagged
from weather import ec2_client

from tasks.drills import copies
from tasks.drills.folders import Folder
from tasks.integrity import check_volumes
from tasks.restore import restore_volumes


@pytest.fixture
def ec2(aws):
    return ec2_client()


@pytest.fixture
def volume(ec2):
    made = make_volume(ec2, 20, Encrypted=True, Iops=4000)
    make_snapshot(ec2, made)
    return made


@pytest.fixture
def copy(ec2, volume, s3, evidence_bucket, state_table, dynamodb):
    """Restore the component, and give the step's answer's copy."""
    step = restore_volumes.Restore(data(), drill(), ec2, ec2)
    folder = Folder(drill(), "data", evidence_bucket, s3)
    return step.go_on(NOW, folder, table=state_table, dynamodb=dynamodb)["copy"]


@pytest.fixture
def check(ec2):
    def call(copy):
        request = {"component": data(), "drill": drill(), "now": NOW, "copy": copy}
        return check_volumes.check(request, ec2, ec2)

    return call


@pytest.fixture
def swap(ec2, copy):
    """Put another volume in the copy's place."""

    def call(**settings):
        (one,) = copy["volumes"]
        ec2.delete_volume(VolumeId=one["volume"])
        made = {"AvailabilityZone": "us-east-1a", "SnapshotId": one["snapshot"]} | settings
        marks = copies.values(copies.tags(ID, one["copy"]))
        ec2.create_volume(**made, TagSpecifications=tagged("volume", marks))

    return call


def failed(answer):
    return {one["name"] for one in answer["checks"] if one["verdict"] != "PASS"}


def test_true_copies_pass(copy, check):
    answer = check(copy)

    assert failed(answer) == set()
    assert len(answer["checks"]) == 7
    assert answer["newest_record"] == "2026-11-01T03:00:00Z"


def test_a_copy_that_is_gone_fails_everything_that_is_asked_of_it(ec2, copy, check):
    ec2.delete_volume(VolumeId=copy["volumes"][0]["volume"])

    assert failed(check(copy)) >= {"status", "snapshot", "size"}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"VolumeType": "gp2"}, {"type and speed"}),
        ({"VolumeType": "gp3", "Iops": 3000}, {"type and speed"}),
        ({"VolumeType": "gp3", "Iops": 4000}, set()),
    ],
)
def test_a_copy_that_is_slower_than_its_source_fails(swap, copy, check, settings, expected):
    swap(**settings)

    assert failed(check(copy)) == expected


def test_a_copy_from_another_snapshot_fails(ec2, volume, swap, copy, check):
    swap(SnapshotId=make_snapshot(ec2, volume), VolumeType="gp3", Iops=4000)

    assert failed(check(copy)) == {"snapshot"}


def test_a_volume_without_a_copy_fails_the_coverage_and_is_named(ec2, copy, check):
    bare = make_volume(ec2)

    (check_of_all,) = (one for one in check(copy)["checks"] if one["name"] == "coverage")

    assert (check_of_all["verdict"], check_of_all["detail"]) == ("FAIL", bare)


@pytest.mark.parametrize(
    ("copied", "of", "near", "good"),
    [
        ({"Encrypted": True, "KmsKeyId": "a"}, {"Encrypted": True, "KmsKeyId": "a"}, True, True),
        ({"Encrypted": True, "KmsKeyId": "b"}, {"Encrypted": True, "KmsKeyId": "a"}, True, False),
        ({"Encrypted": True, "KmsKeyId": "b"}, {"Encrypted": True, "KmsKeyId": "a"}, False, True),
        ({"Encrypted": False}, {"Encrypted": True, "KmsKeyId": "a"}, False, False),
        ({"Encrypted": True, "KmsKeyId": "a"}, {"Encrypted": False}, True, True),
        ({}, {}, True, True),
    ],
)
def test_a_copy_is_never_less_encrypted_and_near_has_the_same_key(copied, of, near, good):
    assert check_volumes.same_key(copied, of, near) is good


def test_the_function_answers_by_its_schema(copy):
    request = {"component": data(), "drill": drill(), "now": NOW, "copy": copy}

    answer = check_volumes.handler(request, None)

    assert {one["name"] for one in answer["checks"]} >= {"volumes", "coverage"}
    assert copy["volumes"][0]["copy"].startswith(COPY)
