"""Resource types of RDS: instances, clusters, and the groups that they are made with."""

import secrets
from typing import Any

from botocore.exceptions import ClientError

from infra.local.cloudformation.kinds import Kind, Made, Resource, tag_list

AVAILABLE = "available"
POLL_SECONDS = 15
# Of the account's clock: CloudFormation gives a database up after some hours.
LONGEST_SECONDS = 3 * 3600
MOST_PARAMETERS = 20
SNAPSHOT = "Snapshot"


class NotStabilized(Exception):
    """A database does not become what it shall be."""


class Database(Kind):
    """What DB instances and DB clusters have in common."""

    service = "rds"
    noun = ""
    identifier = ""
    status = ""
    verb = ""
    missing = ""
    renamed: dict[str, str] = {}
    # RDS: what a template says nothing of is snapshotted before it is deleted.
    default_policy = SNAPSHOT

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make it, of a snapshot where one is named; settle waits for it."""
        asked = {**self._as_api(properties), self.identifier: name}
        made = self.call(self._maker(properties), **asked, Tags=tag_list(properties))
        return Made(made[self.noun][self.identifier])

    def settle(self, resource: Resource) -> None:
        """Wait until it is available."""
        entry = self._wait(resource.physical_resource_id)
        resource.made.attributes.update(self.attributes(entry))

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change at once what differs, and wait until it is available again."""
        name, before = resource.physical_resource_id, self._as_api(resource.properties)
        after = self._as_api(properties)
        asked = {key: value for key, value in after.items() if value != before.get(key)}
        if "DeletionProtection" in resource.properties.keys() - properties.keys():
            asked["DeletionProtection"] = False
        self._tag(resource, properties)
        if asked:
            change = f"modify_{self.verb}"
            self.call(change, **asked, **{self.identifier: name}, ApplyImmediately=True)
            self._wait(name)
        self.after_update(name, asked)
        resource.made.attributes.update(self.attributes(self._wait(name)))
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete it, after a last snapshot where its policy says so, and wait until it is gone."""
        name = resource.physical_resource_id
        asked: dict[str, Any] = {"SkipFinalSnapshot": True}
        if resource.policies.get("DeletionPolicy") == SNAPSHOT and self.is_snapshotted(resource):
            last = f"{name}-snapshot-{secrets.token_hex(6)}"
            asked = {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": last}
        self.call(f"delete_{self.verb}", **asked, **{self.identifier: name})
        self._wait(name, gone=True)

    def is_snapshotted(self, resource: Resource) -> bool:
        """Tell whether there can be a last snapshot of it."""
        return True

    def attributes(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Give what Fn::GetAtt answers."""
        raise NotImplementedError

    def after_update(self, name: str, changed: dict[str, Any]) -> None:
        """Do what a change needs beside the call that changes."""

    def _maker(self, properties: dict[str, Any]) -> str:
        return f"create_{self.verb}"

    def _as_api(self, properties: dict[str, Any]) -> dict[str, Any]:
        asked = {self.renamed.get(key, key): value for key, value in properties.items()}
        secret = asked.pop("MasterUserSecret", {})
        asked.pop("Tags", None)
        return {**asked, **{f"MasterUserSecret{key}": value for key, value in secret.items()}}

    def _tag(self, resource: Resource, properties: dict[str, Any]) -> None:
        before, after = tag_list(resource.properties), tag_list(properties)
        if before == after:
            return
        arn = self._entry(resource.physical_resource_id)[f"{self.noun}Arn"]
        gone = {tag["Key"] for tag in before} - {tag["Key"] for tag in after}
        self.call("remove_tags_from_resource", ResourceName=arn, TagKeys=sorted(gone))
        self.call("add_tags_to_resource", ResourceName=arn, Tags=after)

    def _entry(self, name: str) -> dict[str, Any]:
        reply = self.call(f"describe_{self.verb}s", **{self.identifier: name})
        entry: dict[str, Any] = reply[f"{self.noun}s"][0]
        return entry

    def _wait(self, name: str, gone: bool = False) -> dict[str, Any]:
        """Give the entry once it is available, or {} once it is gone."""
        status = ""
        for _ in range(LONGEST_SECONDS // POLL_SECONDS):
            try:
                entry = self._entry(name)
            except ClientError as error:
                if gone and error.response["Error"]["Code"] == self.missing:
                    return {}
                raise
            status = entry[self.status]
            if status == AVAILABLE and not gone:
                return entry
            self.account.clock.wait(POLL_SECONDS)
        raise NotStabilized(f"{self.noun} {name} did not stabilize: it is {status}.")


class DBInstance(Database):
    """AWS::RDS::DBInstance."""

    name_property = "DBInstanceIdentifier"
    replaced_by = frozenset(
        {
            "DBClusterIdentifier",
            "DBName",
            "DBSnapshotIdentifier",
            "DBSubnetGroupName",
            "Engine",
            "KmsKeyId",
            "MasterUsername",
            "Port",
            "StorageEncrypted",
        }
    )
    noun, identifier, status = "DBInstance", "DBInstanceIdentifier", "DBInstanceStatus"
    verb, missing = "db_instance", "DBInstanceNotFound"
    renamed = {"VPCSecurityGroups": "VpcSecurityGroupIds"}

    def is_snapshotted(self, resource: Resource) -> bool:
        """Tell whether there can be a last snapshot: not of an instance of a cluster."""
        return "DBClusterIdentifier" not in resource.properties

    def attributes(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Give what Fn::GetAtt answers."""
        return {
            "DBInstanceArn": entry["DBInstanceArn"],
            "DbiResourceId": entry["DbiResourceId"],
            "Endpoint.Address": entry["Endpoint"]["Address"],
            "Endpoint.Port": str(entry["Endpoint"]["Port"]),
            "MasterUserSecret.SecretArn": entry.get("MasterUserSecret", {}).get("SecretArn", ""),
        }

    def after_update(self, name: str, changed: dict[str, Any]) -> None:
        """Restart an instance for its new parameter group."""
        if "DBParameterGroupName" in changed:
            self.call("reboot_db_instance", DBInstanceIdentifier=name)

    def _maker(self, properties: dict[str, Any]) -> str:
        restored = "DBSnapshotIdentifier" in properties
        return "restore_db_instance_from_db_snapshot" if restored else "create_db_instance"


class DBCluster(Database):
    """AWS::RDS::DBCluster."""

    name_property = "DBClusterIdentifier"
    replaced_by = frozenset(
        {
            "DBSubnetGroupName",
            "DatabaseName",
            "Engine",
            "EngineMode",
            "KmsKeyId",
            "MasterUsername",
            "SnapshotIdentifier",
            "StorageEncrypted",
        }
    )
    noun, identifier, status = "DBCluster", "DBClusterIdentifier", "Status"
    verb, missing = "db_cluster", "DBClusterNotFoundFault"

    def attributes(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Give what Fn::GetAtt answers."""
        return {
            "DBClusterArn": entry["DBClusterArn"],
            "DBClusterResourceId": entry["DbClusterResourceId"],
            "Endpoint.Address": entry["Endpoint"],
            "Endpoint.Port": str(entry["Port"]),
            "ReadEndpoint.Address": entry["ReaderEndpoint"],
            "MasterUserSecret.SecretArn": entry.get("MasterUserSecret", {}).get("SecretArn", ""),
        }

    def _maker(self, properties: dict[str, Any]) -> str:
        restored = "SnapshotIdentifier" in properties
        return "restore_db_cluster_from_snapshot" if restored else "create_db_cluster"


class SubnetGroup(Kind):
    """AWS::RDS::DBSubnetGroup."""

    service = "rds"
    name_property = "DBSubnetGroupName"

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the group; RDS keeps its name in small letters."""
        asked = {**properties, "DBSubnetGroupName": name.lower(), "Tags": tag_list(properties)}
        self.call("create_db_subnet_group", **asked)
        return Made(name.lower())

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set description and subnets."""
        name = resource.physical_resource_id
        self.call("modify_db_subnet_group", **{**properties, "DBSubnetGroupName": name})
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the group."""
        self.call("delete_db_subnet_group", DBSubnetGroupName=resource.physical_resource_id)


class ParameterGroup(Kind):
    """AWS::RDS::DBParameterGroup."""

    service = "rds"
    name_property = "DBParameterGroupName"
    replaced_by = frozenset({"Description", "Family"})
    kind = "db"
    groups = "DBParameterGroup"

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the group with its parameters."""
        name = name.lower()
        self.call(
            f"create_{self.kind}_parameter_group",
            **{
                f"{self.groups}Name": name,
                "DBParameterGroupFamily": properties["Family"],
                "Description": properties["Description"],
                "Tags": tag_list(properties),
            },
        )
        self._set(name, properties.get("Parameters", {}))
        return Made(name)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set the parameters."""
        self._set(resource.physical_resource_id, properties.get("Parameters", {}))
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the group."""
        named = {f"{self.groups}Name": resource.physical_resource_id}
        self.call(f"delete_{self.kind}_parameter_group", **named)

    def _set(self, name: str, parameters: dict[str, Any]) -> None:
        written = [
            {"ParameterName": key, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
            for key, value in parameters.items()
        ]
        for begin in range(0, len(written), MOST_PARAMETERS):
            some = written[begin : begin + MOST_PARAMETERS]
            named = {f"{self.groups}Name": name, "Parameters": some}
            self.call(f"modify_{self.kind}_parameter_group", **named)


class ClusterParameterGroup(ParameterGroup):
    """AWS::RDS::DBClusterParameterGroup."""

    name_property = "DBClusterParameterGroupName"
    kind = "db_cluster"
    groups = "DBClusterParameterGroup"


TYPES: dict[str, type[Kind]] = {
    "AWS::RDS::DBCluster": DBCluster,
    "AWS::RDS::DBClusterParameterGroup": ClusterParameterGroup,
    "AWS::RDS::DBInstance": DBInstance,
    "AWS::RDS::DBParameterGroup": ParameterGroup,
    "AWS::RDS::DBSubnetGroup": SubnetGroup,
}
