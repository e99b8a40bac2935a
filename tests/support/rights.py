"""An embedded account, and tasks that act there under the rights they declare and no more."""

import configparser
import contextlib
import importlib
import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest

from infra.discovery import ROOT
from infra.local import state
from tasks.errors import Unavailable

ACCOUNT, REGION = "123456789012", "us-east-1"
ARTIFACTS, EVIDENCE = "daytwo-artifacts", "daytwo-evidence"
STATE, AUDIT = "daytwo-state", "daytwo-audit"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:daytwo-notifications"
SETTINGS = {
    "ARTIFACTS_BUCKET": ARTIFACTS,
    "EVIDENCE_BUCKET": EVIDENCE,
    "STATE_TABLE": STATE,
    "AUDIT_TABLE": AUDIT,
    "NOTIFICATION_TOPIC": TOPIC,
}
NAMES = {
    "${AWS::Partition}": "aws",
    "${AWS::Region}": REGION,
    "${AWS::AccountId}": ACCOUNT,
    "${System}": "feedback",
    "${ArtifactsBucket.Arn}": f"arn:aws:s3:::{ARTIFACTS}",
    "${EvidenceBucket.Arn}": f"arn:aws:s3:::{EVIDENCE}",
    "${StateTable.Arn}": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{STATE}",
    "${NotificationTopic}": TOPIC,
    "${AuditTable.Arn}": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{AUDIT}",
}
CONTEXT = SimpleNamespace(
    invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:daytwo-task"
)


@contextlib.contextmanager
def embedded_account(workdir: Path):
    """Run an embedded account of its own, with nothing deployed in it."""
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

    def client(self, service, keys=None, region=REGION):
        """Give a client of the administrator, or of whoever the keys belong to."""
        keys = keys or self.keys
        named = (service, keys["AccessKeyId"], region)
        if named not in self.clients:
            self.clients[named] = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys.get("SessionToken"),
            )
        return self.clients[named]

    def role_keys(self, name, permissions, conditions=None):
        """Make a role with these permissions, under these conditions, and take it."""
        trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
        statements = [
            {
                "Effect": "Allow",
                "Action": action,
                "Resource": resolved(resources),
                "Condition": (conditions or {}).get(action, {}),
            }
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


def runner(account: Admin):
    """Run a task's handler as its own role: run("promotion.shift_alias", {...}).

    A call that says it may pass later is made again, up to `attempts` times.
    """
    keys = {}

    def run(task, request, attempts=20):
        module = importlib.import_module(f"tasks.{task}")
        if task not in keys:
            name = "daytwo-" + task.replace(".", "-")
            conditions = getattr(module, "CONDITIONS", {})
            keys[task] = account.role_keys(name, module.PERMISSIONS, conditions)
        with pytest.MonkeyPatch.context() as patch:
            for setting, value in SETTINGS.items():
                patch.setenv(setting, value)
            for loaded in own_modules():
                patch.setattr(loaded, "client", clients(account, keys[task]))
            for _ in range(attempts):
                with contextlib.suppress(Unavailable):
                    return module.handler(request, CONTEXT)
                time.sleep(0.2)
        raise AssertionError(f"{task} did not get on")

    return run


def clients(account: Admin, keys):
    """Give what tasks ask for clients, which are in the Region of the target."""

    def client(service, target=None, attempts=3):
        return account.client(service, keys, (target or {}).get("region") or REGION)

    return client


def own_modules():
    """List the modules of tasks/ that ask for clients, those that several tasks share as well."""
    loaded = [module for name, module in sys.modules.items() if name.startswith("tasks.")]
    return [module for module in loaded if hasattr(module, "client")]


def build_house(account: Admin) -> None:
    """Make what daytwo has: its buckets, its tables and its topic."""
    account.client("sns").create_topic(Name=TOPIC.rpartition(":")[2])
    s3, dynamodb = account.client("s3"), account.client("dynamodb")
    for bucket in (ARTIFACTS, EVIDENCE):
        s3.create_bucket(Bucket=bucket)
    for table, *keys in ((STATE, "pk", "sk"), (AUDIT, "id", "timestamp")):
        dynamodb.create_table(
            TableName=table,
            KeySchema=[
                {"AttributeName": keys[0], "KeyType": "HASH"},
                {"AttributeName": keys[1], "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
            BillingMode="PAY_PER_REQUEST",
        )
