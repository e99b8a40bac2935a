"""`daytwo ec2 schedule` and `daytwo ec2 override`."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from schedules import OFFICE

from tasks import store
from workflows import overrides

INSTANCE = "i-0123456789abcdef0"
ALWAYS = {
    "timezone": "UTC",
    "periods": [
        {
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "start": "00:00",
            "stop": "24:00",
        }
    ],
}
SHOP = {
    "name": "shop",
    "schedules": {"office": {**OFFICE, "timezone": "Europe/Vienna"}, "always": ALWAYS},
    "environments": [
        {
            "name": "dev",
            "stack": "shop-dev",
            "instances": {"tags": {"System": ["shop"]}, "schedule": "office"},
        }
    ],
}


@pytest.fixture
def launch(daytwo):
    def run(state="running", **tags):
        ec2 = boto3.client("ec2")
        named = {"System": "shop", **{key.replace("_", ":"): tags[key] for key in tags}}
        reply = ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[
                {
                    "ResourceType": "instance",
                    "Tags": [{"Key": key, "Value": named[key]} for key in named],
                }
            ],
        )
        instance_id = reply["Instances"][0]["InstanceId"]
        if state == "stopped":
            ec2.stop_instances(InstanceIds=[instance_id])
        return instance_id

    return run


class TestShow:
    def test_the_week_is_a_picture_of_lines_and_a_table(self, run, daytwo):
        daytwo.register(SHOP)
        result = run("ec2", "schedule", "show", "--from", "2026-10-21")
        assert "shop dev: shop/office (Europe/Vienna)" in result.stdout
        assert "·" * 16 + "█" * 20 in result.stdout
        (start,) = [line for line in result.stdout.splitlines() if "2026-10-21 Wed 08:00" in line]
        assert start.split() == [
            *("2026-10-21", "Wed", "08:00", "Europe/Vienna", "2026-10-21T06:00Z"),
            *("shop", "dev", "shop/office", "start"),
        ]

    def test_as_json_for_programs(self, run, daytwo):
        daytwo.register(SHOP)
        result = run("ec2", "schedule", "show", "shop", "--from", "2026-10-24", "--json")
        office, _ = json.loads(result.stdout)
        assert office["changes"][0] == {
            "at": "2026-10-26T08:00:00+01:00",
            "utc": "2026-10-26T07:00Z",
            "to": "on",
            "what": "start",
        }
        assert office["days"][1]["notes"] == ["clocks back 03:00 to 02:00"]

    def test_of_a_file_without_an_account_and_with_a_picture(self, run, tmp_path):
        manifest, picture = tmp_path / "system.json", tmp_path / "week.svg"
        manifest.write_text(json.dumps(SHOP))
        result = run(
            *("ec2", "schedule", "show", "--file", str(manifest), "--picture", str(picture)),
            *("--from", "2026-10-21"),
        )
        assert result.exit_code == 0
        assert picture.read_text().startswith("<svg")
        assert f"The picture is in {picture}." in result.stdout

    def test_without_schedules_it_says_where_to_read_on(self, run, daytwo):
        assert "docs/schedules.md" in run("ec2", "schedule", "show").stdout

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--from", "tomorrow"], "'tomorrow' is no date"),
            (["till"], "There is no system till"),
        ],
    )
    def test_what_is_wrong_is_said(self, run, daytwo, arguments, said):
        result = run("ec2", "schedule", "show", *arguments)
        assert result.exit_code == 2
        assert said in result.stderr


class TestCheck:
    def findings(self, run):
        result = run("ec2", "schedule", "check", "--json")
        return result.exit_code, [
            (entry["kind"], entry["what"]) for entry in json.loads(result.stdout)
        ]

    def test_all_is_well_where_everybody_is_as_scheduled(self, run, daytwo, launch):
        daytwo.register(SHOP)
        launch(daytwo_schedule="always")
        code, found = self.findings(run)
        assert code == 0
        assert {kind for kind, _ in found} <= {"note"}

    def test_who_is_not_as_scheduled_is_named(self, run, daytwo, launch):
        daytwo.register(SHOP)
        asleep = launch("stopped", Name="web", daytwo_schedule="always")
        code, found = self.findings(run)
        assert code == 1
        assert (
            "not as scheduled",
            f"{asleep} web is stopped, and shop/always wants it on; it is left so",
        ) in found

    def test_a_tag_without_a_schedule_is_a_problem(self, run, daytwo, launch):
        daytwo.register(SHOP)
        launch(daytwo_schedule="ofice")
        code, found = self.findings(run)
        assert code == 1
        assert ("problem", "1 instances follow shop/ofice, but there is no such schedule") in found

    def test_an_override_of_an_instance_without_a_schedule_is_a_problem(self, run, daytwo):
        daytwo.register(SHOP)
        run("ec2", "override", INSTANCE, "keep-running", "--until", "2h")
        code, found = self.findings(run)
        assert code == 1
        assert ("problem", "it has an override, and no schedule") in found

    def test_it_changes_nothing(self, run, daytwo, launch):
        daytwo.register(SHOP)
        launch("stopped", daytwo_schedule="always")
        before = daytwo.table.get(store.schedule_state("next"))
        run("ec2", "schedule", "check")
        assert daytwo.table.get(store.schedule_state("next")) == before


class TestOverride:
    def test_is_written_with_its_record_and_looked_at_soon(self, run, daytwo, launch):
        daytwo.register(SHOP)
        web = launch()
        edition = daytwo.table.get(store.schedule_state("next"))["edition"]
        result = run(
            *("ec2", "override", web, "keep-running", "--until", "2h", "--reason", "Late work")
        )
        assert result.stdout.startswith(f"{web}: keep-running until ")
        assert result.stderr == ""
        written = daytwo.table.get(store.override(web))
        assert (written["goal"], written["seen"], written["reason"]) == (
            "keep-running",
            False,
            "Late work",
        )
        ends = datetime.fromisoformat(written["until"])
        assert timedelta(minutes=119) < ends - datetime.now(UTC) < timedelta(minutes=121)
        (entry,) = daytwo.audit()
        assert (entry["id"], entry["what"], entry["why"]) == (web, "override", "Late work")
        assert daytwo.table.get(store.schedule_state("next"))["edition"] == edition + 1

    def test_is_listed_until_it_ends(self, run, daytwo, launch):
        web = launch()
        run("ec2", "override", web, "keep-stopped", "--until", "3d")
        daytwo.write(
            {
                **store.override(INSTANCE),
                "goal": "keep-running",
                "until": "2020-01-01T00:00:00Z",
                "by": "x",
                "reason": "",
                "set_at": "2020-01-01T00:00:00Z",
            }
        )
        (listed,) = json.loads(run("ec2", "override", "list", "--json").stdout)
        assert (listed["instance_id"], listed["goal"]) == (web, "keep-stopped")
        assert web in run("ec2", "override", "list").stdout

    def test_is_removed_by_ending_it_now(self, run, daytwo, launch):
        web = launch()
        run("ec2", "override", web, "keep-stopped", "--until", "3d")
        assert run("ec2", "override", "remove", web).stdout == f"{web} goes back to its schedule.\n"
        assert datetime.fromisoformat(
            daytwo.table.get(store.override(web))["until"]
        ) <= datetime.now(UTC)
        assert sorted(entry["what"] for entry in daytwo.audit()) == [
            "override",
            "override removed",
        ]

    def test_an_instance_that_is_not_here_is_said(self, run, daytwo):
        result = run("ec2", "override", INSTANCE, "keep-running", "--until", "2h")
        assert result.exit_code == 0
        assert f"There is no instance {INSTANCE} in us-east-1" in result.stderr

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["i-12", "keep-running", "--until", "2h"], "i-12 is no instance id"),
            ([INSTANCE, "keep-going", "--until", "2h"], "'keep-going' is not one of"),
            ([INSTANCE, "keep-running"], "Missing option '--until'"),
            ([INSTANCE, "keep-running", "--until", "soon"], "'soon' is no time"),
            ([INSTANCE, "keep-running", "--until", "0m"], "not within the next 90 days"),
            ([INSTANCE, "keep-running", "--until", "2020-01-01"], "not within the next 90 days"),
            (["remove", INSTANCE], f"{INSTANCE} has no override"),
        ],
    )
    def test_what_is_wrong_is_said(self, run, daytwo, arguments, said):
        result = run("ec2", "override", *arguments)
        assert result.exit_code == 2
        assert said in result.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", "2026-01-12T13:30:00+00:00"),
        ("2h", "2026-01-12T14:00:00+00:00"),
        ("3d", "2026-01-15T12:00:00+00:00"),
        ("2026-01-12T18:00+01:00", "2026-01-12T17:00:00+00:00"),
        ("2026-01-12T18:00:00Z", "2026-01-12T18:00:00+00:00"),
    ],
)
def test_an_end_is_a_length_or_a_moment(text, expected):
    now = datetime(2026, 1, 12, 12, tzinfo=UTC)
    assert overrides.until(text, now).isoformat() == expected
