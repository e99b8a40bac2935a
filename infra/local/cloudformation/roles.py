"""The resource type of IAM roles."""

from typing import Any

from infra.local.cloudformation.kinds import Kind, Made, Resource, tag_list


class Role(Kind):
    """AWS::IAM::Role, with its inline and managed policies."""

    service = "iam"
    name_property = "RoleName"
    replaced_by = frozenset({"Path"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the role."""
        tags = {"Tags": tag_list(properties)} if properties.get("Tags") else {}
        # IAM's own limit; CloudFormation shortens the names that it makes up.
        name = name[:64]
        role = self.call("create_role", **{**properties, "RoleName": name, **tags})["Role"]
        return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def settle(self, resource: Resource) -> None:
        """Give the role its policies."""
        self._grant(resource.physical_resource_id, {}, resource.properties)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change who may take the role, and what it may do."""
        name = resource.physical_resource_id
        trust = properties["AssumeRolePolicyDocument"]
        self.call("update_assume_role_policy", RoleName=name, PolicyDocument=trust)
        self._grant(name, resource.properties, properties)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the role with its policies."""
        name = resource.physical_resource_id
        for policy in self.aws.list_role_policies(RoleName=name)["PolicyNames"]:
            self.call("delete_role_policy", RoleName=name, PolicyName=policy)
        for policy in self.aws.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            self.call("detach_role_policy", RoleName=name, PolicyArn=policy["PolicyArn"])
        self.call("delete_role", RoleName=name)

    def _grant(self, name: str, before: dict[str, Any], properties: dict[str, Any]) -> None:
        old, new = _inline(before), _inline(properties)
        for policy in old.keys() - new.keys():
            self.call("delete_role_policy", RoleName=name, PolicyName=policy)
        for policy, document in new.items():
            if old.get(policy) != document:
                written = {"PolicyName": policy, "PolicyDocument": document}
                self.call("put_role_policy", RoleName=name, **written)
        attached = set(before.get("ManagedPolicyArns", []))
        wanted = set(properties.get("ManagedPolicyArns", []))
        for arn in attached - wanted:
            self.call("detach_role_policy", RoleName=name, PolicyArn=arn)
        for arn in wanted - attached:
            self.call("attach_role_policy", RoleName=name, PolicyArn=arn)


def _inline(properties: dict[str, Any]) -> dict[str, Any]:
    policies = properties.get("Policies", [])
    return {policy["PolicyName"]: policy["PolicyDocument"] for policy in policies}


TYPES: dict[str, type[Kind]] = {"AWS::IAM::Role": Role}
