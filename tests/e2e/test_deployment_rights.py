"""Each deploying task works on the embedded account with the rights it declares, and no more."""

import configparser
import contextlib
import hashlib
import importlib
import io
import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.discovery import ROOT
from infra.local import state
from tasks import store
from tasks.errors import AccessRefused, Unavailable

ACCOUNT, REGION = "123456789012", "us-east-1"
ARTIFACTS, EVIDENCE, TABLE = "daytwo-artifacts", "daytwo-evidence", "daytwo-state"
SITE = f"feedback-dev-site-{ACCOUNT}"
FUNCTION = "feedback-dev-health"
OWNER = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:daytwo-promotion:run"
NAMES = {
    "${AWS::Partition}": "aws",
    "${AWS::Region}": REGION,
    "${AWS::AccountId}": ACCOUNT,
    "${System}": "feedback",
    "${ArtifactsBucket.Arn}": f"arn:aws:s3:::{ARTIFACTS}",
    "${EvidenceBucket.Arn}": f"arn:aws:s3:::{EVIDENCE}",
    "${StateTable.Arn}": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}",
}
CODE = """
def handler(event, context):
    return {"statusCode": STATUS, "body": context.function_version}
"""


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """An embedded account of its own, with nothing deployed in it."""
    workdir = tmp_path_factory.mktemp("account")
    command = [sys.executable, "-m", "infra.local", "--workdir", str(workdir)]
    with (workdir / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--port", "0", "--no-bootstrap"], stdout=log, stderr=log, cwd=ROOT
        )
    try:
        yield Admin(workdir, process)
    finally:
        process.terminate()
        process.wait(20)


class Admin:
    """The administrator's clients, and those of roles made for one task each."""

    def __init__(self, workdir: Path, process: subprocess.Popen) -> None:
        while not ((found := state.read(workdir)) and found.ready):
            assert process.poll() is None, (workdir / "log").read_text()
            time.sleep(0.1)
        self.endpoint, self.clients = found.endpoint, {}
        profiles = configparser.ConfigParser()
        profiles.read(workdir / "credentials")
        self.keys = {
            "AccessKeyId": profiles["admin"]["aws_access_key_id"],
            "SecretAccessKey": profiles["admin"]["aws_secret_access_key"],
        }

    def client(self, service, keys=None):
        """Give a client of the administrator, or of whoever the keys belong to."""
        keys = keys or self.keys
        named = (service, keys["AccessKeyId"])
        if named not in self.clients:
            self.clients[named] = boto3.client(
                service,
                region_name=REGION,
                endpoint_url=self.endpoint,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys.get("SessionToken"),
            )
        return self.clients[named]

    def role_keys(self, name, permissions):
        """Make a role with these permissions and take it."""
        trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
        statements = [
            {"Effect": "Allow", "Action": action, "Resource": resolved(resources)}
            for action, resources in permissions.items()
        ]
        iam = self.client("iam")
        document = {"Version": "2012-10-17", "Statement": [trust]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
        if statements:
            policy = {"Version": "2012-10-17", "Statement": statements}
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        sts = self.client("sts")
        taken = sts.assume_role(RoleArn=arn["Role"]["Arn"], RoleSessionName="test")
        return taken["Credentials"]


def resolved(resources):
    arns = [resources] if isinstance(resources, str) else resources
    for name, value in NAMES.items():
        arns = [arn.replace(name, value) for arn in arns]
    return arns


@pytest.fixture(scope="module")
def run(account):
    """Run a task's handler as its own role: run("shift_alias", {...})."""
    clients = {}

    def handle(task, request, attempts=20):
        module = importlib.import_module(f"tasks.promotion.{task}")
        if task not in clients:
            clients[task] = account.role_keys(f"daytwo-{task}", module.PERMISSIONS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ARTIFACTS_BUCKET", ARTIFACTS)
            patch.setenv("EVIDENCE_BUCKET", EVIDENCE)
            patch.setenv("STATE_TABLE", TABLE)
            patch.setattr(module, "client", lambda name, *_: account.client(name, clients[task]))
            for _ in range(attempts):
                with contextlib.suppress(Unavailable):
                    return module.handler(request, None)
                time.sleep(0.2)
        raise AssertionError(f"{task} did not get on")

    return handle


@pytest.fixture(scope="module")
def house(account):
    """What daytwo has: its buckets and the lock of the environment."""
    s3, dynamodb = account.client("s3"), account.client("dynamodb")
    for bucket in (ARTIFACTS, EVIDENCE):
        s3.create_bucket(Bucket=bucket)
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    lock = {**store.lock("feedback", "dev"), "owner": OWNER, "fence": 1}
    dynamodb.put_item(TableName=TABLE, Item=store.to_item(lock))
    return account


def upload(account, key, content):
    account.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=content)
    return {"key": key, "sha256": hashlib.sha256(content).hexdigest()}


def zipped(status):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), CODE.replace("STATUS", str(status)))
    return buffer.getvalue()


def planned(account, version, status, memory="256"):
    """Lay out a release of the health function and of the site, on the real template."""
    folder = f"releases/feedback/{version}/"
    body = (ROOT / "examples" / "feedback" / "template.json").read_bytes()
    template = upload(account, f"{folder}template.json", body)
    page = upload(account, f"{folder}site/index.html", version.encode())
    code = upload(account, f"{folder}functions/health.zip", zipped(status))
    probe = {"component": "health", "function": FUNCTION, "alias": "live"}
    return {
        "system": "feedback",
        "release": version,
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
            "template_key": template["key"],
            "template_sha256": template["sha256"],
            "parameters": {"Environment": "dev", "FunctionMemory": memory},
            "role_arn": "",
        },
        "functions": [{"component": "health", "function": FUNCTION, "alias": "live", **code}],
        "site": {
            "present": True,
            "bucket": SITE,
            "component": "site",
            "source_prefix": f"{folder}site/",
            "prefix": f"releases/{version}/",
            "entry": ["index.html"],
            "files": [{**page, "path": "index.html", "content_type": "text/html"}],
            "distribution": "",
        },
        "steps": [{"name": "all at once", "from": 0, "to": 100, "checks": []}],
        "bake": {"checks": []},
        "health": {
            "alarms": [{"name": f"{FUNCTION}-errors", "without_data": "healthy"}],
            "checks": [{**probe, "payload": {}, "expect_status": 200}],
        },
        "approval": {"required": False, "roles": [], "expires_seconds": 60},
        "next_environment": "",
    }


def deploy(run, plan, execution):
    """Take a promotion's steps up to the last shift; gives what was captured and published."""
    here = {"target": plan["target"]}
    asked = {"stack": plan["stack"], **here, "execution": execution, "release": plan["release"]}
    arn = run("create_change_set", asked)["arn"]
    while not (change_set := run("check_change_set", {"arn": arn, **here}))["ready"]:
        time.sleep(0.1)
    captured = run(
        "capture_rollback_plan",
        {
            "plan": plan,
            "request": {},
            "execution": {"id": OWNER, "name": execution, "started_at": "now"},
            "change_set": change_set,
            "owner": OWNER,
            "fence": 1,
        },
    )
    if not change_set["empty"]:
        run("execute_change_set", {"arn": arn, **here})
        while not run("check_stack", {"stack": plan["stack"]["name"], **here})["done"]:
            time.sleep(0.1)
    (function,) = plan["functions"]
    code = {key: function[key] for key in ("function", "key", "sha256")}
    published = run("publish_version", {**code, **here, "release": plan["release"]})
    for before, after in ((0, 10), (10, 100)):
        shift(run, published, captured, before, after)
    run("publish_assets", {"site": plan["site"], **here})
    run("switch_assets", {"site": plan["site"], **here, "release": plan["release"]})
    return captured, published


def shift(run, published, captured, before, after):
    run(
        "shift_alias",
        {
            "function": FUNCTION,
            "alias": "live",
            "from_version": captured["functions"][0]["version"],
            "to_version": published["version"],
            "from_percent": before,
            "to_percent": after,
            "target": {},
        },
    )


def answer(account):
    reply = account.client("lambda").invoke(FunctionName=FUNCTION, Qualifier="live")
    return json.loads(reply["Payload"].read())["statusCode"]


def page(account):
    return account.client("s3").get_object(Bucket=SITE, Key="index.html")["Body"].read()


def memory(account):
    reply = account.client("lambda").get_function_configuration(FunctionName=FUNCTION)
    return reply["MemorySize"]


def restore(run, plan, captured, execution):
    """Take the way back, each step delivered twice."""
    here = {"target": plan["target"]}
    for _ in range(2):
        (function,) = captured["functions"]
        run("restore_alias", {"captured": function, "released": plan["functions"], **here})
        run("restore_assets", {"site": captured["site"], **here})
    request = {"stack": captured["stack"], **here, "execution": execution}
    while not run("restore_stack", request)["done"]:
        time.sleep(0.1)
    run("restore_stack", request)


def test_releases_come_and_one_goes_back_under_the_tasks_own_rights(house, run):
    first = planned(house, "1.0.0", 200)
    captured, published = deploy(run, first, "first")
    assert captured["functions"][0]["version"] == ""
    health = {"health": first["health"], "target": {}, "last": True}
    assert run("check_health", {**health, "published": [published]})["healthy"]
    assert (answer(house), page(house), memory(house)) == (200, b"1.0.0", 256)

    second = planned(house, "1.1.0", 500, memory="512")
    captured, _ = deploy(run, second, "second")
    assert captured["functions"][0]["version"] == published["version"]
    assert (answer(house), page(house), memory(house)) == (500, b"1.1.0", 512)

    restore(run, second, captured, "second")
    assert (answer(house), page(house), memory(house)) == (200, b"1.0.0", 256)


def test_a_change_set_that_is_not_executed_is_put_away(house, run):
    plan = planned(house, "1.2.0", 200, memory="1024")
    asked = {"stack": plan["stack"], "target": {}, "execution": "third", "release": "1.2.0"}
    arn = run("create_change_set", asked)["arn"]

    assert run("discard_change_set", {"arn": arn, "target": {}}) == {"deleted": True}


def test_another_systems_function_is_refused(house, run):
    request = {
        "function": "payments-prod-charge",
        "alias": "live",
        "from_version": "1",
        "to_version": "2",
        "from_percent": 0,
        "to_percent": 10,
        "target": {},
    }

    with pytest.raises(AccessRefused, match="payments-prod-charge"):
        run("shift_alias", request)


def test_a_role_without_rights_can_do_nothing(account):
    keys = account.role_keys("daytwo-nothing", {})

    with pytest.raises(ClientError, match="AccessDenied"):
        account.client("lambda", keys).get_alias(FunctionName=FUNCTION, Name="live")
