"""Each volume of a component gets one copy from its snapshot, in one drill."""

import contextlib

import pytest
from botocore.exceptions import ClientError
from drill_documents import ID, NOW, drill
from volumes import COPY, TAGS, data, make_snapshot, make_volume, point
from weather import ec2_client, weathered

from infra.local.ec2.weather import VOLUME_FAILS, VOLUME_HANGS
from tasks.drills import ledger
from tasks.drills.folders import Folder
from tasks.errors import AccessRefused, NothingToRestore, RestoreFailed, Throttled
from tasks.restore import restore_volumes
from tasks.servers import volumes


@pytest.fixture
def ec2(aws):
    return ec2_client()


@pytest.fixture
def restore(ec2, s3, evidence_bucket, state_table, dynamodb):
    def call(component=None, target=ec2, **changes):
        component, doc = component or data(), drill(**changes)
        step = restore_volumes.Restore(component, doc, ec2, target)
        folder = Folder(doc, component["name"], evidence_bucket, s3)
        return step.go_on(NOW, folder, table=state_table, dynamodb=dynamodb)

    return call


@pytest.fixture
def two(ec2):
    """Two volumes with a snapshot each; the second one is encrypted."""
    ids = [make_volume(ec2), make_volume(ec2, 20, Encrypted=True)]
    for one in ids:
        make_snapshot(ec2, one)
    return sorted(ids)


def test_each_volume_gets_a_copy_from_its_snapshot(ec2, two, restore):
    answer = restore()

    assert [one["source"] for one in answer["copy"]["volumes"]] == two
    for one in answer["copy"]["volumes"]:
        (volume,) = ec2.describe_volumes(VolumeIds=[one["volume"]])["Volumes"]
        assert volume["SnapshotId"] == one["snapshot"]
        assert volume["VolumeType"] == "gp3"
        assert one["copy"] == f"{COPY}-{one['source']}"


def test_they_are_done_and_as_of_their_oldest_snapshot(ec2, restore):
    make_snapshot(ec2, make_volume(ec2), at="2026-11-01T03:00:07Z")
    make_snapshot(ec2, make_volume(ec2), at="2026-11-01T03:00:02Z")

    answer = restore()

    assert (answer["done"], answer["state"]) == (True, "2 available")
    assert answer["newest_record"] == "2026-11-01T03:00:02Z"


def test_a_second_delivery_makes_no_second_copy(ec2, two, restore):
    assert restore() == restore()
    assert len(volumes.made(ID, ec2)) == 2


def test_a_newer_backup_changes_nothing_of_a_drill_under_way(ec2, two, restore):
    first = restore()
    make_snapshot(ec2, two[0], "20261103t030000-1f0c2a9b", "2026-11-03T03:00:00Z")

    assert restore() == first


def test_copies_are_no_volumes_of_the_component(ec2, two, restore):
    restore()
    copy = next(iter(volumes.made(ID, ec2).values()))["VolumeId"]
    ec2.create_tags(Resources=[copy], Tags=[{"Key": "Name", "Value": TAGS["Name"]}])

    assert sorted(volumes.selected(TAGS, ec2)) == two


def test_a_volume_without_a_snapshot_fails_the_drill_before_anything_is_made(ec2, two, restore):
    bare = make_volume(ec2)

    with pytest.raises(NothingToRestore, match=bare):
        restore()
    assert volumes.made(ID, ec2) == {}


def test_a_backup_that_is_named_is_restored(ec2, two, restore):
    old = [make_snapshot(ec2, one, "20261001t030000-00000000") for one in two]

    answer = restore(data(recovery_point=point(id="20261001t030000-00000000")))

    assert [one["snapshot"] for one in answer["copy"]["volumes"]] == old


def test_where_the_volumes_are_gone_their_newest_backup_comes_back(ec2, two, restore):
    for one in two:
        ec2.delete_volume(VolumeId=one)

    answer = restore()

    assert [one["source"] for one in answer["copy"]["volumes"]] == two


def test_a_row_of_the_ledger_is_written_before_each(two, restore, refusing, ec2, dynamodb):
    with pytest.raises(AccessRefused):
        restore(target=refusing(ec2, "create_volume", "UnauthorizedOperation", nth=2))

    rows = ledger.rows(ID, table="daytwo-state", dynamodb=dynamodb)
    assert [(row["kind"], row["name"]) for row in rows] == [
        ("volume", f"{COPY}-{one}") for one in two
    ]


@pytest.mark.parametrize(
    ("code", "error"),
    [("RequestLimitExceeded", Throttled), ("VolumeLimitExceeded", RestoreFailed)],
)
def test_what_ec2_refuses_has_a_name(two, restore, refusing, ec2, code, error):
    with pytest.raises(error):
        restore(target=refusing(ec2, "create_volume", code))


def test_a_volume_that_ec2_could_not_make_fails_the_restore(two, restore, ec2):
    class Broken:
        def __getattr__(self, name):
            return getattr(ec2, name)

        def create_volume(self, **request):
            return {**ec2.create_volume(**request), "State": "error"}

    with pytest.raises(RestoreFailed, match="could not make vol-"):
        restore(target=Broken())


def test_the_call_is_made_with_a_token_that_a_repetition_has_as_well(two, restore, ec2):
    asked = []

    class Deaf:
        """EC2 whose answer never arrives."""

        def __getattr__(self, name):
            return getattr(ec2, name)

        def create_volume(self, **request):
            asked.append(request["ClientToken"])
            raise ClientError({"Error": {"Code": "InternalError", "Message": "no"}}, "CreateVolume")

    for _ in range(2):
        with pytest.raises(Exception, match="no"):
            restore(target=Deaf())
    assert asked[0] == asked[1]


def test_volumes_that_ec2_takes_its_time_for_are_waited_for(two, restore, ec2):
    with weathered() as account:
        account.ec2_weather.set(volume=60)

        early = restore()
        account.clock.advance(60)
        late = restore()

    assert (early["done"], early["state"]) == (False, "2 creating")
    assert (late["done"], late["state"]) == (True, "2 available")


@pytest.mark.parametrize(("fault", "error"), [(VOLUME_FAILS, RestoreFailed), (VOLUME_HANGS, None)])
def test_a_volume_that_does_not_come_is_never_done(two, restore, ec2, fault, error):
    with weathered() as account:
        account.ec2_weather.add(fault)
        restored = contextlib.nullcontext() if error is None else pytest.raises(error)

        with restored:
            assert restore()["done"] is False
            account.clock.advance(3600)
            assert restore()["done"] is False


def test_without_a_source_volume_a_zone_with_a_subnet_is_taken(ec2):
    assert volumes.zone_for(None, drill(), ec2) == "us-east-1a"


def test_the_function_answers_by_its_schema(two, state_table, evidence_bucket):
    answer = restore_volumes.handler({"component": data(), "drill": drill(), "now": NOW}, None)

    assert answer["done"]
