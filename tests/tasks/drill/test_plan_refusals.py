"""plan_drill: a drill that must not be is refused with every reason, and nothing is written."""

import boto3
import pytest
from drill_documents import EXECUTION
from drill_systems import environment, request, scenario, system

from tasks import store
from tasks.drills import choices, places, sources
from tasks.errors import (
    AccessRefused,
    DrillRefused,
    DrillRunning,
    NothingToRestore,
    UnknownSystem,
)

PREFIX = choices.prefix(EXECUTION["id"])
OTHER = "arn:aws:states:us-east-1:123456789012:execution:daytwo-restore-drill:weekly-7"


@pytest.fixture
def refuse_run(monkeypatch):
    monkeypatch.setattr(places, "is_running", lambda execution, stepfunctions: True)


def test_a_system_that_nobody_registered_is_unknown(planned):
    with pytest.raises(UnknownSystem):
        planned({**request(), "system": "shop"})


def test_production_is_never_a_target(items, planned, s3, evidence_bucket):
    with pytest.raises(DrillRefused, match="prod is production"):
        planned(request(target_environment="prod"))
    assert "Contents" not in s3.list_objects_v2(Bucket=evidence_bucket)


def test_a_name_that_is_taken_is_refused(items, make_table, planned):
    make_table(f"{PREFIX}-items")
    with pytest.raises(DrillRefused, match=f"something of the name {PREFIX}-items already"):
        planned()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"account": "210987654321"}, "is account 210987654321 by the manifest, and its role"),
        (
            {"role_arn": "arn:aws:iam::210987654321:role/daytwo-target-feedback-dev"},
            "its role leads to 210987654321: correct account or role_arn",
        ),
    ],
)
def test_a_role_that_leads_elsewhere_is_refused(changed, told, items, register, planned):
    dev = environment("dev", **changed)
    register(system(environments=(dev, "staging", "prod")))
    with pytest.raises(DrillRefused, match=told):
        planned()


def test_a_table_is_not_restored_into_another_account(items, register, planned):
    role = "arn:aws:iam::210987654321:role/daytwo-target-feedback-far"
    dev = environment("dev", account="210987654321", role_arn=role)
    register(system(environments=(dev, "staging", "prod")))
    with pytest.raises(DrillRefused, match="which its service does not do"):
        planned()


@pytest.mark.parametrize("made", [True, False])
def test_nothing_to_restore_is_said_with_what_to_do(made, make_table, planned):
    if made:
        make_table("feedback-prod-items", recoverable=False)
    told = "point-in-time recovery is off, and there is no good" if made else "deploy it, or"
    with pytest.raises(NothingToRestore, match=f"^items: .*{told}"):
        planned()


@pytest.mark.parametrize(
    ("state", "told"),
    [("ALARM", "feedback-dev-errors is red: it would end"), (None, "There is no stop alarm")],
)
def test_a_drill_that_would_be_stopped_at_once_is_not_begun(state, told, items, register, planned):
    alarms = ["feedback-{environment}-errors"]
    register(system({"data-corruption": scenario("items", stop_alarms=alarms)}))
    if state:
        cloudwatch = boto3.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName="feedback-dev-errors",
            MetricName="Errors",
            Namespace="AWS/Lambda",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        cloudwatch.set_alarm_state(
            AlarmName="feedback-dev-errors", StateValue=state, StateReason="said so"
        )
    with pytest.raises(DrillRefused, match=told):
        planned()


def test_every_component_without_a_point_is_told(items, make_table, register, planned):
    register(system({"data-corruption": scenario("items", "orders", "files", "volumes")}))
    with pytest.raises(NothingToRestore) as told:
        planned()
    assert [
        name for name in ("items", "orders", "files", "volumes") if name in str(told.value)
    ] == [
        "orders",
        "files",
        "volumes",
    ]


def test_a_system_in_another_drill_is_left_alone(items, planned, state_table, dynamodb, refuse_run):
    place = {**store.active_drill("feedback"), "drill": "weekly-7", "execution": OTHER}
    item = store.to_item({**place, "since": "2026-11-02T03:00:00Z"})
    dynamodb.put_item(TableName=state_table, Item=item)
    with pytest.raises(DrillRunning, match="weekly-7"):
        planned()


def test_snapshots_do_not_cross_regions_but_their_copies_do(register, planned, back_up, whole):
    west = environment("dev", region="us-west-2")
    corrupted = {"data-corruption": scenario("volumes")}
    register(system(corrupted, environments=(west, "staging", "prod")))
    back_up("volumes", "2026-11-01T03:00:00Z", "snap-east")
    with pytest.raises(NothingToRestore, match="does not reach us-west-2"):
        planned()
    point = {"id": "snap-west", "resource": "vol-1", "at": "2026-11-01T03:00:00Z"}
    copy = {"region": "us-west-2", "account": "", "points": [point], "state": "completed"}
    back_up("volumes", "2026-11-01T03:00:00Z", "snap-east", copies=[copy])
    (one,) = whole(planned())["components"]
    assert one["recovery_point"]["id"] == "snap-west"


def test_access_denied_ends_the_plan(items, planned, monkeypatch, aws):
    def denied(*asked):
        raise AccessRefused("DescribeTable: no")

    monkeypatch.setitem(sources.READERS, "table", denied)
    with pytest.raises(AccessRefused):
        planned()


def test_databases_are_restored_from_their_log(databases, planned, register, whole, moment):
    register(system({"data-corruption": scenario("db", "cluster")}))
    instance, cluster = whole(planned())["components"]
    assert instance["recovery_point"]["at"] == cluster["recovery_point"]["at"] == moment(-300)
    assert instance["window"]["earliest"][:19] == moment(-7200)[:19]
    assert instance["size_bytes"] == 20 * 1024**3
    past = request(recovery_point=moment(-7300), components=["db"])
    with pytest.raises(NothingToRestore, match="db: Its log has"):
        planned(past)


def test_a_database_without_backups_is_not_restored(databases, planned, register):
    databases.modify_db_instance(
        DBInstanceIdentifier="feedback-prod-db", BackupRetentionPeriod=0, ApplyImmediately=True
    )
    register(system({"data-corruption": scenario("db")}))
    with pytest.raises(NothingToRestore, match="db: Its automated backups are off"):
        planned()


def test_a_bucket_needs_versions_and_keeps_them_as_long_as_its_lifecycle_says(
    planned, register, whole, s3, moment
):
    bucket = "feedback-prod-files"
    s3.create_bucket(Bucket=bucket)
    register(system({"data-corruption": scenario("files")}))
    with pytest.raises(NothingToRestore, match="files: The bucket feedback-prod-files keeps no"):
        planned()
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "old",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 2},
    }
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    (one,) = whole(planned())["components"]
    assert one["recovery_point"]["kind"] == "versions"
    assert one["recovery_point"]["at"] == moment()
    assert one["window"]["earliest"] == moment(-2 * 24 * 3600)
