"""What the restore of a database loses is brought back, and told however often it is asked."""

import boto3
import pytest
from databases import COPY, INSTANCE, backend, database, make_cluster, make_instance, set_status
from drill_documents import ID, NOW, OWN, drill

from tasks.databases import settings
from tasks.errors import NotACopy, RestoreFailed
from tasks.restore import match_database, restore_database

LATER = "2026-11-02T05:00:00Z"
COPY_DOCUMENT = {
    "kind": "instance",
    "name": COPY,
    "arn": "",
    "endpoint": "",
    "port": 0,
    "members": [],
    "recovered_to": NOW,
    "snapshot": "",
}


@pytest.fixture
def rds(aws):
    return boto3.client("rds")


@pytest.fixture
def ec2(aws):
    return boto3.client("ec2")


@pytest.fixture
def group(ec2):
    """Make a security group; `open` lets the internet in."""

    def make(name, open=False):
        made = ec2.create_security_group(GroupName=name, Description=name)["GroupId"]
        if open:
            ec2.authorize_security_group_ingress(
                GroupId=made, IpProtocol="tcp", FromPort=5432, ToPort=5432, CidrIp="0.0.0.0/0"
            )
        return made

    return make


@pytest.fixture
def restored(rds, state_table, dynamodb):
    """Restore the database, and lose in the copy what AWS loses and moto keeps."""

    def call(type="rds_instance", **lost):
        step = restore_database.Restore(database(type), drill(), rds, rds)
        while not step.go_on(NOW, table=state_table, dynamodb=dynamodb)["done"]:
            pass
        if lost:
            rds.modify_db_instance(DBInstanceIdentifier=COPY, ApplyImmediately=True, **lost)

    return call


@pytest.fixture
def match(rds, ec2, s3, evidence_bucket):
    def call(now=NOW, client=rds, component=None, **changes):
        step = match_database.Match(component or database(), drill(**changes), rds, client)
        return step.go_on(now, ec2=ec2, s3=s3, bucket=evidence_bucket)

    return call


def outcomes(answer):
    return {one["setting"]: one["outcome"] for one in answer["differences"]}


def copy_of(rds):
    (found,) = rds.describe_db_instances(DBInstanceIdentifier=COPY)["DBInstances"]
    return found


def test_security_groups_and_multi_az_come_back_and_are_told(rds, group, restored, match):
    own, other = group("ledger"), group("default-of-the-vpc")
    make_instance(rds, VpcSecurityGroupIds=[own], MultiAZ=True)
    restored(VpcSecurityGroupIds=[other], MultiAZ=False)

    first, second = match(), match()

    assert (first["done"], second["done"]) == (False, True)
    assert outcomes(second) == {"security groups": "reapplied", "Multi-AZ": "reapplied"}
    assert settings.groups_of(copy_of(rds)) == [own]
    assert copy_of(rds)["MultiAZ"] is True


def test_a_second_look_tells_the_same_as_the_first(rds, restored, match):
    make_instance(rds, MultiAZ=True)
    restored(MultiAZ=False)

    answers = [match() for _ in range(3)]

    assert answers[1] == answers[2]
    assert answers[0]["differences"] == answers[2]["differences"] != []


def test_a_copy_without_differences_is_done_at_once(rds, restored, match):
    make_instance(rds)
    restored()

    assert match() == {"done": True, "state": "available", "differences": []}


def test_tags_come_back_but_not_those_of_aws_and_daytwo(rds, restored, match):
    make_instance(rds)
    arn = rds.describe_db_instances(DBInstanceIdentifier=INSTANCE)["DBInstances"][0][
        "DBInstanceArn"
    ]
    restored()
    added = {"Owner": "finance", "daytwo:backup": "none"}
    tags = [{"Key": key, "Value": value} for key, value in added.items()]
    rds.add_tags_to_resource(ResourceName=arn, Tags=tags)

    match()

    tags = {tag["Key"]: tag["Value"] for tag in copy_of(rds)["TagList"]}
    assert (tags["Owner"], tags["daytwo:drill"]) == ("finance", ID)
    assert "daytwo:backup" not in tags


def test_protection_and_public_access_are_left_off(rds, restored, match):
    make_instance(rds, DeletionProtection=True, PubliclyAccessible=True)
    restored(DeletionProtection=False, PubliclyAccessible=False)

    answer = match()

    assert answer["done"]
    assert outcomes(answer) == {"deletion protection": "left", "public access": "left"}
    assert all(one["reason"] for one in answer["differences"])


def test_a_group_that_lets_the_internet_in_is_not_given_to_the_copy(rds, group, restored, match):
    closed, wide = group("ledger"), group("open", open=True)
    make_instance(rds, VpcSecurityGroupIds=[closed, wide])
    restored(VpcSecurityGroupIds=[group("default-of-the-vpc")])

    match()
    answer = match()

    assert settings.groups_of(copy_of(rds)) == [closed]
    assert outcomes(answer) == {"security groups": "reapplied", match_database.OPEN: "left"}


def test_where_all_groups_are_open_the_copy_keeps_its_own(rds, group, restored, match):
    make_instance(rds, VpcSecurityGroupIds=[group("open", open=True)])
    own = group("default-of-the-vpc")
    restored(VpcSecurityGroupIds=[own])

    answer = match()

    assert (answer["done"], outcomes(answer)) == (True, {match_database.OPEN: "left"})
    assert settings.groups_of(copy_of(rds)) == [own]


def test_a_setting_that_does_not_stick_is_lost(rds, restored, match, refusing):
    make_instance(rds, MultiAZ=True)
    restored(MultiAZ=False)
    forgetful = Forgetful(rds)

    early, late = match(client=forgetful), match(LATER, forgetful)

    assert (early["done"], late["done"]) == (False, True)
    (difference,) = late["differences"]
    assert (difference["outcome"], difference["reason"]) == ("lost", settings.LOST)


class Forgetful:
    """RDS that takes changes and forgets them."""

    def __init__(self, real):
        self.real = real

    def __getattr__(self, name):
        return getattr(self.real, name)

    def modify_db_instance(self, **request):
        return {}


def test_nothing_is_asked_while_rds_is_at_an_earlier_change(rds, restored, match, refusing):
    make_instance(rds, MultiAZ=True)
    restored(MultiAZ=False)
    set_status(COPY, "modifying")

    answer = match(client=refusing(rds, "modify_db_instance", "AccessDenied"))

    assert (answer["done"], answer["state"]) == (False, "modifying")


def test_an_instance_restarts_where_its_parameters_wait_for_that(rds, restored, match):
    make_instance(rds)
    restored()
    waiting = Waiting(rds)

    answer = match(client=waiting)

    assert (answer["done"], waiting.restarted) == (False, [COPY])


class Waiting:
    """RDS with a parameter group that waits for a restart."""

    def __init__(self, real):
        self.real, self.restarted = real, []

    def __getattr__(self, name):
        return getattr(self.real, name)

    def describe_db_instances(self, **request):
        reply = self.real.describe_db_instances(**request)
        for one in reply["DBInstances"]:
            one["DBParameterGroups"][0]["ParameterApplyStatus"] = "pending-reboot"
        return reply

    def reboot_db_instance(self, DBInstanceIdentifier):
        self.restarted.append(DBInstanceIdentifier)


def test_a_cluster_has_its_retention_back_and_its_readers_left(rds, restored, match):
    make_cluster(rds, members=2)
    restored("aurora_cluster")
    rds.modify_db_cluster(DBClusterIdentifier=COPY, BackupRetentionPeriod=1)
    rds.modify_db_cluster(DBClusterIdentifier="keycloak-prod", BackupRetentionPeriod=14)
    cluster = database("aurora_cluster")

    match(component=cluster)
    answer = match(component=cluster)

    assert answer["done"]
    assert outcomes(answer) == {"backup retention": "reapplied", "instances": "left"}
    (copy,) = rds.describe_db_clusters(DBClusterIdentifier=COPY)["DBClusters"]
    assert copy["BackupRetentionPeriod"] == 14


def test_in_another_region_what_is_named_there_is_left(rds, group, restored, match):
    make_instance(rds, VpcSecurityGroupIds=[group("ledger")])
    restored(VpcSecurityGroupIds=[group("default-of-the-vpc")])
    west = {"environment": "dr", "account": "", "target": {**OWN, "region": "us-west-2"}}

    answer = match(target=west)

    assert (answer["done"], outcomes(answer)) == (True, {"security groups": "left"})
    assert answer["differences"][0]["reason"] == settings.ELSEWHERE


def test_where_the_source_is_gone_its_backups_manifest_says_what_was(
    rds, s3, evidence_bucket, restored, match
):
    make_instance(rds, MultiAZ=True)
    wanted = settings.read(match_database.kinds.INSTANCE, copy_like(rds, INSTANCE))
    restored(MultiAZ=False)
    del backend().databases[INSTANCE]
    key = "backups/financial/prod/1/db/manifest.json"
    document = match_database.papers.canonical({"detail": {"settings": wanted}})
    s3.put_object(Bucket=evidence_bucket, Key=key, Body=document)
    point = {"kind": "snapshot", "id": "daytwo-1-db", "at": "", "manifest_key": key}

    answer = match(component=database(recovery_point=point))

    assert outcomes(answer) == {"Multi-AZ": "reapplied"}


def copy_like(rds, name):
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def test_where_nothing_says_what_was_the_drill_cannot_tell(rds, restored, match):
    make_instance(rds)
    restored()
    del backend().databases[INSTANCE]

    with pytest.raises(RestoreFailed, match="no manifest says"):
        match()


def test_a_database_that_is_not_the_drills_is_not_changed(rds, match):
    make_instance(rds, MultiAZ=True)
    make_instance(rds, COPY)

    with pytest.raises(NotACopy):
        match()
    assert copy_of(rds)["MultiAZ"] is False


def test_a_copy_that_is_gone_fails(rds, match):
    make_instance(rds)

    with pytest.raises(RestoreFailed, match="is gone before"):
        match()


def test_the_function_answers_by_its_schema(rds, restored, evidence_bucket):
    make_instance(rds, MultiAZ=True)
    restored(MultiAZ=False)

    request = {"component": database(), "drill": drill(), "now": NOW, "copy": COPY_DOCUMENT}
    answer = match_database.handler(request, None)

    assert outcomes(answer) == {"Multi-AZ": "reapplied"}
