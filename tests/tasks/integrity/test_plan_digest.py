"""A digest says which table is read and up to which moment; a manifest spares the source."""

import json

import pytest
from backups import backup
from backups import component as backed_up
from drill_documents import drill
from tables import COPY, CUT_OFF, NOW, SOURCE, items_component

from tasks.errors import NotACopy, NothingToRestore
from tasks.integrities.documents import Store
from tasks.integrity import plan_digest

MANIFEST = "backups/feedback/prod/20261102t030000-0000000a/items/manifest.json"


@pytest.fixture
def tables(dynamodb):
    for name in (SOURCE, COPY, "shop-prod-orders"):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[
                {"AttributeName": "when", "KeyType": "RANGE"},
                {"AttributeName": "who", "KeyType": "HASH"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "who", "AttributeType": "S"},
                {"AttributeName": "when", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
    return dynamodb


def plan(component, name="reference", **more):
    request = {"component": component, "drill": drill(), "name": name, "now": NOW, **more}
    return plan_digest.handler(request, None)


def point(component, **changes):
    return {**component, "recovery_point": {**component["recovery_point"], **changes}}


def test_the_source_is_read_up_to_the_recovery_point(tables, evidence_bucket):
    found = plan(items_component(segments=3))

    assert found["segments"] == [0, 1, 2]
    digest = found["digest"]
    assert (digest["table"], digest["cut_off"], digest["exact"]) == (SOURCE, CUT_OFF, True)
    assert digest["keys"] == ["who", "when"]
    assert digest["folder"] == "drills/monthly-1/items/reference"


@pytest.mark.parametrize("name", ["copy", "corrupted", "second"])
def test_a_copy_is_read_whole(tables, evidence_bucket, name):
    digest = plan(items_component(), name)["digest"]

    assert (digest["table"], digest["cut_off"], digest["exact"]) == (COPY, "", True)
    assert digest["folder"].endswith(f"/{name}")
    assert digest["consistent"]


def test_without_an_attribute_that_tells_when_it_is_not_exact(tables, evidence_bucket):
    digest = plan(items_component(changed_attribute=""))["digest"]

    assert (digest["cut_off"], digest["exact"]) == ("", False)


@pytest.mark.parametrize(
    ("name", "changed", "manifest", "again"),
    [
        ("copy", "", "", True),
        ("copy", "changed_at", "", False),
        ("copy", "", MANIFEST, False),
        ("second", "", "", False),
    ],
)
def test_the_source_is_read_again_where_nothing_tells_what_was_written(
    tables, evidence_bucket, name, changed, manifest, again
):
    component = point(items_component(changed_attribute=changed), manifest_key=manifest)

    assert plan(component, name)["again"] is again


def test_the_attribute_by_which_items_expire_is_known(tables, evidence_bucket):
    tables.update_time_to_live(
        TableName=SOURCE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )

    assert plan(items_component())["digest"]["ttl_attribute"] == "until"
    assert plan(items_component(), "copy")["digest"]["ttl_attribute"] == ""


def test_a_manifest_is_the_reference_and_nothing_is_read(tables, evidence_bucket, s3):
    digest = plan(items_component())["digest"]
    taken = {**digest, "name": "digest", "folder": "backups/feedback/prod/1/items/digest"}
    s3.put_object(Bucket=evidence_bucket, Key=MANIFEST, Body=json.dumps({"digest": taken}).encode())

    found = plan(point(items_component(), manifest_key=MANIFEST))

    assert found["segments"] == []
    assert found["digest"] == {**taken, "name": "reference"}


@pytest.mark.parametrize(
    ("body", "said"), [(None, "is gone"), (b'{"digest": {}}', "has no digest of the table")]
)
def test_a_manifest_that_says_nothing_is_no_reference(tables, evidence_bucket, s3, body, said):
    if body:
        s3.put_object(Bucket=evidence_bucket, Key=MANIFEST, Body=body)

    with pytest.raises(NothingToRestore, match=said):
        plan(point(items_component(), manifest_key=MANIFEST))


def test_the_digest_of_a_backup_is_kept_with_it(tables, evidence_bucket):
    request = {"component": backed_up(), "backup": backup(), "name": "digest", "now": NOW}
    digest = plan_digest.handler({**request, "cut_off": CUT_OFF}, None)["digest"]

    assert digest["folder"] == "backups/shop/prod/20261102t030000-0000000a/orders/digest"
    assert digest["table"] == "shop-prod-orders"
    assert not digest["exact"]  # this table does not tell when an item was changed


def test_a_table_that_is_not_there_is_told(tables, evidence_bucket):
    with pytest.raises(NothingToRestore, match="no table feedback-prod-gone"):
        plan({**items_component(), "resource": "feedback-prod-gone"})


def test_a_copy_that_is_none_is_refused(tables, evidence_bucket):
    with pytest.raises(NotACopy):
        plan_digest.plan(
            {
                "component": {**items_component(), "copy": SOURCE},
                "drill": drill(),
                "backup": {},
                "name": "copy",
                "cut_off": "",
                "now": NOW,
            },
            lambda *_: tables,
            Store("daytwo-evidence", None),
        )
