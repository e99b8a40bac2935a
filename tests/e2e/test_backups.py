"""Backups of the feedback system on a whole account, with each function under its own role."""

import contextlib
import copy
import json

import pytest
from people import until

DISKS = [
    {"name": "ledger", "type": "rds_instance", "instance": "feedback-{environment}-ledger"},
    {"name": "disks", "type": "ebs_volumes", "tags": {"Name": "feedback-{environment}-data"}},
]


@contextlib.contextmanager
def recovery(feedback, parts=(), **described):
    """Have these components and this recovery in the manifest while the block lasts."""
    changed = copy.deepcopy(feedback.manifest)
    changed["components"] += parts
    changed["recovery"] = described
    feedback.put(changed)
    try:
        yield
    finally:
        feedback.put(feedback.manifest)


@pytest.fixture
def by_hand(feedback):
    """Backups of dev that no schedule makes."""
    with recovery(feedback, backups={"environments": ["dev"]}):
        yield feedback


def executions(feedback, machine):
    client = feedback.account.client("stepfunctions", "alice")
    arn = feedback.session.output(machine)
    return client.list_executions(stateMachineArn=arn)["executions"]


def test_tables_are_backed_up_with_a_manifest_that_has_their_digest(by_hand):
    result = by_hand.daytwo("backup", "feedback", "dev", "--wait")

    assert result.exit_code == 0, result.output
    listed = by_hand.said("backups", "list", "feedback")["backups"]
    assert {row["component"]: row["status"] for row in listed} == {
        "items": "good",
        "analytics": "good",
    }
    s3 = by_hand.account.client("s3")
    for row in listed:
        bucket = by_hand.session.output("EvidenceBucketName")
        body = s3.get_object(Bucket=bucket, Key=row["manifest_key"])["Body"].read()
        assert json.loads(body)["digest"]["items"] >= 0
        assert row["points"][0]["id"].startswith("arn:aws:dynamodb:")


def test_the_stack_of_an_environment_is_exported(by_hand):
    result = by_hand.daytwo("backup", "feedback", "dev", "--kind", "exports", "--wait")

    assert result.exit_code == 0, result.output
    listed = by_hand.said("backups", "list", "feedback")["backups"]
    (export,) = [row for row in listed if row["kind"] == "exports"]
    assert (export["status"], export["resource"]) == ("good", "feedback-dev")


def oldest(rows, component):
    return min(
        (row for row in rows if row["component"] == component), key=lambda row: row["backup"]
    )


def prune_long_after(feedback, row):
    """Call the function that prunes, as the workflow would long after, until it is done."""
    execution = {"id": row["execution"], "name": "later", "started_at": row["made_at"]}
    backup = {
        **{name: row[name] for name in ("system", "environment", "kind", "target")},
        "id": row["backup"],
        "account": "",
        "started_at": row["made_at"],
        "execution": execution,
        "requested_by": "somebody",
    }
    request = {"backup": backup, "retention_days": 1, "keep_at_least": 1}
    request["now"] = "2099-01-01T00:00:00Z"
    client = feedback.account.client("lambda")
    told = {"pruned": [], "left": []}

    def done():
        reply = client.invoke(
            FunctionName="daytwo-backup-prune-backups", Payload=json.dumps(request)
        )
        answer = json.loads(reply["Payload"].read())
        told["pruned"] += answer["pruned"]
        told["left"] = answer["left"]
        return answer["done"]

    until(done, "the end of the pruning")
    return told


def test_databases_and_volumes_are_copied_to_another_region_and_pruned_there_too(feedback):
    feedback.account.client("rds").create_db_instance(
        DBInstanceIdentifier="feedback-dev-ledger",
        DBInstanceClass="db.t3.medium",
        Engine="postgres",
        MasterUsername="administrator",
        MasterUserPassword="made-for-the-test",
        AllocatedStorage=20,
    )
    named = {"Key": "Name", "Value": "feedback-dev-data"}
    feedback.account.client("ec2").create_volume(
        AvailabilityZone="us-east-1a",
        Size=8,
        TagSpecifications=[{"ResourceType": "volume", "Tags": [named]}],
    )
    backups = {"environments": ["dev"], "copies": [{"region": "us-west-2"}]}

    with recovery(feedback, DISKS, backups=backups):
        for _ in range(2):
            result = feedback.daytwo("backup", "feedback", "dev", "--wait")
            assert result.exit_code == 0, result.output
        listed = feedback.said("backups", "list", "feedback")["backups"]
        old = oldest(listed, "ledger")
        pruned = prune_long_after(feedback, old)
        left = feedback.said("backups", "list", "feedback")["backups"]

    assert pruned["left"] == []
    assert f"{old['backup']} of ledger" in pruned["pruned"]
    assert f"{oldest(listed, 'disks')['backup']} of disks" in pruned["pruned"]
    for name in ("ledger", "disks", "items", "analytics"):
        assert len([row for row in left if row["component"] == name]) == 1
    found = {row["component"]: row for row in listed if row["component"] in ("ledger", "disks")}
    assert {name: row["copies"][0]["state"] for name, row in found.items()} == {
        "ledger": "copied",
        "disks": "copied",
    }
    assert ":us-west-2:" in found["ledger"]["copies"][0]["points"][0]["id"]


def test_what_cannot_be_backed_up_is_refused_with_its_name(by_hand):
    result = by_hand.daytwo("backup", "feedback", "dev", "--component", "site", "--wait")

    assert result.exit_code == 1
    assert "Of site, a static_site, there are no backups" in result.output


def test_schedules_of_the_manifest_start_what_they_name(feedback):
    before = len(executions(feedback, "BackupStateMachineArn"))
    nightly = {"environments": ["dev"], "exports": "rate(1 day)"}
    beat = {"environments": ["dev"], "schedule": "rate(1 day)"}

    with recovery(feedback, backups=nightly, heartbeat=beat):
        (execution,) = until(
            lambda: [
                one
                for one in executions(feedback, "HeartbeatStateMachineArn")
                if '"dev"' in feedback.described(one["executionArn"])["input"]
            ],
            "the first heartbeat",
        )
        ended = feedback.end(execution["executionArn"])
        until(
            lambda: [
                one
                for one in executions(feedback, "BackupStateMachineArn")
                if "exports" in feedback.described(one["executionArn"])["input"]
                and "daytwo.schedule" in feedback.described(one["executionArn"])["input"]
            ],
            "the scheduled export",
        )

    assert ended["status"] == "SUCCEEDED", ended
    assert len(executions(feedback, "BackupStateMachineArn")) > before
    key = {"feedbackId": {"S": "daytwo-sentinel"}}
    dynamodb = feedback.account.client("dynamodb")
    found = dynamodb.get_item(TableName="feedback-dev-feedback", Key=key)["Item"]
    assert found["daytwo_sentinel_at"]["S"].endswith("Z")
    schedules = feedback.account.client("scheduler").list_schedules(GroupName="daytwo-systems")
    assert schedules["Schedules"] == []


def test_the_ages_of_all_backups_are_measured_by_the_clock(feedback):
    def measured():
        return [
            one
            for one in executions(feedback, "BackupStateMachineArn")
            if json.loads(feedback.described(one["executionArn"])["input"]).get("tick")
        ]

    ticks = until(measured, "a tick of the clock")

    assert feedback.end(ticks[-1]["executionArn"])["status"] == "SUCCEEDED"
    metrics = feedback.account.client("cloudwatch").list_metrics(
        Namespace="daytwo", MetricName="BackupsTooOld"
    )["Metrics"]
    assert metrics
    assert all(metric["Dimensions"] == [] for metric in metrics)
