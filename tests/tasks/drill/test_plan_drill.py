"""plan_drill: all is written down before anything starts, or refused with every reason."""

import json
from datetime import timedelta
from types import SimpleNamespace

import boto3
import pytest
from drill_documents import EXECUTION, ID
from drill_systems import environment, request, scenario, system

from schemas.validation import check
from tasks import store
from tasks.backups import records as backups
from tasks.drill import plan_drill
from tasks.drills import choices, papers
from tasks.errors import (
    AccessRefused,
    DrillRefused,
    DrillRunning,
    NothingToRestore,
    UnknownSystem,
)
from tasks.runtime import iso

PREFIX = choices.prefix(EXECUTION["id"])
CONTEXT = SimpleNamespace(invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f")
OTHER = "arn:aws:states:us-east-1:123456789012:execution:daytwo-restore-drill:weekly-7"


@pytest.fixture
def moment(aws):
    return lambda seconds=0: iso(aws.clock.now() + timedelta(seconds=seconds))


@pytest.fixture
def register(state_table, evidence_bucket, dynamodb):
    def register(manifest):
        item = {**store.system(manifest["name"]), "manifest": json.dumps(manifest)}
        dynamodb.put_item(TableName=state_table, Item=store.to_item(item))

    register(system())
    return register


@pytest.fixture
def make_table(dynamodb):
    def make_table(name, recoverable=True):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        if recoverable:
            dynamodb.update_continuous_backups(
                TableName=name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )

    return make_table


@pytest.fixture
def items(make_table, aws):
    """The table of the scenario, with half an hour of log."""
    make_table("feedback-prod-items")
    aws.clock.advance(1800)


@pytest.fixture
def planned(register, moment):
    def planned(asked=None):
        document = {"request": asked or request(), "execution": EXECUTION, "now": moment()}
        return plan_drill.handler(document, CONTEXT)

    return planned


@pytest.fixture
def whole(s3, evidence_bucket):
    return lambda plan: papers.get(plan["plan_key"], evidence_bucket, s3, plan["digest"])


@pytest.fixture
def back_up(state_table, dynamodb):
    def back_up(component, made_at, *ids, status="good", copies=()):
        backups.write(
            {
                "system": "feedback",
                "environment": "prod",
                "backup": f"{made_at[:10].replace('-', '')}t030000-0000000a",
                "component": component,
                "status": status,
                "at": made_at,
                "points": [{"id": one, "resource": component, "at": made_at} for one in ids],
                "manifest_key": "",
                "copies": list(copies),
                "target": {},
            },
            state_table,
            dynamodb,
        )

    return back_up


def test_it_writes_the_plan_down_before_anything_starts(items, planned, whole, moment, s3):
    plan = planned()
    assert (plan["drill"]["id"], plan["drill"]["prefix"]) == (ID, PREFIX)
    assert (plan["component_count"], plan["at_once"]) == (1, 1)
    paper = whole(plan)
    assert paper["objectives"] == plan["objectives"] == {"rto_seconds": 7200, "rpo_seconds": 3600}
    assert paper["planned_at"] == moment()
    assert "restore time of at most 7,200 s" in paper["success_criteria"]
    assert paper["accounts"]["target"] == {"account": "123456789012", "region": "us-east-1"}
    (one,) = paper["components"]
    assert one["recovery_point"] == {
        "kind": "pitr",
        "id": "",
        "at": moment(-300),
        "manifest_key": "",
    }
    assert (one["measure"], one["failure_at"]) == ("restore_time", moment())
    assert paper["owner"] == plan["owner"] == "team-feedback"


def test_the_components_are_what_the_steps_are_told(items, planned, s3, evidence_bucket):
    plan = planned()
    reply = s3.get_object(Bucket=evidence_bucket, Key=plan["components_key"])
    (one,) = json.loads(reply["Body"].read())
    check(one, "recovery", "component")
    assert (one["resource"], one["copy"]) == ("feedback-prod-items", f"{PREFIX}-items")
    assert one["config"]["table"] == "feedback-prod-items"
    assert one["target_config"]["table"] == "feedback-dev-items"
    assert one["options"]["corrupt_items"] == 3


def test_the_plan_says_what_it_will_do_in_words(items, planned, moment):
    lines = planned()["lines"]
    assert lines[0].startswith("Drill data-corruption of feedback: from prod into dev")
    assert lines[1] == (
        "items (dynamodb_table): restore feedback-prod-items from its log as of "
        f"{moment(-300)} into {PREFIX}-items"
    )
    assert lines[-1] == f"Stop it with: daytwo drill stop {ID}"


def test_planned_again_it_is_the_same_plan(items, planned):
    assert planned()["digest"] == planned()["digest"]


def test_a_point_at_random_stands_for_a_failure_then(items, planned, whole, moment):
    (one,) = whole(planned(request(recovery_point="random")))["components"]
    assert moment(-1800) <= one["recovery_point"]["at"] <= moment(-300)
    assert one["failure_at"] == one["recovery_point"]["at"]


def test_what_is_left_out_is_said_beforehand(items, register, planned, whole):
    left = {"component": "items", "check": "sample reads", "reason": "nobody may read them"}
    register(system({"data-corruption": scenario("items", skipped_checks=[left])}))
    plan = planned()
    (one,) = whole(plan)["components"]
    assert one["skipped"] == {"sample reads": "nobody may read them"}
    assert one["options"]["skipped_checks"] == one["skipped"]
    assert "Left out of items: sample reads, as nobody may read them" in plan["lines"]


def test_application_checks_are_those_of_the_target(items, register, planned, whole):
    asked = {"name": "reads", "component": "items", "function": "feedback-{environment}-check"}
    register(system({"data-corruption": scenario("items", application_checks=[asked])}))
    (one,) = whole(planned())["components"]
    assert one["application_checks"][0]["function"] == "feedback-dev-check"
    assert "reads" in one["checks"]


def test_what_is_disturbed_is_the_targets_own_and_has_no_copy(planned, whole):
    plan = planned(request("az-failure"))
    (one,) = whole(plan)["components"]
    assert (one["resource"], one["copy"], one["chain"]) == (
        "feedback-dev-web",
        "",
        "zone_failure",
    )
    assert one["recovery_point"]["kind"] == "none"
    assert whole(plan)["measure"] == one["measure"] == "rto"
    assert "web (auto_scaling_group): disturb feedback-dev-web itself" in plan["lines"][1]


@pytest.mark.parametrize(
    ("table", "told"), [("items", {"table": "feedback-dev-items", "samples": 10}), ("", {})]
)
def test_a_failover_is_told_the_targets_table_behind_it(register, planned, whole, table, told):
    record = {"type": "failover_record", "hosted_zone": "Z1", "record": "{environment}.example.com"}
    entry = {"name": "entry", **record, "secondary_region": "us-west-2", "table": table}
    known = [{"name": "items", "type": "dynamodb_table", "table": "feedback-{environment}-items"}]
    outage = {"region-outage": scenario("entry", opens=["entry"])}
    recovery = {"scenarios": outage}
    register(system(components=[*known, entry], recovery=recovery))
    (one,) = whole(planned(request("region-outage")))["components"]
    assert {name: one["options"]["table"][name] for name in told} == told
    assert ("replica is fresh" in one["checks"]) is bool(told)


def test_people_are_asked_where_the_manifest_says_so(register, planned):
    approval = {"roles": ["release-manager"], "expires_seconds": 3600}
    register(system({"az-failure": scenario("web", opens=["web"], approval=approval)}))
    assert planned(request("az-failure"))["approval"] == {"required": True, **approval}


def test_after_a_breach_only_what_is_older_is_restored(make_table, aws, planned, whole, moment):
    make_table("feedback-prod-items")
    aws.clock.advance(30 * 3600)
    table, _ = whole(planned(request("security-breach")))["components"]
    assert table["recovery_point"]["at"] == table["failure_at"] == moment(-24 * 3600)


def test_without_a_log_the_newest_good_backup_is_restored(make_table, planned, back_up, whole):
    make_table("feedback-prod-items", recoverable=False)
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/feedback-prod-items/backup/1"
    back_up("items", "2026-11-01T03:00:00Z", arn)
    back_up("items", "2026-11-02T03:00:00Z", "arn:broken", status="failed")
    (one,) = whole(planned())["components"]
    assert one["recovery_point"]["id"] == arn
    assert one["recovery_point"]["kind"] == "backup"


def test_a_stack_is_restored_from_its_export_and_a_function_from_its_version(
    register, planned, back_up, whole, monkeypatch
):
    from tasks.drills import sources

    monkeypatch.setitem(
        sources.READERS,
        "function",
        lambda *asked: sources.Source(
            fixed={"kind": "version", "id": "7", "at": "", "manifest_key": ""}
        ),
    )
    back_up("stack", "2026-11-01T03:00:00Z", "backups/feedback/prod/1/stack/export.json")
    stack, function = whole(planned(request("infrastructure-failure")))["components"]
    assert stack["recovery_point"]["id"] == "backups/feedback/prod/1/stack/export.json"
    assert (stack["resource"], stack["measure"]) == ("feedback-prod", "rto")
    assert function["recovery_point"]["id"] == "7"


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


@pytest.fixture
def refuse_run(monkeypatch):
    from tasks.drills import places

    monkeypatch.setattr(places, "is_running", lambda execution, stepfunctions: True)


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

    from tasks.drills import sources

    monkeypatch.setitem(sources.READERS, "table", denied)
    with pytest.raises(AccessRefused):
        planned()


@pytest.fixture
def databases(aws):
    """An instance and a cluster with two hours of log."""
    rds = boto3.client("rds")
    about = {"MasterUsername": "daytwo", "MasterUserPassword": "daytwo-password"}
    rds.create_db_instance(
        DBInstanceIdentifier="feedback-prod-db",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        BackupRetentionPeriod=7,
        **about,
    )
    rds.create_db_cluster(
        DBClusterIdentifier="feedback-prod-cluster", Engine="aurora-postgresql", **about
    )
    aws.clock.advance(7200)
    return rds


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
