"""The copy of a volume is gone when EC2 lists it no more and it cannot be late either."""

import pytest
from drill_documents import ID, NOW, OWN, PLANNED_AT
from volumes import make_volume
from weather import ec2_client, weathered

from tasks.drills import copies, ledger
from tasks.errors import AccessRefused, NotACopy
from tasks.restore import remove_volume
from tasks.servers import volumes

COPY = "drill-1f0c2a9b-data-vol-1"


@pytest.fixture
def ec2(aws):
    return ec2_client()


@pytest.fixture
def copy(ec2):
    return make_volume(ec2, tags=copies.values(copies.tags(ID, COPY)))


@pytest.fixture
def row(state_table, dynamodb):
    return ledger.plan(
        ID,
        "volume",
        COPY,
        component="data",
        target=OWN,
        now=PLANNED_AT,
        table=state_table,
        dynamodb=dynamodb,
    )


@pytest.fixture
def remove(ec2, row, state_table, dynamodb):
    def call(client=ec2, now=NOW, **changes):
        return remove_volume.remove({**row, **changes}, now, client, state_table, dynamodb)

    return call


def test_it_is_deleted_and_then_seen_to_be_gone(copy, remove, state_table, dynamodb):
    first, second = remove(), remove()

    (row,) = ledger.rows(ID, table=state_table, dynamodb=dynamodb)
    assert (first["done"], first["state"]) == (False, "available")
    assert (second["done"], row["status"], row["proof"]) == (True, "gone", second["proof"])


def test_what_was_planned_and_never_made_is_gone_when_it_cannot_be_late(remove):
    early, later = remove(now="2026-11-02T03:01:00Z"), remove()

    assert (early["done"], early["state"]) == (False, "not seen yet")
    assert later["done"]


def test_other_volumes_stay(ec2, copy, remove):
    make_volume(ec2)
    other = {**copies.values(copies.tags("monthly-2", COPY))}
    make_volume(ec2, tags=other)

    remove()

    assert len(ec2.describe_volumes()["Volumes"]) == 2
    assert set(volumes.made("monthly-2", ec2)) == {COPY}


def test_a_volume_that_is_attached_is_not_gone(copy, remove, refusing, ec2):
    assert remove(refusing(ec2, "delete_volume", "VolumeInUse"))["done"] is False
    assert set(volumes.made(ID, ec2)) == {COPY}


def test_a_volume_that_is_being_made_is_waited_for(row, remove, refusing, ec2):
    with weathered() as account:
        account.ec2_weather.set(volume=60)
        make_volume(ec2, tags=copies.values(copies.tags(ID, COPY)))

        answer = remove(refusing(ec2, "delete_volume", "IncorrectState"))

    assert (answer["done"], answer["state"]) == (False, "creating")


def test_a_deletion_that_is_refused_is_told(copy, remove, refusing, ec2):
    with pytest.raises(AccessRefused):
        remove(refusing(ec2, "delete_volume", "UnauthorizedOperation"))


def test_a_name_that_is_no_copys_is_refused(remove):
    with pytest.raises(NotACopy):
        remove(name="feedback-prod-data")


def test_the_function_answers_by_its_schema(copy, row):
    assert remove_volume.handler({"row": row, "now": NOW}, None)["done"] is False
