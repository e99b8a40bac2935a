"""Publish releases and list them: immutable objects in S3, one record each in the state table."""

import base64
import hashlib
import json
from typing import Any

from botocore.exceptions import ClientError

from tasks import store
from tasks.runtime import iso
from workflows.packaging import SOURCE, Release, media_type
from workflows.state import StateTable


class ReleaseExists(ValueError):
    """The version has been published with other content; `differences` names what differs."""

    def __init__(self, release: Release, differences: list[str]) -> None:
        super().__init__(
            f"{release.system} {release.version} has been published with other content; a release "
            f"never changes: publish this one under another version. " + "; ".join(differences)
        )
        self.differences = differences


class Releases:
    """The releases of one daytwo account.

    `s3` and `dynamodb` are AWS clients, `bucket` is the artifacts bucket, `table` the state
    table.
    """

    def __init__(self, s3: Any, dynamodb: Any, bucket: str, table: str) -> None:
        self.s3, self.dynamodb, self.bucket, self.table = s3, dynamodb, bucket, table
        self.state = StateTable(table, dynamodb)

    def publish(self, release: Release, publisher: str) -> dict[str, Any]:
        """Publish the release; the same content again changes nothing and is told as such.

        The version is claimed for this content first and the manifest is uploaded last, so
        that whoever publishes other content at the same time is refused, and a publication
        that was cut off is finished by publishing again. Raises ReleaseExists.
        """
        record = self._claim(release, publisher)
        published = "published_at" not in record
        if published:
            prefix = folder(release.system, release.version)
            for path, content in sorted(release.objects.items()):
                self._upload(prefix + path, content)
            self._upload(prefix + SOURCE, release.body)
            self._record_end(release)
        return {
            "system": release.system,
            "version": release.version,
            "digest": release.digest,
            "status": "published" if published else "unchanged",
            "objects": len(release.objects) + 1,
        }

    def published(self, system: str = "") -> list[dict[str, str]]:
        """List the releases of a system, or of all, the newest version of each last.

        `published_at` is empty where a publication was begun and not finished.
        """
        records = self._records(system)
        rows = [
            {
                "system": record["pk"].removeprefix("RELEASE#"),
                "version": record["sk"],
                "digest": record["digest"],
                "published_at": record.get("published_at", ""),
                "published_by": record.get("published_by", ""),
            }
            for record in records
        ]
        return sorted(rows, key=lambda row: (row["system"], precedence(row["version"])))

    def _claim(self, release: Release, publisher: str) -> dict[str, Any]:
        try:
            reply = self.dynamodb.update_item(
                TableName=self.table,
                Key=store.to_item(store.release(release.system, release.version)),
                UpdateExpression="SET digest = :digest, "
                "published_by = if_not_exists(published_by, :publisher)",
                ConditionExpression="attribute_not_exists(digest) OR digest = :digest",
                ExpressionAttributeValues=store.to_item(
                    {":digest": release.digest, ":publisher": publisher}
                ),
                ReturnValues="ALL_NEW",
            )
        except self.dynamodb.exceptions.ConditionalCheckFailedException:
            raise ReleaseExists(release, self._differences(release)) from None
        return store.from_item(reply["Attributes"])

    def _upload(self, key: str, content: bytes) -> None:
        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        self.s3.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=content,
            ContentType=media_type(key),
            ChecksumSHA256=checksum,
        )

    def _record_end(self, release: Release) -> None:
        self.dynamodb.update_item(
            TableName=self.table,
            Key=store.to_item(store.release(release.system, release.version)),
            UpdateExpression="SET published_at = if_not_exists(published_at, :now)",
            ConditionExpression="digest = :digest",
            ExpressionAttributeValues=store.to_item({":now": iso(), ":digest": release.digest}),
        )

    def _differences(self, release: Release) -> list[str]:
        key = folder(release.system, release.version) + SOURCE
        try:
            body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
            return ["that publication was begun and not finished, so what differs is not known"]
        return differences(json.loads(body), release.manifest)

    def _records(self, system: str) -> list[dict[str, Any]]:
        prefix = store.release(system, "")["pk"]
        if system:
            return self.state.partition(prefix)
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.table,
            FilterExpression="begins_with(pk, :prefix)",
            ExpressionAttributeValues=store.to_item({":prefix": prefix}),
        )
        return [store.from_item(item) for page in pages for item in page["Items"]]


def folder(system: str, version: str) -> str:
    """Give a release's folder in the artifacts bucket, with a slash at its end."""
    return f"releases/{system}/{version}/"


def precedence(version: str) -> tuple[Any, ...]:
    """Give what sorts versions: numbers by value, and a suffix before the version itself.

    Source: Semantic Versioning 2.0.0, "Precedence".
    """
    numbers, _, suffix = version.partition("-")
    parts = [
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in suffix.split(".") if part
    ]
    return tuple(int(number) for number in numbers.split(".")), not suffix, parts


def differences(published: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Name the files and the fields in which two manifests differ."""
    before, after = _digests(published), _digests(wanted)
    found = [f"{path} is new" for path in sorted(after.keys() - before.keys())]
    found += [f"{path} is missing" for path in sorted(before.keys() - after.keys())]
    found += [
        f"{path} differs"
        for path in sorted(before.keys() & after.keys())
        if before[path] != after[path]
    ]
    fields = ("description", "created_at", "source", "parameters")
    found += [f"{name} differs" for name in fields if published.get(name) != wanted.get(name)]
    return found or ["the manifest is arranged otherwise"]


def _digests(node: Any) -> dict[str, str]:
    if isinstance(node, list):
        return {path: digest for entry in node for path, digest in _digests(entry).items()}
    if not isinstance(node, dict):
        return {}
    if "path" in node and "sha256" in node:
        return {node["path"]: node["sha256"]}
    return {path: digest for entry in node.values() for path, digest in _digests(entry).items()}
