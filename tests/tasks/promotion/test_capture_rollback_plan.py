"""What an environment is gets captured before it changes, or the promotion does not begin."""

import hashlib
import json

import pytest

from tasks import store
from tasks.errors import (
    AlarmAlreadyRed,
    AlarmUnknown,
    FunctionMissing,
    LockLost,
    NoRollbackTarget,
    Throttled,
)
from tasks.promotion import capture_rollback_plan

OWNER = "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:run"
SITE = "feedback-dev-site-123456789012"
TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
ALARM = "feedback-dev-create-feedback-errors"
KEPT = "rollback/feedback/dev/run"


@pytest.fixture
def deployed(function, cloudformation, cloudwatch, s3):
    """The environment as the release before left it."""
    cloudformation.create_stack(StackName="feedback-dev", TemplateBody=json.dumps(TEMPLATE))
    s3.create_bucket(Bucket=SITE)
    s3.put_bucket_versioning(Bucket=SITE, VersioningConfiguration={"Status": "Enabled"})
    put_alarm(cloudwatch, "OK")


def put_alarm(cloudwatch, state):
    cloudwatch.put_metric_alarm(
        AlarmName=ALARM,
        MetricName="Errors",
        Namespace="AWS/Lambda",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Threshold=0,
        Statistic="Sum",
    )
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue=state, StateReason="three errors")


@pytest.fixture
def lock(dynamodb, state_table):
    """The environment's lock, held by the execution under number 3."""
    held = {**store.lock("feedback", "dev"), "owner": OWNER, "fence": 3}
    dynamodb.put_item(TableName=state_table, Item=store.to_item(held))

    def read():
        key = store.to_item(store.lock("feedback", "dev"))
        return store.from_item(dynamodb.get_item(TableName=state_table, Key=key)["Item"])

    return read


@pytest.fixture
def services(function, cloudformation, cloudwatch, s3):
    return {
        "lambda": function.lambda_,
        "cloudformation": cloudformation,
        "cloudwatch": cloudwatch,
        "s3": s3,
    }


@pytest.fixture
def capture(services, s3, evidence_bucket):
    archive = capture_rollback_plan.Archive(evidence_bucket, KEPT, s3)

    def run(changes=(), **more):
        kinds = [{"action": "Add", "type": kind} for kind in changes]
        document = {**plan(), **more}
        return capture_rollback_plan.capture(document, {"changes": kinds}, archive, services)

    return run


def plan():
    sha256 = "ab" * 32
    return {
        "system": "feedback",
        "release": "1.1.0",
        "environment": "dev",
        "digest": "cd" * 32,
        "already_live": False,
        "target": {"region": "", "role_arn": ""},
        "previous": {"release": "", "digest": ""},
        "gates": {"coverage_percent": 80, "dependency_severity": "high"},
        "evidence": {
            kind: [] for kind in ("tests", "coverage", "static_analysis", "secrets", "dependencies")
        },
        "stack": {
            "name": "feedback-dev",
            "template_key": "releases/feedback/1.1.0/template.json",
            "template_sha256": sha256,
            "parameters": {},
            "role_arn": "",
        },
        "functions": [
            {
                "component": "create-feedback",
                "function": "feedback-dev-create-feedback",
                "alias": "live",
                "key": "releases/feedback/1.1.0/functions/create-feedback.zip",
                "sha256": sha256,
            }
        ],
        "site": {
            "present": True,
            "bucket": SITE,
            "component": "site",
            "source_prefix": "releases/feedback/1.1.0/site/",
            "prefix": "releases/1.1.0/",
            "entry": ["index.html"],
            "files": [],
            "distribution": "",
        },
        "steps": [{"name": "all at once", "from": 0, "to": 100, "checks": []}],
        "bake": {"checks": []},
        "health": {"alarms": [{"name": ALARM, "without_data": "hold"}], "checks": []},
        "approval": {"required": False, "roles": [], "expires_seconds": 60},
        "next_environment": "",
    }


def request(fence=3):
    return {
        "plan": plan(),
        "request": {"system": "feedback", "release": "1.1.0", "environment": "dev"},
        "execution": {"id": OWNER, "name": "run", "started_at": "2030-01-01T00:00:00Z"},
        "change_set": {"arn": "arn:x", "ready": True, "empty": True, "changes": []},
        "owner": OWNER,
        "fence": fence,
    }


class TestWhatIsThere:
    def test_is_captured_with_all_that_the_way_back_needs(self, deployed, capture, function, s3):
        version_id = s3.put_object(Bucket=SITE, Key="index.html", Body=b"old")["VersionId"]

        captured = capture()

        assert captured["functions"] == [
            {
                "function": function.name,
                "alias": "live",
                "version": "1",
                "weights": {},
                "revision_id": captured["functions"][0]["revision_id"],
            }
        ]
        assert captured["site"]["entry"] == [{"key": "index.html", "version_id": version_id}]
        assert captured["alarms"] == [{"name": ALARM, "state": "OK"}]
        assert captured["stack"]["exists"] is True

    def test_the_template_is_kept_under_its_digest(self, deployed, capture, s3, evidence_bucket):
        stack = capture()["stack"]

        kept = s3.get_object(Bucket=evidence_bucket, Key=f"{KEPT}/template")["Body"].read()
        assert stack["template_key"] == f"{KEPT}/template"
        assert stack["template_sha256"] == hashlib.sha256(kept).hexdigest()
        assert json.loads(kept) == TEMPLATE

    def test_a_second_delivery_gets_what_the_first_one_kept(
        self, deployed, capture, function, cloudwatch, s3, evidence_bucket
    ):
        first = capture()
        version, _ = function.release("new")
        function.point("1", {version: 0.1})
        put_alarm(cloudwatch, "ALARM")

        assert capture() == first
        listed = s3.list_object_versions(Bucket=evidence_bucket)["Versions"]
        assert len(listed) == 2

    def test_a_release_without_a_site_captures_none(self, deployed, capture):
        site = {**plan()["site"], "present": False, "bucket": ""}

        assert capture(site=site)["site"]["entry"] == []


class TestWhatIsNotThereYet:
    """The first release: the change set makes the stack and all in it."""

    NEW = ("AWS::Lambda::Function", "AWS::CloudWatch::Alarm", "AWS::S3::Bucket")

    def test_is_captured_as_absent(self, capture, function):
        function.lambda_.delete_function(FunctionName=function.name)

        captured = capture(self.NEW)

        assert captured["functions"][0]["version"] == ""
        assert captured["stack"]["exists"] is False
        assert captured["site"]["entry"] == [{"key": "index.html", "version_id": ""}]
        assert captured["alarms"] == [{"name": ALARM, "state": ""}]

    def test_an_alarm_that_nothing_creates_is_unknown(self, capture):
        with pytest.raises(AlarmUnknown, match=ALARM):
            capture()

    def test_a_function_that_nothing_creates_is_missing(self, deployed, capture, function):
        function.lambda_.delete_function(FunctionName=function.name)

        with pytest.raises(FunctionMissing, match=function.name):
            capture()

    def test_a_stack_of_which_only_a_change_set_exists_counts_as_absent(
        self, capture, cloudformation, cloudwatch
    ):
        put_alarm(cloudwatch, "OK")
        cloudformation.create_change_set(
            StackName="feedback-dev",
            ChangeSetName="daytwo-run",
            ChangeSetType="CREATE",
            TemplateBody=json.dumps(TEMPLATE),
        )

        assert capture()["stack"]["exists"] is False


class TestWhatCannotBeHadBack:
    def test_a_split_alias(self, deployed, capture, function):
        version, _ = function.release("new")
        function.point("1", {version: 0.1})

        with pytest.raises(NoRollbackTarget, match="is split already: version 1, version"):
            capture()

    def test_an_alias_on_the_latest_code(self, deployed, capture, function):
        function.point("$LATEST")

        with pytest.raises(NoRollbackTarget, match=r"is at \$LATEST"):
            capture()

    def test_an_alias_on_a_version_that_is_gone(self, deployed, capture, function):
        version, _ = function.release("new")
        function.point(version)
        function.lambda_.delete_function(FunctionName=function.name, Qualifier=version)

        with pytest.raises(NoRollbackTarget, match="no published version"):
            capture()

    def test_a_function_without_the_alias(self, deployed, capture, function):
        function.lambda_.delete_alias(FunctionName=function.name, Name="live")

        with pytest.raises(NoRollbackTarget, match="has no alias live"):
            capture()

    @pytest.mark.parametrize("status", ["Suspended", "off"])
    def test_entries_of_a_bucket_without_versions(self, deployed, capture, s3, status):
        if status == "off":
            s3.delete_bucket(Bucket=SITE)
            s3.create_bucket(Bucket=SITE)
        else:
            s3.put_bucket_versioning(Bucket=SITE, VersioningConfiguration={"Status": status})

        with pytest.raises(NoRollbackTarget, match=f"versioning is {status}"):
            capture()


def test_an_alarm_that_is_red_already_is_named_with_its_reason(deployed, capture, cloudwatch):
    put_alarm(cloudwatch, "ALARM")

    with pytest.raises(AlarmAlreadyRed, match=f"{ALARM} is ALARM since 2.*three errors"):
        capture()


def test_nothing_is_kept_of_what_was_refused(deployed, capture, cloudwatch, s3, evidence_bucket):
    put_alarm(cloudwatch, "ALARM")

    with pytest.raises(AlarmAlreadyRed):
        capture()

    assert s3.list_objects_v2(Bucket=evidence_bucket)["KeyCount"] == 0


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("lambda", "GetAlias", "TooManyRequestsException"),
        ("lambda", "GetFunctionConfiguration", "TooManyRequestsException"),
        ("cloudformation", "DescribeStacks", "Throttling"),
        ("cloudformation", "GetTemplate", "Throttling"),
        ("cloudwatch", "DescribeAlarms", "Throttling"),
        ("s3", "GetBucketVersioning", "SlowDown"),
        ("s3", "HeadObject", "SlowDown"),
        ("s3", "PutObject", "SlowDown"),
    ],
)
def test_throttling_of_each_call_is_tried_again(
    deployed, capture, services, refused, service, operation, code
):
    refused(services[service], operation, code)

    with pytest.raises(Throttled):
        capture()


class TestTheClaim:
    def test_is_left_beside_the_lock_for_the_janitor(self, deployed, evidence_bucket, lock):
        captured = capture_rollback_plan.handler(request(), None)

        claim = json.loads(lock()["claim"])
        assert claim == {
            "request": request()["request"],
            "execution": request()["execution"],
            "plan": plan(),
            "change_set": request()["change_set"],
            "captured": captured,
        }

    def test_a_second_delivery_leaves_the_same(self, deployed, evidence_bucket, lock):
        first = capture_rollback_plan.handler(request(), None)
        before = lock()

        assert capture_rollback_plan.handler(request(), None) == first
        assert lock() == before

    def test_is_refused_to_whoever_lost_the_lock(self, deployed, evidence_bucket, lock):
        with pytest.raises(LockLost, match="no longer held under number 2"):
            capture_rollback_plan.handler(request(fence=2), None)

        assert "claim" not in lock()
