"""daytwo-backup on the real interpreter: no component stops another, none is green in vain."""

import pytest
from backups import ALICE, backup, component
from interpreter import run

from tasks.backup.judge_backup import judge
from workflows import backup as workflow

DEFINITION = workflow.definition()
REQUEST = {"system": "shop", "environment": "prod", "kind": "backups", "requested_by": ALICE}
KEY = "backups/shop/prod/20261102t030000-0000000a/components.json"
POINT = {"id": "arn:backup", "resource": "shop-prod-orders", "at": "2026-11-02T03:00:01Z"}
MADE = {"done": True, "state": "AVAILABLE", "points": [POINT], "detail": {}}
WEST = {"region": "us-west-2", "account": "", "kms_key_arn": "", "bucket": ""}
DIGEST = {"digest": {"name": "digest"}, "segments": [0, 1]}
EXECUTION = {"id": "arn:1", "name": "backup-1", "started_at": "2026-11-02T03:00:00Z"}
MAKERS = {
    "table": "back_up_table",
    "database": "back_up_database",
    "volumes": "back_up_volumes",
    "image": "back_up_instances",
    "stack": "export_stack",
}
BackupFailed = type("BackupFailed", (Exception,), {})
BackupRefused = type("BackupRefused", (Exception,), {})
AccessRefused = type("AccessRefused", (Exception,), {})
Throttled = type("Throttled", (Exception,), {})


def part(name, chain):
    return component(name, chain=chain)


PARTS = [part("orders", "table"), part("ledger", "database"), part("disks", "volumes")]


class World:
    """The tasks of a backup, answered as if all went well, and the records that they write."""

    def __init__(self, parts=PARTS, copies=(), request=REQUEST):
        self.parts, self.rows = list(parts), []
        self.plan = {
            "backup": backup(kind=request["kind"]),
            "components_key": KEY,
            "components": [entry["name"] for entry in self.parts],
            "at_once": 10,
            "copies": list(copies),
            "retention_days": 35,
            "keep_at_least": 2,
            "lines": [],
        }
        valid = {"request": request, "execution": EXECUTION, "duplicate": False}
        self.tasks = {
            "common.validate_request": valid,
            "backup.plan_backup": self.plan,
            **dict.fromkeys((f"backup.{name}" for name in MAKERS.values()), MADE),
            "integrity.plan_digest": DIGEST,
            "integrity.digest_segment": {"done": True, "state": "1", "items": 1},
            "backup.write_manifest": {"manifest_key": "m", "manifest_sha256": "a" * 64},
            "backup.copy_backup": {"done": True, "copies": []},
            "backup.record_backup": self.record,
            "backup.judge_backup": lambda asked: judge(
                asked["backup"], asked["components"], self.rows
            ),
            "backup.prune_backups": {"done": True, "pruned": [], "left": []},
            "backup.measure_ages": {"measured": 3, "too_old": 0, "words": []},
        }

    def record(self, asked):
        if asked.get("begun"):
            return {"component": "x", "status": "begun", "trouble": ""}
        failure = asked.get("failure")
        self.rows.append(
            {
                "backup": asked["backup"]["id"],
                "component": asked["component"]["name"],
                "status": "good" if asked["manifest"] else "failed",
                "trouble": f"{failure['Error']}: {failure['Cause']}" if failure else "",
            }
        )
        return {"component": "x", "status": "good", "trouble": ""}


def back_up(world=None, document=REQUEST, **tasks):
    """Run it; `tasks` replaces answers of the family backup by the task's name."""
    world = world or World()
    replaced = {f"backup.{name}": answer for name, answer in tasks.items()}
    return run(
        DEFINITION,
        document,
        {**world.tasks, **replaced},
        objects={f"EvidenceBucket/{KEY}": world.parts},
    )


def told(result):
    return [asked["Message"] for asked in result.inputs("sns.publish")]


def test_each_component_is_backed_up_recorded_and_the_old_is_pruned():
    world = World()

    result = back_up(world)

    assert result.status == "SUCCEEDED"
    assert sorted(row["component"] for row in world.rows) == ["disks", "ledger", "orders"]
    assert all(row["status"] == "good" for row in world.rows)
    assert len(result.inputs("backup.prune_backups")) == 1
    assert len(result.inputs("backup.measure_ages")) == 1
    assert told(result) == []


def test_only_tables_get_a_digest_of_all_their_segments():
    result = back_up()

    (planned,) = result.inputs("integrity.plan_digest")
    assert (planned["name"], planned["cut_off"]) == ("digest", POINT["at"])
    assert sorted(one["segment"] for one in result.inputs("integrity.digest_segment")) == [0, 1]
    digests = {
        asked["component"]["name"]: asked["digest"]
        for asked in result.inputs("backup.write_manifest")
    }
    assert digests == {"orders": {"name": "digest"}, "ledger": {}, "disks": {}}


@pytest.mark.parametrize("chain", MAKERS)
def test_each_chain_has_a_task_of_its_own(chain):
    result = back_up(World([part("one", chain)]))

    assert result.status == "SUCCEEDED"
    made = [name for name in MAKERS.values() if result.inputs(f"backup.{name}")]
    assert made == [MAKERS[chain]]


def test_a_chain_without_a_way_is_an_error_on_record():
    world = World([part("one", "tape")])

    result = back_up(world)

    assert (result.status, result.error) == ("FAILED", "Incomplete")
    assert world.rows[0]["trouble"].startswith("UnknownComponentType")


@pytest.mark.parametrize(
    "error", [BackupFailed("the disk is full"), AccessRefused("denied")], ids=["gave up", "denied"]
)
def test_a_component_that_fails_stops_no_other_and_the_end_says_so(error):
    world = World()

    result = back_up(world, back_up_database=error)

    assert (result.status, result.error) == ("FAILED", "Incomplete")
    by_name = {row["component"]: row for row in world.rows}
    assert by_name["ledger"]["status"] == "failed"
    assert str(error) in by_name["ledger"]["trouble"]
    assert by_name["orders"]["status"] == by_name["disks"]["status"] == "good"
    assert "2 of 3 backups of shop/prod are good" in result.cause
    assert str(error) in told(result)[0]


def test_a_component_that_leaves_no_record_is_not_taken_for_good():
    world = World()

    result = back_up(world, record_backup=AccessRefused("denied"))

    assert (result.status, result.error) == ("FAILED", "Incomplete")
    assert "0 of 3" in result.cause


def test_a_backup_is_waited_for_until_it_can_be_restored_from():
    result = back_up(back_up_table=[{**MADE, "done": False}, {**MADE, "done": False}, MADE])

    assert result.status == "SUCCEEDED"
    assert len(result.inputs("backup.back_up_table")) == 3


def test_a_backup_that_never_ends_is_given_up_and_recorded():
    world = World([part("orders", "table")])

    result = back_up(world, back_up_table={**MADE, "done": False})

    assert (result.status, result.error) == ("FAILED", "Incomplete")
    assert "States.Timeout" in world.rows[0]["trouble"]


def test_throttling_is_tried_again():
    result = back_up(back_up_table=[Throttled("slow down"), MADE])

    assert result.status == "SUCCEEDED"


def test_copies_are_made_only_where_the_manifest_asks_for_them():
    without = back_up()
    copied = {"done": True, "copies": [{"region": "us-west-2", "account": "", "points": []}]}

    with_copies = back_up(World(copies=[WEST]), copy_backup=[{**copied, "done": False}, copied])

    assert without.inputs("backup.copy_backup") == []
    assert with_copies.status == "SUCCEEDED"
    assert all(asked["copies"] == [WEST] for asked in with_copies.inputs("backup.copy_backup"))
    recorded = [
        asked for asked in with_copies.inputs("backup.record_backup") if "begun" not in asked
    ]
    assert all(asked["copies"] == copied["copies"] for asked in recorded)


def test_a_copy_that_fails_leaves_a_good_backup_and_an_incomplete_end():
    world = World([part("ledger", "database")], copies=[WEST])

    result = back_up(world, copy_backup=BackupFailed("the copy is failed"))

    assert (result.status, result.error) == ("FAILED", "Incomplete")
    assert world.rows[0]["status"] == "good"
    assert "the copy is failed" in world.rows[0]["trouble"]


def test_pruning_goes_on_until_it_is_done():
    busy, done = ({"done": ready, "pruned": [], "left": []} for ready in (False, True))

    result = back_up(prune_backups=[busy, done])

    assert result.status == "SUCCEEDED"
    asked = result.inputs("backup.prune_backups")
    assert [one["keep_at_least"] for one in asked] == [2, 2]


def test_what_cannot_be_pruned_ends_nothing():
    result = back_up(prune_backups=AccessRefused("denied"))

    assert result.status == "SUCCEEDED"


@pytest.mark.parametrize("task", ["plan_backup", "validate_request"])
def test_a_refused_request_ends_clean_with_its_reason(task):
    world = World()
    family = "common" if task == "validate_request" else "backup"
    world.tasks[f"{family}.{task}"] = BackupRefused("there is nothing to back up")

    result = back_up(world)

    assert (result.status, result.error) == ("FAILED", "FailedClean")
    assert "there is nothing to back up" in result.cause
    assert world.rows == []


def test_a_second_delivery_of_an_event_backs_nothing_up():
    world = World()
    valid = world.tasks["common.validate_request"]
    world.tasks["common.validate_request"] = {**valid, "duplicate": True}

    result = back_up(world)

    assert result.status == "SUCCEEDED"
    assert result.inputs("backup.plan_backup") == []


def test_the_clock_only_measures_ages():
    result = back_up(document={"tick": True})

    assert result.status == "SUCCEEDED"
    assert len(result.calls) == len(result.inputs("backup.measure_ages")) == 1


def test_ages_that_cannot_be_measured_are_a_failure():
    result = back_up(document={"tick": True}, measure_ages=AccessRefused("denied"))

    assert (result.status, result.error) == ("FAILED", "Unmeasured")


def test_a_judge_that_breaks_is_no_success():
    result = back_up(judge_backup=AccessRefused("denied"))

    assert (result.status, result.error) == ("FAILED", "Incomplete")
    assert "broke off" in told(result)[0]


def test_a_component_is_on_record_before_anything_is_made():
    result = back_up(World([part("orders", "table")], copies=[WEST]))

    names = [call.name for call in result.calls]
    first = result.inputs("backup.record_backup")[0]
    assert (first["begun"], first["wanted"]) == (True, [WEST])
    assert names.index(next(name for name in names if "ecord" in name)) < names.index(
        next(name for name in names if "ack_up_table" in name or "BackUpTable" in name)
    )
