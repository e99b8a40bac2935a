"""Each task that plans, decides and records works with the rights it declares."""

import json

import pytest
import rights

from tasks import errors, plans, store
from workflows import packaging, releases, systems

KINDS = ("tests", "coverage", "static_analysis", "secrets", "dependencies")
EXAMPLE = rights.ROOT / "examples/feedback"
REQUEST = {
    "system": "feedback",
    "release": "1.1.0",
    "environment": "dev",
    "requested_by": "alice",
    "reason": "",
}


@pytest.fixture(scope="module")
def published(house):
    """The sample system, registered, with its release 1.1.0."""
    s3, dynamodb = house.client("s3"), house.client("dynamodb")
    manifest = systems.validate(json.loads((EXAMPLE / "system.json").read_text("utf-8")))
    item = {**store.system("feedback"), "manifest": json.dumps(manifest)}
    dynamodb.put_item(TableName=rights.STATE, Item=store.to_item(item))
    release = packaging.read_release(EXAMPLE / "releases/1.1.0")
    releases.Releases(s3, dynamodb, rights.ARTIFACTS, rights.STATE).publish(release, "alice")


@pytest.fixture(scope="module")
def executions(house):
    """Start an execution that fails: executions("first")."""
    stepfunctions = house.client("stepfunctions")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = house.client("iam").create_role(RoleName="machine", AssumeRolePolicyDocument=trust)
    machine = stepfunctions.create_state_machine(
        name="daytwo-promotion",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Fail"}}}),
        roleArn=role["Role"]["Arn"],
    )["stateMachineArn"]

    def start(name):
        started = stepfunctions.start_execution(
            stateMachineArn=machine, name=name, input=json.dumps(REQUEST)
        )
        arn = started["executionArn"]
        return {"id": arn, "name": name, "started_at": "2026-01-01T00:00:00Z"}

    return start


def begin(run, execution):
    """Take a promotion's steps up to the verified artifacts; gives the plan and the lock."""
    event = {"id": execution["name"], "detail-type": "Asked", "detail": REQUEST}
    asked = {"workflow": "promotion", "document": event, "execution": execution}
    request = run("common.validate_request", asked)["request"]
    place = {"system": "feedback", "environment": "dev", "owner": execution["id"]}
    lock = run("locks.acquire_lock", {**place, "purpose": "promotion", "lease_seconds": 60})
    plan = run("promotion.make_plan", {"request": request})
    rooms = {room: plan[room] for room in ("evidence", "functions", "site", "stack")}
    run("promotion.verify_artifacts", rooms)
    return request, plan, {**place, "fence": lock["fence"]}


def test_what_was_prepared_is_left_and_found(published, executions, run):
    execution = executions("third")
    request, plan, lock = begin(run, execution)
    change_set = {"arn": "arn:change-set", "ready": True, "empty": False, "changes": []}
    held = {"owner": lock["owner"], "fence": lock["fence"]}
    rooms = {"request": request, "execution": execution, "plan": plan, "change_set": change_set}
    assert run("locks.leave_claim", {**rooms, **held}) == {"left": True}
    found = run("janitor.find_claim", {"document": {"execution": execution["id"]}})
    assert found["change_set"] == change_set
    assert "captured" not in found
    run("locks.release_lock", lock)


def test_a_promotion_is_planned_and_recorded(published, executions, run):
    execution = executions("first")
    request, plan, lock = begin(run, execution)
    recorded = {"plan": plan, "request": request, "execution": execution}
    held = {"owner": lock["owner"], "fence": lock["fence"]}
    for _ in range(2):
        run("promotion.record_release", {**recorded, **held})
    for expected in (True, False):
        assert run("locks.release_lock", lock) == {"released": expected}
    assert run("promotion.make_plan", {"request": request})["already_live"] is True

    for _ in range(2):
        answer = run("promotion.record_rollback", {**recorded, "cause": "it was red"})
        assert answer == {"quarantined": True}
    with pytest.raises(errors.ReleaseQuarantined, match="it was red"):
        run("promotion.make_plan", {"request": request})


def test_what_an_execution_left_is_found(published, executions, run):
    execution = executions("second")
    place = {"system": "feedback", "environment": "staging", "owner": execution["id"]}
    run("locks.acquire_lock", {**place, "purpose": "promotion", "lease_seconds": 60})
    found = run("janitor.find_claim", {"document": {"execution": execution["id"]}})
    assert found["request"] == REQUEST
    assert found["failure"]["Error"] == "Failed"


def test_an_object_that_is_gone_is_told_from_one_that_may_not_be_read(house, run):
    """Without s3:ListBucket AWS would say that reading is not allowed."""
    missing = {"key": "releases/feedback/9.9.9/template.json", "sha256": "a" * 64}
    request = {
        "evidence": {kind: [missing] for kind in KINDS},
        "functions": [],
        "site": plans.NO_SITE,
        "stack": {
            "name": "feedback-dev",
            "template_key": missing["key"],
            "template_sha256": missing["sha256"],
            "parameters": {},
            "role_arn": "",
        },
    }
    with pytest.raises(errors.ArtifactMissing, match=missing["key"]):
        run("promotion.verify_artifacts", request)
