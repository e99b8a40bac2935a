"""Restores of buckets, stacks and functions work with the rights they declare, and no more."""

import json

import pytest
from botocore.exceptions import ClientError
from drill_documents import drill
from drilled_functions import register
from drilled_stacks import BACKUP, deploy, planned, template
from released_functions import zipped
from rights import EVIDENCE, STATE

from infra.discovery import ROOT
from tasks.drills import ledger
from tasks.errors import Unhealthy
from tasks.restore import remove_bucket, restore_objects
from tasks.scenario import mend_function

NOW = "2099-01-01T00:00:00Z"
DRILL = drill(scenario="infrastructure-failure")
PREFIX = DRILL["prefix"]
FUNCTION = "feedback-dev-worker"
GOOD = 'def handler(event, context):\n    return {"statusCode": 200, "copy": event.get("copy")}\n'


@pytest.fixture(scope="module")
def drilled(house, run):
    """Run a step until it is done; gives its last answer."""

    def step(task, component, **more):
        request = {"component": component, "drill": DRILL, "now": NOW, **more}
        return until_done(lambda: run(task, request))

    return step


@pytest.fixture(scope="module")
def removed(house, run):
    """Remove what the ledger has of a kind; gives the proof."""

    def remove(task, kind):
        client = house.client("dynamodb")
        rows = ledger.rows(DRILL["id"], table=STATE, dynamodb=client)
        (row,) = [row for row in rows if row["kind"] == kind and row["status"] == "planned"]
        return until_done(lambda: run(task, {"row": row, "now": NOW}))["proof"]

    return remove


def until_done(call):
    for _ in range(100):
        answer = call()
        if answer.get("done", True):
            return answer
    raise AssertionError(f"it did not get on: {answer}")


def verdicts(answer):
    return {one["name"]: one["verdict"] for one in answer["checks"]}


def component(name, kind, **changes):
    return {
        "name": name,
        "type": kind,
        "chain": "table",
        "copy": f"{PREFIX}-{name}",
        "options": {},
        "application_checks": [],
        "config": {},
        "target_config": {},
        **changes,
    }


@pytest.fixture(scope="module")
def function(house):
    """A function with a published version behind its alias."""
    aws, iam = house.client("lambda"), house.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    policy = {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(
        RoleName="feedback-dev-worker", AssumeRolePolicyDocument=json.dumps(policy)
    )
    aws.create_function(
        FunctionName=FUNCTION,
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler="app.handler",
        Code={"ZipFile": zipped(GOOD)},
        Publish=True,
    )
    aws.create_alias(FunctionName=FUNCTION, Name="live", FunctionVersion="1")
    checks = ({"component": "worker"},)
    register(house.client("dynamodb"), STATE, checks, name="worker")
    return aws


def test_a_bucket_is_restored_compared_and_removed(house, drilled, removed, run):
    s3, source = house.client("s3"), "feedback-prod-files"
    s3.create_bucket(Bucket=source)
    s3.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "b c", "ä"):
        s3.put_object(Bucket=source, Key=key, Body=key.encode(), Tagging="class=private")
    s3.delete_object(Bucket=source, Key="a")
    asked = component(
        "files",
        "s3_bucket",
        resource=source,
        recovery_point={"kind": "versions", "id": "", "at": NOW, "manifest_key": ""},
        config={"bucket": source, "prefix": "", "keys_a_batch": 1},
    )

    drilled("restore.create_bucket", asked)
    listed = drilled("restore.list_versions", asked)
    batches = json.loads(s3.get_object(Bucket=EVIDENCE, Key=listed["batches_key"])["Body"].read())
    for entry in batches:
        drilled("restore.restore_objects", asked, **entry)
    settings = drilled("restore.match_bucket", asked)
    for entry in batches:
        run("integrity.compare_objects", {"component": asked, "drill": DRILL, "now": NOW, **entry})
    checked = drilled("integrity.check_objects", asked, batches=len(batches))

    assert (listed["objects"], listed["batches"]) == (2, 2)
    assert set(verdicts(checked).values()) == {"PASS"}
    outcomes = {one["setting"]: one["outcome"] for one in settings["differences"]}
    assert outcomes["versioning"] == "reapplied"
    assert "no bucket" in removed("restore.remove_bucket", "bucket")
    assert source in [one["Name"] for one in s3.list_buckets()["Buckets"]]


def test_a_stack_is_exported_made_deleted_made_again_and_removed(house, drilled, removed, run):
    aws = house.client("cloudformation")
    body = template()
    deploy(aws, body)
    point = run("backup.export_stack", {"backup": BACKUP, "component": planned(), "now": NOW})
    asked = planned(point["points"][0]["id"])

    first = drilled("restore.restore_stack", asked)
    drilled("scenario.delete_stack", asked, stack_id=first["stack_id"])
    second = drilled("restore.restore_stack", asked)
    checked = drilled("integrity.check_stack", asked)

    assert first["stack_id"] != second["stack_id"]
    assert set(verdicts(checked).values()) == {"PASS"}
    assert "no stack" in removed("restore.remove_stack", "stack")
    tables = house.client("dynamodb").list_tables()["TableNames"]
    assert [name for name in tables if name.startswith("feedback-")] == ["feedback-prod-items"]


def test_the_whole_feedback_system_is_copied_and_goes_without_a_trace(house, drilled, removed, run):
    body = json.loads((ROOT / "examples" / "feedback" / "template.json").read_text())
    deploy(house.client("cloudformation"), body, name="feedback-staging", Environment="staging")
    source = {**planned(), "name": "whole", "resource": "feedback-staging"}
    point = run("backup.export_stack", {"backup": BACKUP, "component": source, "now": NOW})
    asked = {
        **planned(point["points"][0]["id"]),
        "name": "whole",
        "resource": "feedback-staging",
        "copy": f"{PREFIX}-whole",
    }
    before = named(house)

    drilled("restore.restore_stack", asked)
    made = named(house) - before
    checked = drilled("integrity.check_stack", asked)
    (site,) = [name for name in made if "-site-" in name]
    house.client("s3").put_object(Bucket=site, Key="index.html", Body=b"")
    removed("restore.remove_stack", "stack")

    assert set(verdicts(checked).values()) == {"PASS"}
    assert len(made) >= 8
    assert all(f"feedback-{PREFIX}-" in name for name in made)
    assert named(house) == before


def named(account):
    """Name all buckets, tables, functions, roles and log groups of the system."""
    functions = account.client("lambda").list_functions()["Functions"]
    groups = account.client("logs").describe_log_groups()["logGroups"]
    found = {
        *(one["Name"] for one in account.client("s3").list_buckets()["Buckets"]),
        *account.client("dynamodb").list_tables()["TableNames"],
        *(one["FunctionName"] for one in functions),
        *(one["RoleName"] for one in account.client("iam").list_roles(MaxItems=1000)["Roles"]),
        *(one["logGroupName"] for one in groups),
    }
    return {name for name in found if "feedback" in name}


def test_a_function_is_copied_answers_and_is_removed(function, drilled, removed):
    asked = component(
        "worker",
        "lambda",
        resource=FUNCTION,
        recovery_point={"kind": "version", "id": "1", "at": "", "manifest_key": ""},
        target_config={"function": FUNCTION, "alias": "live"},
        application_checks=[
            {
                "name": "it answers",
                "component": "worker",
                "function": FUNCTION,
                "payload": {"copy": "{copy}"},
            }
        ],
    )

    restored = drilled("restore.restore_function", asked)
    checked = drilled("integrity.check_function", asked)
    looked = drilled("integrity.check_application", asked)

    assert restored["function"] == f"{PREFIX}-worker"
    assert set(verdicts(checked).values()) == {"PASS"}
    assert verdicts(looked) == {"it answers": "PASS"}
    assert "no function" in removed("restore.remove_function", "function")


def test_a_function_is_broken_rolled_back_and_mended(function, drilled, removed, run):
    asked = component(
        "worker",
        "lambda",
        chain="bad_version",
        copy="",
        resource=FUNCTION,
        recovery_point={"kind": "none", "id": "", "at": "", "manifest_key": ""},
        target_config={"function": FUNCTION, "alias": "live"},
        options={"canary_percent": 50},
    )
    here = {"target": DRILL["target"]["target"]}

    broken = drilled("scenario.break_function", asked)
    watched = {name: broken[name] for name in ("health", "published")}
    taken_back = {"captured": broken["captured"], "released": broken["released"], **here}
    with pytest.raises(Unhealthy):
        run("promotion.check_health", {**watched, **here, "last": False})
    restored = run("promotion.restore_alias", taken_back)
    traffic = drilled("scenario.check_traffic", asked, captured=broken["captured"])

    assert restored["restored"] is True
    assert set(verdicts(traffic).values()) == {"PASS"}
    assert "no version is one that the drill broke" in removed(
        "scenario.mend_function", "broken_version"
    )
    versions = function.list_versions_by_function(FunctionName=FUNCTION)["Versions"]
    assert [one["Version"] for one in versions] == ["$LATEST", "1"]


def test_no_object_of_a_source_may_be_written_or_deleted(house):
    house.client("s3").create_bucket(Bucket="feedback-prod-kept")
    for task in (restore_objects, remove_bucket):
        keys = house.role_keys(f"daytwo-{task.__name__.rpartition('.')[2]}", task.PERMISSIONS)
        s3 = house.client("s3", keys)
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket="feedback-prod-kept", Key="a", Body=b"")
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(Bucket="feedback-prod-kept", Key="a")


def test_mending_may_not_delete_the_function_itself(function, run, house):
    keys = house.role_keys("daytwo-mend", mend_function.PERMISSIONS)

    with pytest.raises(ClientError, match="not authorized to perform: lambda:DeleteFunction"):
        house.client("lambda", keys).delete_function(FunctionName=FUNCTION)
