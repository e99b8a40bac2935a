"""Which permissions the calls of backups and restore drills need."""

import boto3
import pytest
from moto import mock_aws

from infra.local.iam.arns import Place
from infra.local.iam.checks import checks
from infra.local.iam.operations import identify
from infra.local.iam.signature import read
from infra.local.iam.tables import RESTORING

PLACE = Place("us-east-1", "123456789012")


def needed(environ):
    operation = identify(read(environ).service, environ, environ["daytwo.body"])
    return [(check.action, check.resource) for check in checks(operation, PLACE)]


def own(resource, service, region="us-east-1"):
    return f"arn:aws:{service}:{region}:123456789012:{resource}"


BACKUP = own("table/items/backup/01", "dynamodb")
RESTORES = [
    (
        "restore_table_to_point_in_time",
        {"SourceTableName": "items", "UseLatestRestorableTime": True},
        own("table/items", "dynamodb"),
    ),
    (
        "restore_table_to_point_in_time",
        {"SourceTableArn": own("table/items", "dynamodb", "us-west-2")},
        own("table/items", "dynamodb", "us-west-2"),
    ),
    ("restore_table_from_backup", {"BackupArn": BACKUP}, BACKUP),
]


@pytest.mark.parametrize(("method", "parameters", "source"), RESTORES)
def test_a_table_s_restore_needs_its_source_its_target_and_to_write_it(
    sent, method, parameters, source
):
    found = needed(sent("dynamodb", method, TargetTableName="drill-1", **parameters))
    action = "dynamodb:" + "".join(word.title() for word in method.split("_"))
    target = own("table/drill-1", "dynamodb")
    writes = [(f"dynamodb:{each}", target) for each in RESTORING]
    assert found == [(action, source), (action, target), *writes]


TABLES = [
    ("create_backup", {"TableName": "items", "BackupName": "b"}, ["CreateBackup table/items"]),
    ("delete_backup", {"BackupArn": BACKUP}, ["DeleteBackup table/items/backup/01"]),
    ("describe_continuous_backups", {"TableName": "i"}, ["DescribeContinuousBackups table/i"]),
    (
        "put_resource_policy",
        {"ResourceArn": own("table/items", "dynamodb"), "Policy": "{}"},
        ["PutResourcePolicy table/items"],
    ),
    ("list_backups", {"TableName": "items"}, ["ListBackups *"]),
    (
        "create_table",
        {"TableName": "items", "Tags": [{"Key": "a", "Value": "b"}]},
        ["CreateTable table/items", "TagResource table/items"],
    ),
]


@pytest.mark.parametrize(("method", "parameters", "expected"), TABLES)
def test_backups_and_settings_need_the_table_or_the_backup(sent, method, parameters, expected):
    wanted = [each.split(" ") for each in expected]
    assert needed(sent("dynamodb", method, **parameters)) == [
        (f"dynamodb:{action}", end if end == "*" else own(end, "dynamodb"))
        for action, end in wanted
    ]


TAGS = [{"Key": "daytwo:drill", "Value": "1"}]
DATABASES = [
    (
        "restore_db_instance_to_point_in_time",
        {
            "SourceDBInstanceIdentifier": "prod",
            "TargetDBInstanceIdentifier": "drill-1",
            "DBSubnetGroupName": "inside",
            "Tags": TAGS,
        },
        ["db:prod", "db:drill-1", "subgrp:inside", "og:default", "pg:default"],
        "db:drill-1",
    ),
    (
        "restore_db_instance_from_db_snapshot",
        {"DBInstanceIdentifier": "drill-1", "DBSnapshotIdentifier": "s"},
        ["db:drill-1", "snapshot:s", "og:default", "pg:default", "subgrp:default"],
        "",
    ),
    (
        "restore_db_cluster_to_point_in_time",
        {
            "DBClusterIdentifier": "drill-1",
            "SourceDBClusterIdentifier": "prod",
            "DBClusterParameterGroupName": "own",
        },
        ["cluster:drill-1", "cluster:prod", "cluster-pg:own", "og:default", "subgrp:default"],
        "",
    ),
    (
        "restore_db_cluster_from_snapshot",
        {"DBClusterIdentifier": "drill-1", "SnapshotIdentifier": "s", "Tags": TAGS},
        [
            "cluster:drill-1",
            "cluster-snapshot:s",
            "og:default",
            "cluster-pg:default",
            "subgrp:default",
        ],
        "cluster:drill-1",
    ),
    (
        "create_db_snapshot",
        {"DBInstanceIdentifier": "prod", "DBSnapshotIdentifier": "s", "Tags": TAGS},
        ["db:prod", "snapshot:s"],
        "snapshot:s",
    ),
    (
        "copy_db_snapshot",
        {
            "SourceDBSnapshotIdentifier": own("snapshot:s", "rds", "us-west-2"),
            "TargetDBSnapshotIdentifier": "t",
        },
        [own("snapshot:s", "rds", "us-west-2"), "snapshot:t"],
        "",
    ),
    ("reboot_db_instance", {"DBInstanceIdentifier": "dev"}, ["db:dev"], ""),
    (
        "failover_db_cluster",
        {"DBClusterIdentifier": "dev", "TargetDBInstanceIdentifier": "dev-2"},
        ["db:dev-2", "cluster:dev"],
        "",
    ),
    ("delete_db_instance", {"DBInstanceIdentifier": "d", "SkipFinalSnapshot": True}, ["db:d"], ""),
    (
        "delete_db_cluster",
        {"DBClusterIdentifier": "d", "FinalDBSnapshotIdentifier": "last"},
        ["cluster:d", "cluster-snapshot:last"],
        "",
    ),
    ("describe_db_instances", {}, ["db:*"], ""),
    ("describe_db_clusters", {"DBClusterIdentifier": "d"}, ["cluster:d"], ""),
    ("describe_events", {}, ["*"], ""),
    ("list_tags_for_resource", {"ResourceName": own("db:prod", "rds")}, ["db:prod"], ""),
]


@pytest.mark.parametrize(("method", "parameters", "resources", "tagged"), DATABASES)
def test_a_database_call_needs_what_it_names_makes_and_takes_by_default(
    sent, method, parameters, resources, tagged
):
    action = "".join({"db": "DB"}.get(word, word.title()) for word in method.split("_"))
    arns = [each if each[:3] in ("*", "arn") else own(each, "rds") for each in resources]
    expected = [(f"rds:{action}", arn) for arn in arns]
    if tagged:
        expected.append(("rds:AddTagsToResource", own(tagged, "rds")))
    assert sorted(needed(sent("rds", method, **parameters))) == sorted(expected)


HEALTH = "0f6e3f5e-0000-4000-8000-000000000001"
ZONES = [
    ("get_health_check", {"HealthCheckId": HEALTH}, f"healthcheck/{HEALTH}"),
    ("update_health_check", {"HealthCheckId": HEALTH, "Inverted": True}, f"healthcheck/{HEALTH}"),
    ("get_health_check_status", {"HealthCheckId": HEALTH}, f"healthcheck/{HEALTH}"),
    ("list_resource_record_sets", {"HostedZoneId": "/hostedzone/Z1"}, "hostedzone/Z1"),
    ("change_resource_record_sets", {"HostedZoneId": "Z1", "ChangeBatch": {}}, "hostedzone/Z1"),
    ("get_hosted_zone", {"Id": "Z1"}, "hostedzone/Z1"),
    ("get_change", {"Id": "C1"}, "change/C1"),
    (
        "list_tags_for_resource",
        {"ResourceType": "healthcheck", "ResourceId": HEALTH},
        f"healthcheck/{HEALTH}",
    ),
    ("test_dns_answer", {"HostedZoneId": "Z1", "RecordName": "a", "RecordType": "A"}, "*"),
    ("list_health_checks", {}, "*"),
]


@pytest.mark.parametrize(("method", "parameters", "resource"), ZONES)
def test_route_53_needs_the_health_check_or_zone_which_have_no_region(
    sent, method, parameters, resource
):
    ((action, arn),) = needed(sent("route53", method, **parameters))
    assert action.lower() == "route53:" + method.replace("_", "")
    assert arn == (resource if resource == "*" else f"arn:aws:route53:::{resource}")


def test_a_snapshot_s_copy_needs_its_source_where_that_is(sent):
    found = needed(
        sent("ec2", "copy_snapshot", SourceRegion="us-west-2", SourceSnapshotId="snap-1")
    )
    assert set(found) == {
        ("ec2:CopySnapshot", "arn:aws:ec2:us-west-2::snapshot/snap-1"),
        ("ec2:CopySnapshot", "arn:aws:ec2:us-east-1::snapshot/*"),
    }


def test_a_volume_made_of_a_snapshot_needs_both_and_the_right_to_tag_it(sent):
    found = needed(
        sent(
            "ec2",
            "create_volume",
            AvailabilityZone="us-east-1a",
            SnapshotId="snap-1",
            TagSpecifications=[{"ResourceType": "volume", "Tags": TAGS}],
        )
    )
    assert found == [
        ("ec2:CreateVolume", "arn:aws:ec2:us-east-1::snapshot/snap-1"),
        ("ec2:CreateVolume", own("volume/*", "ec2")),
        ("ec2:CreateTags", own("volume/*", "ec2")),
    ]


OTHERS = [
    ("ssm", "update_ops_item", {"OpsItemId": "oi-1"}, "opsitem/oi-1"),
    ("ssm", "create_ops_item", {"Title": "a", "Source": "b", "Description": "c"}, "*"),
    ("application-autoscaling", "register_scalable_target", {}, "scalable-target/*"),
    ("application-autoscaling", "describe_scalable_targets", {}, "*"),
    (
        "rds-data",
        "execute_statement",
        {"resourceArn": own("cluster:a", "rds"), "secretArn": "b", "sql": "select 1"},
        own("cluster:a", "rds"),
    ),
]


@pytest.mark.parametrize(("service", "method", "parameters", "resource"), OTHERS)
def test_other_services_need_what_their_pages_name(sent, service, method, parameters, resource):
    ((_, arn),) = needed(sent(service, method, **parameters))
    assert arn == (resource if resource[:3] in ("*", "arn") else own(resource, service))


def test_a_function_made_with_tags_needs_the_right_to_tag_it(sent):
    found = needed(
        sent("lambda", "create_function", FunctionName="drill-1", Tags={"a": "b"}, Role="r")
    )
    assert ("lambda:TagResource", own("function:drill-1", "lambda")) in found


def test_attributes_of_an_object_s_version_need_to_read_it(sent):
    parameters = {"Bucket": "from", "Key": "a", "VersionId": "1", "ObjectAttributes": ["ETag"]}
    assert needed(sent("s3", "get_object_attributes", **parameters)) == [
        ("s3:GetObjectVersion", "arn:aws:s3:::from/a"),
        ("s3:GetObjectVersionAttributes", "arn:aws:s3:::from/a"),
    ]


@pytest.mark.parametrize(
    ("directive", "tagging"),
    [({}, True), ({"TaggingDirective": "REPLACE"}, False)],
)
def test_a_copy_takes_the_object_s_tags_with_it_only_with_the_right_to(sent, directive, tagging):
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="from")
        s3.put_object(Bucket="from", Key="a b", Body=b"", Tagging="kind=photo")
        s3.put_object(Bucket="from", Key="plain", Body=b"")
        copy = {"Bucket": "to", "Key": "a"}
        tagged = sent("s3", "copy_object", **copy, CopySource="from/a b", **directive)
        plain = sent("s3", "copy_object", **copy, CopySource="from/plain", **directive)
        rights = [
            ("s3:GetObjectTagging", "arn:aws:s3:::from/a b"),
            ("s3:PutObjectTagging", "arn:aws:s3:::to/a"),
        ]
        assert [right in needed(tagged) for right in rights] == [tagging, tagging]
        assert not any("Tagging" in action for action, _ in needed(plain))
