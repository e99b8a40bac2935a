"""A look at all schedules: who is to be moved, who is told of, and when the next look is."""

import json

import boto3
import pytest
from schedules import OFFICE, manifest

from tasks import runtime, store
from tasks.errors import AccessRefused, Throttled, Unavailable
from tasks.fleets import selection
from tasks.schedule import look_at_schedules
from tasks.schedules import discovery, records, steps

ARN = "arn:aws:states:us-east-1:123456789012:execution:daytwo-ec2-schedule:"
MONDAY = "2026-01-12T{}:00+00:00"
NEXT = store.schedule_state("next")
SHOP_DEV = store.schedule_state("shop/dev:shop/office-hours")


@pytest.fixture(autouse=True)
def account(aws, state_table, evidence_bucket):
    for cached in (runtime._client, runtime._session):
        cached.cache_clear()
    yield
    for cached in (runtime._client, runtime._session):
        cached.cache_clear()


@pytest.fixture
def look():
    """Look at a time of Monday, each time as another execution."""

    def at(clock, name=None, forced=False):
        named = name or f"tick-{clock}".replace(":", "")
        execution = {"id": ARN + named, "name": named, "started_at": MONDAY.format(clock)}
        return look_at_schedules.handler(
            {"execution": execution, "moment": MONDAY.format(clock), "forced": forced}, None
        )

    return at


@pytest.fixture
def override(state_table, dynamodb):
    def put(instance_id, goal="keep-running", until="2026-01-12T22:00:00+00:00"):
        values = {"goal": goal, "until": until, "seen": False, "by": "alice", "reason": "work"}
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": state_table,
                        "Item": store.to_item({**store.override(instance_id), **values}),
                    }
                },
                records.look_soon(state_table),
            ]
        )

    return put


def requests(answer, s3, evidence_bucket):
    """Read what each operation of an answer is told."""
    keys = [
        step["input_key"]
        for group in answer["groups"]
        for step in group["steps"]
        if step["kind"] == "operation"
    ]
    return [
        json.loads(s3.get_object(Bucket=evidence_bucket, Key=key)["Body"].read()) for key in keys
    ]


def test_a_new_schedule_begins_with_its_first_change(register, launch, look, s3, evidence_bucket):
    register()
    web = launch()
    assert look("12:00")["groups"] == []
    answer = look("18:00")
    (request,) = requests(answer, s3, evidence_bucket)
    assert (request["action"], request["targets"]) == ("stop", {"instance_ids": [web]})
    assert (request["system"], request["environment"]) == ("shop", "dev")


def test_what_is_under_way_is_left_until_its_execution_has_ended(register, launch, look):
    register()
    launch()
    look("12:00")
    assert look("18:00")["groups"]
    # The execution that acts does not exist in this account: it counts as ended.
    assert look("18:15")["groups"]


def test_while_the_execution_that_acts_runs_nothing_else_is_done(
    register, launch, look, monkeypatch
):
    register()
    launch()
    look("12:00")
    look("18:00")
    monkeypatch.setattr(look_at_schedules.Look, "_runs", lambda self, execution: True)
    answer = look("18:15")
    assert answer == look_at_schedules.NOTHING


def test_the_next_look_is_the_schedules_own_or_its_next_change(register, launch, look, item):
    register()
    launch()
    look("12:00")
    assert item(NEXT)["due_at"] == "2026-01-12T12:15"
    look("17:50")
    assert item(NEXT)["due_at"] == "2026-01-12T18:00"


def test_a_schedule_that_nobody_follows_yet_is_looked_at_when_it_changes(register, look, item):
    register()
    look("12:00")
    assert item(NEXT)["due_at"] == "2026-01-12T18:00"


def test_without_schedules_nothing_is_ever_due(look, item):
    assert look("12:00") == look_at_schedules.NOTHING
    assert item(NEXT)["due_at"] == records.NEVER


def test_what_is_not_due_is_not_looked_at_unless_a_person_asks(register, launch, look, item):
    register()
    launch()
    look("12:00")
    before = item(NEXT)
    assert look("12:05") == look_at_schedules.NOTHING
    assert item(NEXT) == before
    look("12:05", forced=True)
    assert item(NEXT)["due_at"] == "2026-01-12T12:20"


def test_delivered_again_it_answers_the_same_and_changes_nothing(register, launch, look, item):
    register()
    launch()
    look("12:00")
    first = look("18:00")
    before = item(NEXT), item(SHOP_DEV)
    assert look("18:00") == first
    assert (item(NEXT), item(SHOP_DEV)) == before


def test_an_edit_in_the_middle_is_looked_at_again(
    register, launch, look, item, state_table, dynamodb, monkeypatch
):
    register()
    launch()
    look("12:00")
    real = discovery.find

    def edited_meanwhile(*arguments):
        dynamodb.transact_write_items(TransactItems=[records.look_soon(state_table)])
        return real(*arguments)

    monkeypatch.setattr(discovery, "find", edited_meanwhile)
    with pytest.raises(Unavailable, match="edited while they were looked at"):
        look("18:00")
    assert item(SHOP_DEV)["goal"] == "on"
    monkeypatch.setattr(discovery, "find", real)
    assert look("18:00")["groups"]


def test_a_second_look_at_the_same_moment_finds_it_taken(register, launch, look):
    register()
    launch()
    look("12:00")
    assert look("18:00", name="first")["groups"]
    assert look("18:00", name="second")["groups"] == []


def test_an_edited_schedule_is_followed_at_once(register, launch, look, state_table, dynamodb):
    register()
    launch()
    look("12:00")
    earlier = {**OFFICE, "periods": [{**OFFICE["periods"][0], "stop": "11:00"}]}
    register(manifest(schedules={"office-hours": earlier}))
    dynamodb.transact_write_items(TransactItems=[records.look_soon(state_table)])
    assert look("12:01")["groups"][0]["goal"] == "off"


def test_who_was_started_by_hand_is_told_of_once(register, launch, look):
    register()
    look("20:00")
    web = launch(Name="web")
    answer = look("20:15", forced=True)
    assert answer["groups"] == []
    assert answer["notice"]["count"] == 1
    assert f"{web} (web) of shop dev runs although shop/office-hours" in answer["notice"]["words"]
    assert look("20:30", forced=True)["notice"]["count"] == 0


def test_an_instance_with_the_tag_alone_follows_a_schedule_of_its_full_name(
    register, launch, look, s3, evidence_bucket
):
    register()
    foreign = launch(System="other", daytwo_schedule="shop/office-hours")
    look("12:00")
    (request,) = requests(look("18:00"), s3, evidence_bucket)
    assert request["targets"] == {"instance_ids": [foreign]}
    assert (request["system"], request["environment"]) == ("", "")


def test_a_tag_that_names_no_schedule_is_told_of_once(register, launch, look):
    register()
    launch(daytwo_schedule="ofice-hours")
    assert (
        "follow shop/ofice-hours, but there is no such schedule" in look("12:00")["notice"]["words"]
    )
    assert look("12:15", forced=True)["notice"]["count"] == 0


class TestAnOverride:
    def test_is_brought_about_at_the_next_tick_and_then_marked_as_seen(
        self, register, launch, look, override, item, s3, evidence_bucket
    ):
        register()
        web = launch("stopped")
        look("19:00")
        override(web)
        assert item(NEXT)["due_at"] == "0000-01-01T00:00"
        (request,) = requests(look("19:01"), s3, evidence_bucket)
        assert (request["action"], request["targets"]["instance_ids"]) == ("start", [web])
        assert item(store.override(web))["seen"] is True

    def test_ends_by_itself(self, register, launch, look, override, item, s3, evidence_bucket):
        register()
        web = launch()
        look("17:00")
        override(web)
        look("17:01")
        assert look("18:00")["groups"] == []
        answer = look("22:00", forced=True)
        (request,) = requests(answer, s3, evidence_bucket)
        assert (request["action"], request["targets"]["instance_ids"]) == ("stop", [web])
        assert item(store.override(web)) is None

    def test_that_ends_is_when_the_next_look_is(self, register, launch, look, override, item):
        register(schedules={"office-hours": {**OFFICE, "check_minutes": 1440}})
        web = launch()
        override(web)
        look("20:00")
        assert item(NEXT)["due_at"] == "2026-01-12T22:00"


class TestAPlaceThatRefuses:
    def test_stops_no_other_and_is_told_of(self, register, launch, look, item, monkeypatch):
        register(
            environments=[
                {
                    "name": name,
                    "stack": f"shop-{name}",
                    "instances": {"tags": {"System": ["shop"]}, "schedule": "office-hours"},
                }
                for name in ("dev", "staging")
            ]
        )
        launch()
        look("12:00")
        real = discovery._instances

        def refused(place, client):
            if place.environment == "staging":
                raise AccessRefused("no role")
            return real(place, client)

        monkeypatch.setattr(discovery, "_instances", refused)
        answer = look("18:00")
        assert [group["place"] for group in answer["groups"]] == ["shop dev"]
        assert "shop staging could not be looked at" in answer["notice"]["words"]
        assert item(NEXT)["due_at"] == "2026-01-12T18:05"

    def test_is_asked_again_where_it_may_pass(self, register, launch, look, monkeypatch):
        register()
        monkeypatch.setattr(
            discovery, "_instances", lambda *_: (_ for _ in ()).throw(Throttled("slow"))
        )
        with pytest.raises(Throttled):
            look("12:00")


def test_more_groups_than_one_transaction_holds_have_the_next_tick(
    register, launch, look, item, monkeypatch
):
    register(
        environments=[
            {
                "name": name,
                "stack": f"shop-{name}",
                "instances": {"tags": {"Colour": [name]}, "schedule": "office-hours"},
            }
            for name in ("red", "green")
        ]
    )
    launch(Colour="red")
    launch(Colour="green")
    look("12:00")
    monkeypatch.setattr(records, "MOST_GROUPS", 1)
    assert [group["place"] for group in look("18:00")["groups"]] == ["shop red"]
    assert item(NEXT)["due_at"] == "2026-01-12T18:00"
    monkeypatch.setattr(look_at_schedules.Look, "_runs", lambda self, execution: True)
    assert [group["place"] for group in look("18:01")["groups"]] == ["shop green"]


def test_lines_beyond_twenty_are_counted():
    lines = [f"line {number}" for number in range(25)]
    assert look_at_schedules.words(lines).splitlines()[-1] == "and 5 more"
    assert look_at_schedules.words(lines[:20]).splitlines()[-1] == "line 19"


def test_a_fleet_is_read_in_pages_and_acted_on_in_operations_of_so_many(
    register, look, monkeypatch
):
    monkeypatch.setattr(selection, "PAGE", 5)
    monkeypatch.setattr(steps, "MOST_IDS", 10)
    register()
    boto3.client("ec2").run_instances(
        ImageId="ami-12c6146b",
        MinCount=12,
        MaxCount=12,
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "System", "Value": "shop"}]}
        ],
    )
    look("12:00")
    (group,) = look("18:00")["groups"]
    assert [step["instances"] for step in group["steps"]] == [10, 2]
