"""A VPC with instances to isolate, a group that isolates, and what there is to put back."""

import contextlib
import json

import boto3
from batches import operation, planned
from fleets import AMI

from infra.local import network
from infra.local.account import Account
from tasks.ec2 import check_isolation, isolate_instances, record_isolations, release_isolation
from tasks.fleets import fleet

TABLE = "daytwo-state"


@contextlib.contextmanager
def network_of_aws(workdir):
    """Let network interfaces and network ACLs in memory answer as on AWS."""
    account = Account(port=0, workdir=workdir)
    network.install(account)
    try:
        yield
    finally:
        account.stop()


class Quarantine:
    """Two subnets with a network ACL each, instances in one, and the tasks on them."""

    def __init__(self):
        self.ec2, self.dynamodb = boto3.client("ec2"), boto3.client("dynamodb")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet, self.other_subnet = (self._subnet(block) for block in ("10.0.1", "10.0.2"))
        self.other_acl = self._own_acl(self.other_subnet)
        self.group = self.make_group("application")
        self.quarantine = self.make_group("quarantine", closed=True, tag="daytwo:quarantine")
        boto3.client("iam").create_instance_profile(InstanceProfileName="application")

    def launch(self, count=1, **others):
        """Launch instances in the first subnet; give their ids."""
        image = AMI
        launched = self.ec2.run_instances(
            ImageId=image,
            MinCount=count,
            MaxCount=count,
            SubnetId=self.subnet,
            SecurityGroupIds=[self.group],
            IamInstanceProfile={"Name": "application"},
            **others,
        )
        return [one["InstanceId"] for one in launched["Instances"]]

    def make_group(self, name, closed=False, tag=""):
        """Create a security group, without any rule if it is to be closed."""
        group = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)[
            "GroupId"
        ]
        if closed:
            everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
            self.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
        if tag:
            self.ec2.create_tags(Resources=[group], Tags=[{"Key": tag, "Value": ""}])
        return group

    def record(self, ids, **options):
        """Write down what instances have."""
        return record_isolations.record(
            [planned(one) for one in ids],
            fleet.begin(ids),
            operation("isolate", **options),
            "2026-11-20T21:00:05Z",
            TABLE,
            self.dynamodb,
            self.ec2,
        )

    def isolate(self, ids, ec2=None):
        """Cut instances off."""
        return isolate_instances.isolate(fleet.begin(ids), TABLE, self.dynamodb, ec2 or self.ec2)

    def release(self, ids, ec2=None):
        """Give instances back what they had."""
        return release_isolation.release(fleet.begin(ids), TABLE, self.dynamodb, ec2 or self.ec2)

    def check(self, work, goal, most_rounds=9):
        """Look how far isolation or release is."""
        return check_isolation.check(work, goal, most_rounds, TABLE, self.dynamodb, self.ec2)

    def of(self, instance_id):
        """Give all that isolation may touch of an instance, to compare before with after."""
        found = self.ec2.describe_instances(InstanceIds=[instance_id])
        instance = found["Reservations"][0]["Instances"][0]
        groups = {
            one["NetworkInterfaceId"]: [group["GroupId"] for group in one["Groups"]]
            for one in instance["NetworkInterfaces"]
        }
        return {
            "groups": groups,
            "profile": instance.get("IamInstanceProfile", {}).get("Arn", ""),
            "entries": self.entries(),
        }

    def groups(self, instance_id):
        """Give the security groups of an instance's network interfaces."""
        return [groups for _, groups in self.of(instance_id)["groups"].items()]

    def entries(self):
        """Give the entries of all network ACLs of the VPC."""
        acls = self.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])[
            "NetworkAcls"
        ]
        return {
            acl["NetworkAclId"]: sorted(
                json.dumps(entry, sort_keys=True) for entry in acl["Entries"]
            )
            for acl in acls
        }

    def denied(self, instance_id):
        """Give where an instance's address is denied: network ACL and whether outbound."""
        found = self.ec2.describe_instances(InstanceIds=[instance_id])
        address = found["Reservations"][0]["Instances"][0]["PrivateIpAddress"]
        return sorted(
            (acl, entry["Egress"])
            for acl, entries in self.entries().items()
            for entry in map(json.loads, entries)
            if entry["RuleAction"] == "deny" and entry.get("CidrBlock") == f"{address}/32"
        )

    def _subnet(self, block):
        return self.ec2.create_subnet(
            VpcId=self.vpc, CidrBlock=f"{block}.0/24", AvailabilityZone="us-east-1a"
        )["Subnet"]["SubnetId"]

    def _own_acl(self, subnet):
        acl = self.ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]
        for egress in (False, True):
            self.ec2.create_network_acl_entry(
                NetworkAclId=acl,
                RuleNumber=3,
                Protocol="-1",
                RuleAction="allow",
                Egress=egress,
                CidrBlock="0.0.0.0/0",
            )
        associated = self.ec2.describe_network_acls(
            Filters=[{"Name": "association.subnet-id", "Values": [subnet]}]
        )["NetworkAcls"][0]["Associations"]
        association = next(one for one in associated if one["SubnetId"] == subnet)
        self.ec2.replace_network_acl_association(
            AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl
        )
        return acl
