"""The settings of a table, each in a form that can be compared with its copy's and told."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.drills import copies
from tasks.integrities import planning
from tasks.runtime import raising
from tasks.tables import alarms, places, scaling

LOOKS = places.merged(
    alarms.LOOKS,
    scaling.LOOKS,
    dict.fromkeys(
        (
            "dynamodb:DescribeTable",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeContributorInsights",
            "dynamodb:GetResourcePolicy",
            "dynamodb:ListTagsOfResource",
        ),
        places.BOTH,
    ),
)
TIME_TO_LIVE = "time to live"
STREAM = "stream"
RECOVERY = "point-in-time recovery"
PROTECTION = "deletion protection"
POLICY = "resource policy"
TAGS = "tags"
BILLING = "billing"
CLASS = "table class"
ENCRYPTION = "encryption"
REPLICAS = "replicas"
KEYS = "key schema"
INDEX = "index "
SCALING = "auto scaling "
ALARM = "alarm "
INSIGHTS = "contributor insights"
OFF = "off"
LONGEST = 300

# By its name: a text, or a document where a text alone would not tell enough.
Settings = dict[str, Any]


@dataclass(frozen=True)
class Clients:
    """The clients of the place where a table is."""

    dynamodb: Any
    cloudwatch: Any
    autoscaling: Any


@dataclass(frozen=True)
class Found:
    """A table as AWS describes it, and what else belongs to it."""

    table: Mapping[str, Any]
    settings: Settings
    alarms: Mapping[str, Any]
    scaling: scaling.Scaling


def read(name: str, table: Mapping[str, Any], clients: Clients, prefix: str = "") -> Found:
    """Read all settings of a table; `prefix` is what the names of a copy's alarms begin with."""
    dynamodb = clients.dynamodb
    watched = alarms.of(name, clients.cloudwatch, prefix)
    scaled = scaling.of(name, clients.autoscaling)
    found = {
        **of_description(table),
        TIME_TO_LIVE: planning.ttl_attribute(name, dynamodb) or OFF,
        RECOVERY: recovery(name, dynamodb),
        INSIGHTS: insights(name, dynamodb),
        POLICY: policy(table["TableArn"], dynamodb),
        TAGS: tags(table["TableArn"], dynamodb),
    }
    found |= {SCALING + part: scaling.shape(entry) for part, entry in scaled.items()}
    found |= {ALARM + one: alarms.shape(alarm) for one, alarm in watched.items()}
    return Found(table, found, watched, scaled)


def of_description(table: Mapping[str, Any]) -> Settings:
    """Give the settings that DescribeTable tells."""
    stream = table.get("StreamSpecification", {})
    replicas = sorted(replica["RegionName"] for replica in table.get("Replicas", []))
    found = {
        STREAM: stream.get("StreamViewType", OFF) if stream.get("StreamEnabled") else OFF,
        PROTECTION: "on" if table.get("DeletionProtectionEnabled") else OFF,
        BILLING: billing(table),
        CLASS: table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        ENCRYPTION: table.get("SSEDescription", {}).get("KMSMasterKeyArn", "AWS owned key"),
        REPLICAS: ", ".join(replicas) or "none",
        KEYS: key_schema(table),
    }
    for kind, field in (("global", "GlobalSecondaryIndexes"), ("local", "LocalSecondaryIndexes")):
        for index in table.get(field, []):
            found[INDEX + index["IndexName"]] = index_shape(kind, index)
    return found


def billing(table: Mapping[str, Any]) -> str:
    """Say how capacity is paid for, with the units that are provisioned."""
    if table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        return "PAY_PER_REQUEST"
    units = table["ProvisionedThroughput"]
    return f"PROVISIONED {units['ReadCapacityUnits']} {units['WriteCapacityUnits']}"


def key_schema(table: Mapping[str, Any]) -> str:
    """Write a key with the types of its attributes, the partition key first: "id S, at N"."""
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    return ", ".join(f"{name} {types[name]}" for name in places.keys(table))


def index_shape(kind: str, index: Mapping[str, Any]) -> str:
    """Write an index: "global by state, at, projects ALL"."""
    projection = index["Projection"]
    fields = sorted(projection.get("NonKeyAttributes", []))
    said = " ".join([projection.get("ProjectionType", "ALL"), *fields])
    return f"{kind} by {', '.join(places.keys(index))}, projects {said}"


def recovery(name: str, dynamodb: Any) -> str:
    """Say for how long the table can be restored to any second."""
    with raising(places.ERRORS, f"table {name}"):
        told = dynamodb.describe_continuous_backups(TableName=name)
    window = told["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if window.get("PointInTimeRecoveryStatus") != "ENABLED":
        return OFF
    return f"{window.get('RecoveryPeriodInDays', 35)} days"


def insights(name: str, dynamodb: Any) -> str:
    """Say whether the keys that are used most are counted."""
    with raising(places.ERRORS, f"table {name}"):
        told = dynamodb.describe_contributor_insights(TableName=name)
    return "on" if told["ContributorInsightsStatus"] in ("ENABLED", "ENABLING") else OFF


def policy(arn: str, dynamodb: Any) -> str:
    """Give the digest of the table's resource policy: its text may name whom it lets in."""
    with raising(places.ERRORS, arn):
        try:
            text = dynamodb.get_resource_policy(ResourceArn=arn)["Policy"]
        except dynamodb.exceptions.PolicyNotFoundException:
            return "none"
    canonical = json.dumps(json.loads(text), sort_keys=True)
    return f"SHA-256 {hashlib.sha256(canonical.encode()).hexdigest()[:16]}"


def tags(arn: str, dynamodb: Any) -> dict[str, str]:
    """Give the table's tags without AWS's own and those that mark a drill's copy."""
    with raising(places.ERRORS, arn):
        pages = dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        found = copies.values(tag for page in pages for tag in page["Tags"])
    marks = (copies.DRILL_TAG, copies.COPY_TAG)
    return {
        name: value
        for name, value in found.items()
        if name not in marks and not name.startswith("aws:")
    }


def told(value: Any) -> str:
    """Write a setting for a person; what is too long is cut off."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
