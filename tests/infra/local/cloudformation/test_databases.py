"""Databases of stacks: real for RDS, changed in place, gone or snapshotted when deleted."""

import json

import pytest

from infra.local import cloudformation, ec2, rds
from tests.support.embedded import running

DATABASE = {
    "DBInstanceIdentifier": "orders",
    "Engine": "postgres",
    "EngineVersion": "16.3",
    "DBInstanceClass": "db.t3.small",
    "AllocatedStorage": "20",
    "MasterUsername": "owner",
    "ManageMasterUserPassword": True,
    "BackupRetentionPeriod": 7,
    "PubliclyAccessible": False,
    "MultiAZ": "true",
    "Tags": [{"Key": "system", "Value": "orders"}],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("account")
    with running(workdir, rds, ec2, cloudformation, factor=3600) as account:
        yield account


@pytest.fixture
def weather(server):
    server.weather["rds"].calm()
    yield server.weather["rds"]
    server.weather["rds"].calm()


def resource(type_name, policy="", **properties):
    written = {"Type": f"AWS::{type_name}", "Properties": properties}
    return {**written, "DeletionPolicy": policy} if policy else written


def instance(policy="Delete", **properties):
    return resource("RDS::DBInstance", policy, **{**DATABASE, **properties})


def describe(stacks, name="orders"):
    reply = stacks.client("rds").describe_db_instances(DBInstanceIdentifier=name)
    return reply["DBInstances"][0]


def outputs(stack):
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def test_an_instance_is_awaited_changed_in_place_and_deleted(stacks, weather):
    weather.set(creating=300, backing_up=60, modifying=60, deleting=60)
    told = {
        name: {"Value": {"Fn::GetAtt": ["Db", name.replace("At", ".")]}}
        for name in ("EndpointAtAddress", "EndpointAtPort", "DBInstanceArn")
    }
    stack = stacks.deploy({"Db": instance()}, Outputs=told)
    made = describe(stacks)
    assert (made["DBInstanceStatus"], made["MultiAZ"]) == ("available", True)
    assert made["TagList"] == DATABASE["Tags"]
    assert outputs(stack) == {
        "EndpointAtAddress": made["Endpoint"]["Address"],
        "EndpointAtPort": "5432",
        "DBInstanceArn": made["DBInstanceArn"],
    }
    retagged = [{"Key": "owner", "Value": "us"}]
    stacks.deploy({"Db": instance(BackupRetentionPeriod=14, MultiAZ=False, Tags=retagged)})
    changed = describe(stacks)
    assert (changed["DBInstanceStatus"], changed["MultiAZ"]) == ("available", False)
    assert (changed["BackupRetentionPeriod"], changed["TagList"]) == (14, retagged)
    assert changed["DbiResourceId"] == made["DbiResourceId"]
    stacks.delete()
    assert stacks.client("rds").describe_db_instances()["DBInstances"] == []
    assert stacks.client("rds").describe_db_snapshots()["DBSnapshots"] == []


def test_an_instance_of_which_the_template_says_nothing_leaves_a_snapshot(stacks, weather):
    stacks.deploy({"Db": instance(policy="")})
    stacks.delete()
    (last,) = stacks.client("rds").describe_db_snapshots()["DBSnapshots"]
    assert (last["DBInstanceIdentifier"], last["SnapshotType"]) == ("orders", "manual")


def test_a_stack_whose_instance_does_not_come_about_rolls_back(stacks, weather):
    stack = stacks.attempt({"Db": instance(DBParameterGroupName="not-there")})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.client("rds").describe_db_instances()["DBInstances"] == []


def test_a_new_parameter_group_is_applied_by_a_restart(stacks, weather):
    group = resource(
        "RDS::DBParameterGroup",
        DBParameterGroupName="Strict",
        Family="postgres16",
        Description="strict",
        Parameters={"rds.force_ssl": "1"},
    )
    stacks.deploy({"Db": instance(), "Group": group})
    stacks.deploy({"Db": instance(DBParameterGroupName={"Ref": "Group"}), "Group": group})
    assert describe(stacks)["DBParameterGroups"] == [
        {"DBParameterGroupName": "strict", "ParameterApplyStatus": "in-sync"}
    ]
    reply = stacks.client("rds").describe_db_parameters(DBParameterGroupName="strict")
    assert reply["Parameters"][0]["ParameterValue"] == "1"
    stacks.delete()
    assert stacks.client("rds").describe_db_instances()["DBInstances"] == []


def test_a_cluster_with_its_instances_in_subnets_of_a_group(stacks, weather):
    subnets = stacks.client("ec2").describe_subnets()["Subnets"][:2]
    group = resource(
        "RDS::DBSubnetGroup",
        DBSubnetGroupDescription="two",
        SubnetIds=[each["SubnetId"] for each in subnets],
    )
    parameters = resource(
        "RDS::DBClusterParameterGroup", Family="aurora-postgresql15", Description="strict"
    )
    cluster = resource(
        "RDS::DBCluster",
        "Delete",
        Engine="aurora-postgresql",
        EngineVersion="15.4",
        MasterUsername="owner",
        MasterUserPassword="{{resolve:secretsmanager:db:SecretString:password}}",
        DBSubnetGroupName={"Ref": "Subnets"},
        DBClusterParameterGroupName={"Ref": "Parameters"},
        BackupRetentionPeriod=7,
    )
    members = {
        f"Member{number}": resource(
            "RDS::DBInstance",
            Engine="aurora-postgresql",
            DBClusterIdentifier={"Ref": "Cluster"},
            DBInstanceClass="db.r6g.large",
        )
        for number in (1, 2)
    }
    secret = json.dumps({"password": "longer-than-eight"})
    stacks.client("secretsmanager").create_secret(Name="db", SecretString=secret)
    resources = {"Subnets": group, "Parameters": parameters, "Cluster": cluster, **members}
    stack = stacks.deploy(
        resources,
        Outputs={"Reader": {"Value": {"Fn::GetAtt": ["Cluster", "ReadEndpoint.Address"]}}},
    )
    aws = stacks.client("rds")
    (made,) = aws.describe_db_clusters()["DBClusters"]
    assert (made["Status"], made["MultiAZ"]) == ("available", True)
    assert [each["IsClusterWriter"] for each in made["DBClusterMembers"]] == [True, False]
    assert made["DBClusterParameterGroup"] == stacks.physical_id("Parameters")
    assert outputs(stack) == {"Reader": made["ReaderEndpoint"]}
    cluster["Properties"]["BackupRetentionPeriod"] = 14
    stacks.deploy(resources)
    (changed,) = aws.describe_db_clusters()["DBClusters"]
    assert changed["BackupRetentionPeriod"] == 14
    assert changed["DbClusterResourceId"] == made["DbClusterResourceId"]
    stacks.delete()
    assert aws.describe_db_clusters()["DBClusters"] == []
    assert aws.describe_db_subnet_groups()["DBSubnetGroups"] == []
    assert aws.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"] == []


def test_a_volume_is_attached_grows_and_goes(stacks, weather):
    ec2_client = stacks.client("ec2")
    launched = ec2_client.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
    host = launched["Instances"][0]["InstanceId"]
    volume = resource(
        "EC2::Volume", AvailabilityZone="us-east-1a", Size="10", Tags=[{"Key": "a", "Value": "b"}]
    )
    attachment = resource(
        "EC2::VolumeAttachment", Device="/dev/sdf", InstanceId=host, VolumeId={"Ref": "Disk"}
    )
    stacks.deploy({"Disk": volume, "Attachment": attachment})
    disk = stacks.physical_id("Disk")
    (found,) = ec2_client.describe_volumes(VolumeIds=[disk])["Volumes"]
    assert (found["Size"], found["State"]) == (10, "in-use")
    assert found["Tags"] == [{"Key": "a", "Value": "b"}]
    volume["Properties"]["Size"] = 20
    stacks.deploy({"Disk": volume, "Attachment": attachment})
    (found,) = ec2_client.describe_volumes(VolumeIds=[disk])["Volumes"]
    assert found["Size"] == 20
    volume["DeletionPolicy"] = "Snapshot"
    stacks.deploy({"Disk": {**volume, "Metadata": {}}, "Attachment": attachment, **_topic()})
    stacks.delete()
    assert [each["VolumeId"] for each in ec2_client.describe_volumes()["Volumes"]] != [disk]
    last = ec2_client.describe_snapshots(Filters=[{"Name": "volume-id", "Values": [disk]}])
    assert len(last["Snapshots"]) == 1


def _topic():
    return {"Topic": resource("SNS::Topic")}
