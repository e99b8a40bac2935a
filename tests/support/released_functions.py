"""A function behind an alias, with the versions that a test publishes of it."""

import contextlib
import hashlib
import io
import json
import zipfile
from pathlib import Path
from unittest import mock

from infra.local.account import Account
from infra.local.functions import aliases, configuration, versions


def zipped(code):
    """Zip one source file, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), code)
    return buffer.getvalue()


class Function:
    """A function with versions and the alias `live`, and what a release would bring."""

    name, alias = "feedback-dev-create-feedback", "live"

    def __init__(self, lambda_, iam, s3, bucket):
        self.lambda_, self.s3, self.bucket = lambda_, s3, bucket
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = iam.create_role(RoleName="feedback-dev-role", AssumeRolePolicyDocument=trust)
        lambda_.create_function(
            FunctionName=self.name,
            Runtime="python3.11",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Code={"ZipFile": zipped("placeholder")},
            Publish=True,
        )
        lambda_.create_alias(FunctionName=self.name, Name=self.alias, FunctionVersion="1")

    def upload(self, code):
        """Put an artifact into the bucket; gives its key and digest."""
        content = zipped(code)
        digest = hashlib.sha256(content).hexdigest()
        key = f"releases/feedback/1.1.0/functions/{digest[:8]}.zip"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return key, digest

    def release(self, code):
        """Publish a version behind daytwo's back; gives its number and its digest."""
        content = zipped(code)
        self.lambda_.update_function_code(FunctionName=self.name, ZipFile=content)
        version = self.lambda_.publish_version(FunctionName=self.name)["Version"]
        return version, hashlib.sha256(content).hexdigest()

    def point(self, version, weights=None):
        """Move the alias as somebody else would."""
        self.lambda_.update_alias(
            FunctionName=self.name,
            Name=self.alias,
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": weights or {}},
        )

    def routing(self):
        """Read where the alias points."""
        reply = self.lambda_.get_alias(FunctionName=self.name, Name=self.alias)
        weights = (reply.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        return reply["FunctionVersion"], weights

    def versions(self):
        """List the published versions."""
        reply = self.lambda_.list_versions_by_function(FunctionName=self.name)
        return [entry["Version"] for entry in reply["Versions"] if entry["Version"] != "$LATEST"]


@contextlib.contextmanager
def kept_versions():
    """Let Lambda of a mocked account keep versions, aliases and revisions as Lambda does."""
    account = Account(port=0, workdir=Path())
    try:
        for part in (configuration, versions):
            part.install(account, mock.Mock())
        aliases.install(account)
        yield
    finally:
        account.stop()
