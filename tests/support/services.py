"""Load balancers and Auto Scaling groups for tests."""

from fleets import AMI


def make_target_group(elbv2, ec2, name="web", port=80, in_use=True, delay=None):
    """Make a target group, behind a load balancer unless told, and give its ARN.

    `delay` is its deregistration delay in seconds.
    """
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    arn = elbv2.create_target_group(Name=name, Protocol="HTTP", Port=port, VpcId=vpc)
    arn = arn["TargetGroups"][0]["TargetGroupArn"]
    if delay is not None:
        setting = {"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}
        elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[setting])
    if in_use:
        subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"][:2]]
        balancer = elbv2.create_load_balancer(Name=f"lb-{name}", Subnets=subnets)
        elbv2.create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
        )
    return arn


def register(elbv2, arn, ids, port=80):
    """Register instances, and give what the operation's plan says of it."""
    targets = [{"Id": one, "Port": port} for one in ids]
    elbv2.register_targets(TargetGroupArn=arn, Targets=targets)
    return [{"arn": arn, "port": port}]


def healths(elbv2, arn):
    """Give each target's state."""
    reply = elbv2.describe_target_health(TargetGroupArn=arn)
    return {
        one["Target"]["Id"]: one["TargetHealth"]["State"]
        for one in reply["TargetHealthDescriptions"]
    }


def make_group(autoscaling, ec2, size, name="web", target_groups=(), **settings):
    """Make an Auto Scaling group of a launch template's version, and give its members' ids."""
    make_template(ec2, name)
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name, "Version": "1"},
        **{"MinSize": 0, "MaxSize": size + 5, "DesiredCapacity": size, **settings},
        AvailabilityZones=["us-east-1a"],
        TargetGroupARNs=list(target_groups),
    )
    return list(members(autoscaling, name))


def make_template(ec2, name="web", **data):
    """Make a launch template, and give its id."""
    data = {"ImageId": AMI, "InstanceType": "t3.micro", **data}
    made = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    return made["LaunchTemplate"]["LaunchTemplateId"]


def members(autoscaling, name="web"):
    """Give the lifecycle state of each member of a group."""
    reply = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return {
        one["InstanceId"]: one["LifecycleState"]
        for one in reply["AutoScalingGroups"][0]["Instances"]
    }
