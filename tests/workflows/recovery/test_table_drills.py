"""A table is restored and compared item by item; what is bad turns the drill red, load does not."""

import itertools

import pytest
from drilled_tables import SOURCE, Shop, red


@pytest.fixture
def shop(house):
    return Shop(house)


@pytest.fixture
def weather(house):
    return house.account.weather["dynamodb"]


def test_a_table_is_restored_compared_and_gone_again(shop, house):
    shop.make()
    result = shop.drill()
    assert result.status == "SUCCEEDED", result.cause
    assert shop.tables() == {SOURCE}
    checks = shop.checks()
    assert {check["verdict"] for check in checks.values()} == {"PASS"}
    assert {"item count", "checksum", "key schema", "index schema", "sample reads"} <= set(checks)
    (component,) = house.evidence("one")["components"]
    brought_back = {one["setting"]: one["outcome"] for one in component["settings"]}
    assert brought_back["time to live"] == "reapplied"
    record = house.record("one")
    assert record["restore_seconds"] > 0
    assert record["rpo_seconds"] >= 0


def test_a_corrupted_item_is_found_and_named_by_its_hash(shop, weather):
    shop.make()
    weather.add("corrupted")
    assert red(shop.drill())
    assert shop.checks()["checksum"]["verdict"] == "FAIL"
    assert shop.checks()["item count"]["verdict"] == "PASS"
    assert shop.tables() == {SOURCE}


def test_a_truncated_restore_is_found(shop, weather):
    shop.make()
    weather.set(truncated_items=3)
    weather.add("truncated")
    assert red(shop.drill())
    assert shop.checks()["item count"]["verdict"] == "FAIL"


def test_a_stale_recovery_point_turns_it_red(shop, weather, house):
    shop.make()
    house.clock.advance(3 * 24 * 3600)
    shop.write(5)
    house.clock.advance(3600)
    weather.add("stale")
    assert red(shop.drill())
    assert house.record("one")["verdict"] == "FAIL"


@pytest.mark.parametrize(("setting", "check"), [("ttl", "time to live"), ("index", "index schema")])
def test_a_setting_that_stays_lost_turns_it_red(shop, weather, setting, check):
    shop.make()
    weather.add("setting_lost", types=setting)
    result = shop.drill()
    assert red(result)
    assert check in result.cause


def test_a_restore_that_never_finishes_leaves_a_copy_that_nobody_can_delete(shop, weather, house):
    shop.make()
    weather.add("never_restored")
    result = shop.drill()
    assert red(result, "FailedDirty")
    assert "was still not so" in result.cause
    (left,) = shop.tables() - {SOURCE}
    assert left in result.cause


def test_access_denied_on_the_restore_turns_it_red(shop, house, weather):
    shop.make()
    weather.add("error", actions="RestoreTableToPointInTime", code="AccessDeniedException")
    result = shop.drill()
    assert red(result)
    assert "AccessRefused" in result.cause
    assert house.record("one")["verdict"] == "ERROR"


def test_throttling_without_end_turns_it_red(shop, weather, house):
    shop.make(items=5, segments=1)
    weather.add("error", actions="Scan", code="ThrottlingException")
    result = shop.drill()
    assert red(result)
    assert "Throttled" in result.cause
    assert shop.tables() == {SOURCE}


def test_throttling_that_passes_does_not(shop, weather):
    shop.make()
    weather.add("error", actions="Scan", code="ThrottlingException", times=3)
    assert shop.drill().status == "SUCCEEDED"


def test_a_copy_that_cannot_be_deleted_needs_a_person(shop, weather, house):
    shop.make()
    weather.add("undeletable")
    result = shop.drill()
    assert red(result, "FailedDirty")
    (left,) = shop.tables() - {SOURCE}
    assert left in result.cause
    assert house.record("one")["status"] == "dirty"


def test_an_empty_table_is_no_failure(shop):
    shop.make(items=0)
    result = shop.drill()
    assert result.status == "SUCCEEDED", result.cause
    assert shop.checks()["item count"]["verdict"] == "PASS"


def test_a_table_with_nothing_but_its_sentinel_is_an_empty_one(shop, house):
    shop.make(items=0, sentinel={"id": {"S": "daytwo-sentinel"}})
    asked = {"system": "shop", "environment": "prod"}
    now = house.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    house.tasks()["backup_write_sentinels"]({**asked, "now": now})
    house.clock.advance(310)
    result = shop.drill()
    assert result.status == "SUCCEEDED", result.cause
    assert shop.checks()["sentinel"]["verdict"] == "PASS"


def test_items_written_and_changed_after_the_cut_off_are_no_failure(shop, house):
    shop.make()
    plain = house.tasks()["restore_restore_table"]

    def restore(document):
        shop.write(1)
        shop.put("item-1", 1_000_000)
        return plain(document)

    result = shop.drill(tasks={"restore_restore_table": restore})
    assert result.status == "SUCCEEDED", result.cause


def test_a_table_under_load_is_no_failure(shop, house):
    shop.make()
    plain = house.tasks()["integrity_digest_segment"]
    changing = itertools.cycle(range(1, 100))

    def digest(document):
        for number in itertools.islice(changing, 10):
            shop.put(f"item-{number}", next(shop.number))
        return plain(document)

    result = shop.drill(tasks={"integrity_digest_segment": digest})
    assert result.status == "SUCCEEDED", result.cause


def test_a_check_that_crashes_turns_it_red(shop, house):
    shop.make(items=5)

    def crash(document):
        raise ZeroDivisionError("the checker broke")

    result = shop.drill(tasks={"integrity_check_table": crash})
    assert red(result)
    assert house.record("one")["verdict"] == "ERROR"
    assert "ZeroDivisionError" in result.cause


def test_a_clock_that_goes_backwards_turns_it_red(shop, house):
    shop.make(items=5)
    plain = house.tasks()["drill_record_outcome"]

    def record(document):
        times = document["times"]
        document["times"] = {**times, "t4": times["t3"], "t3": times["t5"]}
        return plain(document)

    result = shop.drill(tasks={"drill_record_outcome": record})
    assert red(result)
    assert house.record("one")["verdict"] == "ERROR"


def test_evidence_that_cannot_be_written_turns_it_red(shop, house):
    shop.make(items=5)
    denied = type("EvidenceNotWritten", (Exception,), {})

    def write(document):
        raise denied("the bucket refuses it")

    result = shop.drill(tasks={"drill_write_evidence": write})
    assert result.status == "FAILED"
    assert house.record("one")["verdict"] == "ERROR"
    assert shop.tables() == {SOURCE}
