"""The shape, the samples and the news of a restored table, each looked at by itself."""

import json

import pytest
from table_drills import EVIDENCE, INDEX, TableDrill
from tables import COPY, SOURCE, failed, item, key, verdicts
from weather import weathered

from infra.local import dynamodb
from tasks.backup import back_up_table
from tasks.backups import sentinels
from tasks.errors import NothingToRestore
from tasks.integrity import check_table
from tasks.tables import samples

ALWAYS = {"recovery point": "PASS", "key schema": "PASS", "index schema": "PASS"}
SENTINEL = {"id": {"S": "daytwo-sentinel"}}


@pytest.fixture
def drilled():
    """Make a drill of a table with such a configuration: drilled(samples=3)."""
    with weathered(dynamodb) as account:
        yield lambda **config: TableDrill(account, **config)


def named(answer, name):
    (found,) = [check for check in answer["checks"] if check["name"] == name]
    return found


def beat(table):
    entry = sentinels.item({**table.component["config"], "sentinel": SENTINEL}, table.now())
    table.aws.put_item(TableName=SOURCE, Item=entry)


def test_a_good_copy_is_green(drilled):
    table = drilled(samples=5)
    table.source(items=20, GlobalSecondaryIndexes=[INDEX])

    answer = table.looked_at()

    assert verdicts(answer) == {**ALWAYS, "sample reads": "PASS"}
    assert named(answer, "sample reads")["observed"] == "5 of 5 are the same"
    assert named(answer, "index schema")["expected"] == "by-text global by text with ALL"


def test_an_empty_copy_of_an_empty_table_is_green(drilled):
    table = drilled(samples=5, freshest_seconds=60)
    table.source(items=0)

    answer = table.looked_at()

    assert verdicts(answer) == {**ALWAYS, "sample reads": "PASS", "freshness": "PASS"}
    assert answer["newest_record"] == ""


def test_a_missing_index_is_red(drilled):
    table = drilled(samples=0)
    table.weather.add("setting_lost", types="index")
    table.source(GlobalSecondaryIndexes=[INDEX])

    answer = table.looked_at()

    assert failed(answer) == {"index schema"}
    assert named(answer, "index schema")["detail"] == "by-text is missing"


def test_an_index_that_cannot_be_read_is_red(drilled):
    table = drilled(samples=0)
    table.source(GlobalSecondaryIndexes=[INDEX])
    reference = table.digest("reference")
    table.restored()
    copy = table.digest("copy")

    class Backfilling:
        def __getattr__(self, name):
            return getattr(table.aws, name)

        def describe_table(self, **request):
            found = table.aws.describe_table(**request)
            if request["TableName"] == COPY:
                found["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"] = "CREATING"
            return found

    request = {
        "component": table.component,
        "drill": table.drill,
        "reference": reference,
        "copy_digest": copy,
        "now": table.now(),
    }
    answer = check_table.check(request, table.aws, Backfilling(), table.store)

    assert failed(answer) == {"index schema"}
    assert "by-text is CREATING" in named(answer, "index schema")["detail"]


def test_samples_find_what_is_not_the_same(drilled):
    table = drilled(samples=10)
    table.source(items=10)
    reference = table.digest("reference")
    table.restored()
    copy = table.digest("copy")
    table.aws.put_item(TableName=COPY, Item=item(4, stars={"N": "99"}))

    found = named(table.check(reference, copy), "sample reads")

    assert found["verdict"] == "FAIL"
    assert found["observed"] == "9 of 10 are the same"
    assert key(4)[:12] in found["detail"]


def test_samples_that_were_changed_since_are_passed_over(drilled):
    table = drilled(samples=8)
    table.source(items=10)
    table.write(0, 1, 2, 3)

    found = named(table.looked_at(), "sample reads")

    assert (found["verdict"], found["observed"]) == ("PASS", "6 of 6 are the same")
    assert found["tolerance"] == "passed over: 4 changed since or expired"


def test_samples_that_nobody_could_choose_are_no_pass(drilled, monkeypatch):
    table = drilled(samples=8)
    table.source(10)
    monkeypatch.setattr(samples, "chosen", lambda *_: [])

    assert named(table.looked_at(), "sample reads")["verdict"] == "ERROR"


def test_samples_of_which_none_can_be_compared_are_no_pass(drilled):
    table = drilled(samples=8)
    table.source(items=10)
    table.write(*range(10))

    assert named(table.looked_at(), "sample reads")["verdict"] == "ERROR"


@pytest.mark.parametrize(("deletes", "verdict"), [(True, "PASS"), (False, "FAIL")])
def test_a_sample_that_was_deleted_since_is_excused_where_the_manifest_says_so(
    drilled, deletes, verdict
):
    table = drilled(samples=10, deletes=deletes)
    table.source(items=10)
    table.aws.delete_item(TableName=SOURCE, Key={"id": {"S": "item-3"}})

    assert named(table.looked_at(), "sample reads")["verdict"] == verdict


def test_anybody_chooses_the_same_samples(drilled):
    table = drilled(samples=3)
    table.source(items=30)
    reference = table.digest("reference")
    table.restored()
    copy = table.digest("copy")

    assert table.check(reference, copy) == table.check(reference, copy)


@pytest.mark.parametrize(("most", "verdict"), [(300, "PASS"), (60, "FAIL")])
def test_the_newest_item_has_to_be_new_enough(drilled, most, verdict):
    table = drilled(samples=0, freshest_seconds=most)
    table.source(items=3)  # which were written 120 s before the recovery point

    answer = table.looked_at()

    assert named(answer, "freshness")["verdict"] == verdict
    assert named(answer, "freshness")["observed"] == "120 s before"
    assert answer["newest_record"] < table.component["recovery_point"]["at"]


def test_the_sentinel_tells_how_new_a_quiet_table_is(drilled):
    table = drilled(samples=0, sentinel=SENTINEL)
    table.source(items=3)
    table.wait(86_400)
    beat(table)
    written = table.now()
    table.wait(60)
    table.point(at=table.now())
    table.wait(5)

    answer = table.looked_at()

    assert named(answer, "sentinel")["verdict"] == "PASS"
    assert answer["newest_record"] == written


@pytest.mark.parametrize("written", [True, False])
def test_an_old_or_missing_sentinel_is_red(drilled, written):
    table = drilled(samples=0, sentinel=SENTINEL)
    table.source(items=3)
    if written:
        beat(table)
    table.wait(3600)
    table.point(at=table.now())
    table.wait(5)

    found = named(table.looked_at(), "sentinel")

    assert found["verdict"] == "FAIL"
    assert found["observed"].endswith("s before" if written else "there is none")


def test_a_sentinel_whose_moment_was_corrupted_is_red_and_tells_nothing(drilled):
    table = drilled(samples=0, sentinel=SENTINEL)
    table.source(items=3)
    table.aws.put_item(
        TableName=SOURCE, Item={**SENTINEL, sentinels.MARK: {"S": f"{table.now()}~"}}
    )
    table.wait(60)
    table.point(at=table.now())
    table.wait(5)

    found = named(table.looked_at(), "sentinel")

    assert (found["verdict"], found["observed"]) == ("FAIL", "its moment cannot be read")


def test_a_copy_as_of_another_moment_is_red(drilled):
    table = drilled(samples=0)
    table.source(items=3)
    reference = table.digest("reference")
    table.restored()
    copy = table.digest("copy")
    table.point(at=table.now())

    assert failed(table.check(reference, copy)) == {"recovery point"}


def test_a_backup_is_judged_by_its_manifest_though_the_source_is_gone(drilled):
    table = drilled(samples=5)
    table.source(items=20, GlobalSecondaryIndexes=[INDEX])
    made = table.aws.create_backup(TableName=SOURCE, BackupName="weekly")["BackupDetails"]
    digest = table.digest("reference")
    for entry in table.s3.list_objects_v2(Bucket=EVIDENCE)["Contents"]:
        table.s3.copy_object(
            Bucket=EVIDENCE,
            Key=entry["Key"].replace("drills/", "backups/", 1),
            CopySource={"Bucket": EVIDENCE, "Key": entry["Key"]},
        )
    digest = {**digest, "folder": digest["folder"].replace("drills/", "backups/", 1)}
    described = table.aws.describe_table(TableName=SOURCE)["Table"]
    manifest = {"digest": digest, "detail": {"schema": back_up_table.schema_of(described)}}
    place = "backups/feedback/prod/1/items/manifest.json"
    table.s3.put_object(Bucket=EVIDENCE, Key=place, Body=json.dumps(manifest).encode())
    table.aws.delete_table(TableName=SOURCE)
    table.point(kind="backup", id=made["BackupArn"], at=table.now(), manifest_key=place)

    answer = table.looked_at()

    assert verdicts(answer) == {
        "key schema": "PASS",
        "index schema": "PASS",
        "sample reads": "PASS",
    }
    table.aws.put_item(TableName=COPY, Item=item(4, stars={"N": "99"}))
    table.component["config"]["samples"] = 20
    again = table.check(table.digest("reference"), table.digest("copy"))
    assert failed(again) == {"sample reads"}


def test_nothing_to_compare_with_is_told(drilled):
    table = drilled(samples=0)
    table.source(items=1)
    reference = table.digest("reference")
    table.restored()
    copy = table.digest("copy")
    table.aws.delete_table(TableName=SOURCE)

    with pytest.raises(NothingToRestore, match=f"no table {SOURCE}, and no manifest"):
        table.check(reference, copy)
