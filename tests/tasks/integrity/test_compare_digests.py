"""A copy is right where its items are the source's as of the recovery point, and nothing else."""

import json

import pytest
from drill_documents import drill
from table_drills import EVIDENCE, TableDrill
from tables import AFTER, COPY, NOW, Digests, failed, item, items_component, key, planned, verdicts
from weather import weathered

from infra.local import dynamodb as dynamodb_part
from tasks.errors import AwsCallFailed
from tasks.integrity import compare_digests

GREEN = {"item count": "PASS", "checksum": "PASS"}
MANY = [item(number) for number in range(600)]


@pytest.fixture
def digests(evidence_bucket, s3, state_table, dynamodb):
    return Digests(evidence_bucket, s3, state_table, dynamodb)


def compare(digests, reference, copy, component=None, **more):
    request = {
        "component": component or items_component(),
        "drill": drill(),
        "reference": reference,
        "copy": copy,
        "now": NOW,
        **more,
    }
    return compare_digests.handler(json.loads(json.dumps(request)), None)


def test_an_equal_copy_is_green_and_tells_its_newest_record(digests):
    answer = compare(digests, *digests.of_both(MANY, MANY[::-1]))

    assert verdicts(answer) == GREEN
    assert answer["newest_record"] == "2026-11-02T01:00:00Z"
    assert answer["copy"]["items"] == 600
    assert answer["copy"]["checksum"] == answer["reference"]["checksum"]


def test_an_empty_copy_of_an_empty_table_is_green(digests):
    answer = compare(digests, *digests.of_both([], []))

    assert verdicts(answer) == GREEN
    assert answer["newest_record"] == ""


@pytest.mark.parametrize(
    ("copy", "kind"),
    [
        ([*MANY[:7], item(7, stars={"N": "9"}), *MANY[8:]], "changed"),
        ([*MANY[:7], *MANY[8:]], "missing"),
        ([*MANY, item(601)], "extra"),
    ],
)
def test_one_item_that_is_not_as_it_should_be_is_named_by_its_hash(digests, copy, kind):
    answer = compare(digests, *digests.of_both(MANY, copy))

    wrong = key(601 if kind == "extra" else 7)
    assert "checksum" in failed(answer)
    assert ("item count" in failed(answer)) == (kind != "changed")
    assert answer["different"][kind] == {"count": 1, "keys": [wrong]}
    (check,) = [one for one in answer["checks"] if one["name"] == "checksum"]
    assert f"1 {kind}: {wrong[:12]}" in check["detail"]


def test_an_emptied_copy_is_red(digests):
    answer = compare(digests, *digests.of_both(MANY, []))

    assert failed(answer) == {"item count", "checksum"}
    assert answer["different"]["missing"]["count"] == 600
    assert len(answer["different"]["missing"]["keys"]) == 20


def test_a_table_under_load_is_green(digests):
    live = [*MANY[:300], *(item(number, AFTER) for number in range(300, 900))]
    answer = compare(digests, *digests.of_both(live, MANY))

    assert verdicts(answer) == GREEN
    assert answer["checks"][0]["tolerance"] == (
        "not compared: 600 changed after the recovery point"
    )


def test_a_copy_of_which_nothing_can_be_compared_is_no_pass(digests):
    live = [item(number, AFTER) for number in range(600)]
    answer = compare(digests, *digests.of_both(live, MANY))

    assert verdicts(answer) == {"item count": "ERROR", "checksum": "ERROR"}
    assert "Every item was changed after the recovery point" in answer["checks"][0]["detail"]


def test_a_corrupted_item_is_found_under_load(digests):
    live = [*MANY[:300], *(item(number, AFTER) for number in range(300, 900))]
    copy = [*MANY[:42], item(42, stars={"N": "77"}), *MANY[43:]]
    answer = compare(digests, *digests.of_both(live, copy))

    assert answer["different"]["changed"]["keys"] == [key(42)]


@pytest.mark.parametrize(("deletes", "verdict"), [(True, "PASS"), (False, "FAIL")])
def test_items_deleted_since_are_excused_where_the_manifest_says_so(digests, deletes, verdict):
    reference, copy = digests.of_both(MANY[5:], MANY)
    answer = compare(digests, reference, copy, component=items_component(deletes=deletes))

    assert verdicts(answer)["checksum"] == verdict
    if deletes:
        assert answer["checks"][0]["tolerance"] == "not compared: 5 deleted since"


def test_items_that_have_expired_are_excused_on_both_sides(digests):
    past, future = ({"until": {"N": str(second)}} for second in (1793000000, 1893000000))
    live = [*MANY, item(901, **past), item(903, **future)]
    copy = [*MANY, item(902, **past), item(903, **future)]
    answer = compare(digests, *digests.of_both(live, copy, ttl_attribute="until"))

    assert verdicts(answer) == GREEN


def test_an_item_that_has_yet_to_expire_is_missed(digests):
    future = {"until": {"N": "1893000000"}}
    answer = compare(
        digests, *digests.of_both([*MANY, item(903, **future)], MANY, ttl_attribute="until")
    )

    assert answer["different"]["missing"]["keys"] == [key(903)]


UNDATED = {"changed_attribute": "", "cut_off": "", "exact": False}


@pytest.mark.parametrize(
    ("again", "said"),
    [
        (None, "It is not known whether the copy or the table has changed"),
        (MANY, "The table was the same before and after the restore"),
        ([*MANY, item(700)], "The table was written to meanwhile"),
    ],
)
def test_where_nothing_tells_what_changed_a_difference_says_what_to_do(digests, again, said):
    reference, copy = digests.of_both(MANY, MANY[1:], **UNDATED)
    second = {} if again is None else digests.take(planned("again", **UNDATED), again)
    answer = compare(digests, reference, copy, again=second)

    assert failed(answer) == {"item count", "checksum"}
    assert said in answer["checks"][1]["detail"]


def test_where_nothing_tells_what_changed_an_equal_copy_is_green(digests):
    assert verdicts(compare(digests, *digests.of_both(MANY, MANY, **UNDATED))) == GREEN


@pytest.mark.parametrize(
    ("expected", "verdict"),
    [([3, 4], "PASS"), ([3], "FAIL"), ([3, 4, 5], "FAIL"), ([3, 5], "FAIL")],
)
def test_a_corruption_is_found_if_just_those_items_differ(digests, expected, verdict):
    before = digests.take(planned("copy", COPY, ""), MANY)
    harmed = [*MANY[:3], item(3, stars={"N": "8"}), *MANY[5:]]
    after = digests.take(planned("corrupted", COPY, ""), harmed)
    answer = compare(
        digests,
        before,
        after,
        purpose="corruption",
        expected_keys=[key(number) for number in expected],
    )

    assert verdicts(answer) == {"corruption found": verdict}
    assert answer["newest_record"] == ""


def test_the_second_restore_has_checks_of_its_own(digests):
    before = digests.take(planned("copy", COPY, ""), MANY)
    second = digests.take(planned("second", f"{COPY}-2", ""), MANY)
    answer = compare(digests, before, second, purpose="second_restore")

    assert verdicts(answer) == {
        "item count after the corruption": "PASS",
        "checksum after the corruption": "PASS",
    }


def test_a_segment_that_nobody_read_breaks_the_check(digests):
    reference = digests.take(planned(), MANY)

    with pytest.raises(AwsCallFailed, match="was not read to its end"):
        compare(digests, reference, planned("copy", COPY, ""))


def test_the_comparison_is_in_the_evidence(digests, s3):
    compare(digests, *digests.of_both(MANY, MANY))

    kept = s3.get_object(
        Bucket=digests.store.bucket, Key="drills/monthly-1/items/copy/comparison.json"
    )
    compared = json.loads(kept["Body"].read())["compared"]
    assert compared["expected"] == compared["observed"]
    assert compared["expected"]["items"] == 600


@pytest.mark.parametrize("harmed", [54_321])
def test_a_single_corrupted_item_in_a_hundred_thousand_is_found(digests, harmed):
    source = [item(number) for number in range(100_000)]
    reference = digests.take(planned(), source)
    source[harmed] = item(harmed, stars={"N": "99"})
    copy = digests.take(planned("copy", COPY, ""), source)
    answer = compare(digests, reference, copy)

    assert verdicts(answer) == {"item count": "PASS", "checksum": "FAIL"}
    assert answer["different"]["changed"] == {"count": 1, "keys": [key(harmed)]}


@pytest.fixture
def table():
    with weathered(dynamodb_part) as account:
        yield TableDrill(account)


def test_a_restored_table_is_green(table):
    table.source(items=50)
    table.write(3, 70, 71)

    assert verdicts(table.checked()) == GREEN


@pytest.mark.parametrize("fault", ["corrupted", "truncated"])
def test_a_restore_that_went_wrong_is_red(table, fault):
    table.weather.add(fault)
    table.source(items=50)

    assert "checksum" in failed(table.checked())


def test_a_stale_restore_is_red(table):
    table.source(items=50)
    table.wait(3600)
    table.write(1, 2)
    table.wait(120)
    table.point(at=table.now())
    table.weather.set(stale_seconds=1800)
    table.weather.add("stale")

    answer = table.checked()
    assert verdicts(answer) == {"item count": "PASS", "checksum": "FAIL"}


def test_a_backup_is_compared_with_its_manifest_though_the_source_is_gone(table):
    table.source(items=20)
    made = table.aws.create_backup(TableName=table.component["resource"], BackupName="weekly")
    digest = table.digest("reference")
    manifest = "backups/feedback/prod/1/items/manifest.json"
    table.s3.put_object(Bucket=EVIDENCE, Key=manifest, Body=json.dumps({"digest": digest}).encode())
    table.aws.delete_table(TableName=table.component["resource"])
    table.point(
        kind="backup", id=made["BackupDetails"]["BackupArn"], at=table.now(), manifest_key=manifest
    )

    assert verdicts(table.checked()) == GREEN
