"""Every step on a table works with the rights that it declares, and no more."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from backups import backup
from botocore.exceptions import ClientError
from drill_documents import drill
from rights import REGION, STATE
from table_drills import RICH, create_table, enrich
from tables import COPY, SOURCE, item, items_component, verdicts

from infra.local.controls import Controls
from tasks.drills import ledger
from tasks.restore import match_table, remove_table, restore_table
from tasks.runtime import iso
from tasks.scenario import corrupt_items
from tasks.tables.settings import Clients

DRILL = drill()
SETTINGS = {
    "time to live",
    "stream",
    "tags",
    "alarm too-many-errors",
    "auto scaling dynamodb:table:ReadCapacityUnits",
    "point-in-time recovery",
    "deletion protection",
    "resource policy",
}


class Chain:
    """The steps of one table, each run as its own role until it is done."""

    def __init__(self, house, run):
        self.house, self.run = house, run
        self.dynamodb = house.client("dynamodb")
        keys = {
            "aws_access_key_id": house.keys["AccessKeyId"],
            "aws_secret_access_key": house.keys["SecretAccessKey"],
        }
        Controls(house.endpoint, REGION, keys).set("dynamodb", latest_seconds=0)
        self.component = {**items_component(samples=5), "options": {"corrupt_items": 3}}
        self.drill = DRILL

    def step(self, task, **more):
        for _ in range(100):
            now = {"now": iso()}
            answer = self.run(
                task, {"component": self.component, "drill": self.drill, **now, **more}
            )
            if answer.get("done", True):
                return answer
            time.sleep(0.1)
        raise AssertionError(f"{task} did not get on: {answer}")

    def digest(self, name):
        planned = self.step("integrity.plan_digest", name=name)
        for number in planned["segments"]:
            request = {"digest": planned["digest"], "segment": number, "drill": self.drill}
            assert self.run("integrity.digest_segment", {**request, "now": iso()})["done"]
        return planned["digest"]

    def compare(self, reference, copy, **more):
        answer = self.step("integrity.compare_digests", reference=reference, copy=copy, **more)
        return verdicts(answer)

    def restore(self, at="", **changes):
        """Restore as of a moment, the latest without one."""
        point = {"kind": "pitr", "id": "", "at": at, "manifest_key": ""}
        self.component = {**self.component, "recovery_point": point, **changes}
        return self.step("restore.restore_table")

    def remove(self):
        """Remove all that the ledger has, long after it was written; gives the rows."""
        later = iso(datetime.now(UTC) + timedelta(hours=1))
        for row in ledger.rows(DRILL["id"], table=STATE, dynamodb=self.dynamodb):
            for _ in range(100):
                if self.run("restore.remove_table", {"row": row, "now": later})["done"]:
                    break
                time.sleep(0.1)
        return ledger.rows(DRILL["id"], table=STATE, dynamodb=self.dynamodb)


@pytest.fixture(scope="module")
def table(house, run):
    made = Chain(house, run)
    create_table(made.dynamodb, **RICH)
    services = ("dynamodb", "cloudwatch", "application-autoscaling")
    enrich(Clients(*map(house.client, services)))
    for number in range(40):
        made.dynamodb.put_item(TableName=SOURCE, Item=item(number))
    made.dynamodb.update_continuous_backups(
        TableName=SOURCE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    return made


def test_a_table_is_restored_matched_checked_corrupted_and_removed(table):
    time.sleep(1)
    at = iso()
    table.component = {
        **table.component,
        "recovery_point": {"kind": "pitr", "id": "", "at": at, "manifest_key": ""},
    }
    reference = table.digest("reference")
    table.restore(at)
    differences = table.step("restore.match_table")["differences"]
    copy = table.digest("copy")
    compared = table.compare(reference, copy)
    looked = table.step("integrity.check_table", reference=reference, copy_digest=copy)

    assert {one["setting"] for one in differences} == SETTINGS
    assert {one["outcome"] for one in differences} == {"reapplied", "left"}
    assert set(compared.values()) == set(verdicts(looked).values()) == {"PASS"}

    made = table.step("scenario.corrupt_items", copy_digest=copy)
    found = table.compare(
        copy, table.digest("corrupted"), purpose="corruption", expected_keys=made["keys"]
    )
    assert found == {"corruption found": "PASS"}

    table.restore(made["restore_to"], resource=COPY, copy=f"{COPY}-2")
    healed = table.compare(copy, table.digest("second"), purpose="second_restore")
    assert set(healed.values()) == {"PASS"}

    rows = table.remove()
    assert {row["name"]: row["status"] for row in rows} == {COPY: "gone", f"{COPY}-2": "gone"}
    assert [name for name in table.dynamodb.list_tables()["TableNames"] if "drill" in name] == []


def test_a_backup_is_digested_and_restored(table, run):
    made = table.dynamodb.create_backup(TableName=SOURCE, BackupName="weekly")["BackupDetails"]
    request = {
        "component": {**table.component, "resource": SOURCE, "copy": ""},
        "backup": backup(system="feedback"),
        "name": "digest",
        "cut_off": iso(made["BackupCreationDateTime"]),
        "now": iso(),
    }
    planned = run("integrity.plan_digest", request)
    for number in planned["segments"]:
        told = {"digest": planned["digest"], "segment": number, "now": iso()}
        assert run("integrity.digest_segment", told)["done"]

    copy = f"{COPY}-3"
    point = {"kind": "backup", "id": made["BackupArn"], "at": iso(), "manifest_key": ""}
    table.component = {
        **table.component,
        "resource": SOURCE,
        "copy": copy,
        "recovery_point": point,
    }
    table.step("restore.restore_table")

    assert len(table.dynamodb.scan(TableName=copy)["Items"]) == 40
    table.remove()


@pytest.mark.parametrize(
    ("task", "call"),
    [
        (remove_table, ("delete_table", {"TableName": SOURCE})),
        (corrupt_items, ("put_item", {"TableName": SOURCE, "Item": item(1)})),
        (corrupt_items, ("delete_item", {"TableName": SOURCE, "Key": {"id": {"S": "item-1"}}})),
        (
            match_table,
            (
                "update_time_to_live",
                {
                    "TableName": SOURCE,
                    "TimeToLiveSpecification": {"Enabled": False, "AttributeName": "until"},
                },
            ),
        ),
        (
            restore_table,
            (
                "restore_table_to_point_in_time",
                {
                    "SourceTableName": SOURCE,
                    "TargetTableName": "feedback-prod-other",
                    "UseLatestRestorableTime": True,
                },
            ),
        ),
    ],
)
def test_a_source_is_out_of_the_reach_of_every_step(table, house, task, call):
    operation, request = call
    name = f"daytwo-no-{task.__name__.rpartition('.')[2].replace('_', '-')}-{operation[:6]}"
    dynamodb = house.client("dynamodb", house.role_keys(name[:64], task.PERMISSIONS))

    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(dynamodb, operation)(**request)
