"""Systems that drills are tried on: their manifests, and what they consist of."""

from typing import Any

import boto3
from fleets import AMI
from services import make_target_group

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
OBJECTIVES = {"rto_seconds": 3600, "rpo_seconds": 900}


def manifest(
    components: list[dict[str, Any]], scenarios: dict[str, dict[str, Any]], name: str = "shop"
) -> dict[str, Any]:
    """Describe a system with dev and prod, in which each scenario has all components."""
    named = [one["name"] for one in components]
    return {
        "name": name,
        "environments": [
            {"name": "dev", "stack": f"{name}-dev"},
            {"name": "prod", "stack": f"{name}-prod"},
        ],
        "components": components,
        "recovery": {
            "owner": "team-shop",
            "scenarios": {
                scenario: {
                    "objectives": OBJECTIVES,
                    "source_environment": "prod",
                    "target_environment": "dev",
                    "components": named,
                    **more,
                }
                for scenario, more in scenarios.items()
            },
        },
    }


def make_group(name: str = "shop-dev-web", desired: int = 3, zones: tuple[str, ...] = ZONES) -> str:
    """Make an Auto Scaling group behind a load balancer, spread over zones; give its name."""
    ec2, autoscaling = boto3.client("ec2"), boto3.client("autoscaling")
    found = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": list(zones)}])
    arn = make_target_group(boto3.client("elbv2"), ec2)
    autoscaling.create_launch_configuration(
        LaunchConfigurationName=name, ImageId=AMI, InstanceType="t3.micro"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchConfigurationName=name,
        MinSize=1,
        MaxSize=6,
        DesiredCapacity=desired,
        VPCZoneIdentifier=",".join(sorted(one["SubnetId"] for one in found["Subnets"])),
        TargetGroupARNs=[arn],
    )
    return name


def make_database(name: str = "shop-prod-db", **more: Any) -> str:
    """Make a Multi-AZ database that keeps a log of a week; give its name."""
    boto3.client("rds").create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t3.medium",
        Engine="postgres",
        MasterUsername="administrator",
        MasterUserPassword="made-for-the-test",
        AllocatedStorage=20,
        **{"MultiAZ": True, "BackupRetentionPeriod": 7, "StorageEncrypted": True, **more},
    )
    return name


def stop(house: Any, drill: str, words: str = "by bob: enough") -> None:
    """Stop a drill, as a person does."""
    house.dynamodb.update_item(
        TableName="daytwo-state",
        Key={"pk": {"S": "DRILL"}, "sk": {"S": drill}},
        UpdateExpression="SET #stop = :stop",
        ExpressionAttributeNames={"#stop": "stop"},
        ExpressionAttributeValues={":stop": {"S": words}},
    )
