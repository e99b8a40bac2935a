"""What a resource type of CloudFormation is here: how to make, change and remove one.

Each type calls the account's own API with the template's properties, so that a resource of
a stack is as real as one that a client made.
"""

from dataclasses import dataclass, field
from typing import Any

from infra.local.account import Account
from infra.local.cloudformation import references
from infra.local.cloudformation.shapes import fitted


@dataclass
class Made:
    """What making a resource gave: what Ref answers, and what Fn::GetAtt answers."""

    physical_id: str
    attributes: dict[str, Any] = field(default_factory=dict)
    model: Any = None


@dataclass
class Resource:
    """A resource of a stack, in the form in which moto looks at one."""

    logical_resource_id: str
    cf_resource_type: str
    properties: dict[str, Any]
    made: Made
    kind: "Kind"
    # DeletionPolicy, UpdateReplacePolicy
    policies: dict[str, str] = field(default_factory=dict)
    status: str = "CREATE_COMPLETE"

    @property
    def physical_resource_id(self) -> str:
        """What Ref answers."""
        return self.made.physical_id

    def get_cfn_attribute(self, name: str) -> Any:
        """Answer Fn::GetAtt; moto turns the error into CloudFormation's."""
        from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

        if name in self.made.attributes:
            return self.made.attributes[name]
        if self.made.model is None:
            raise UnformattedGetAttTemplateException
        return self.made.model.get_cfn_attribute(name)

    def is_created(self) -> bool:
        """Tell moto that nothing is waited for."""
        return True


class Kind:
    """A resource type; `replaced_by` are the properties whose change makes a new resource."""

    service = ""
    name_property = ""
    replaced_by: frozenset[str] = frozenset()
    # What becomes of a resource whose template says nothing of it.
    default_policy = "Delete"

    def __init__(self, account: Account, region: str) -> None:
        self.account = account
        self.region = region

    @property
    def aws(self) -> Any:
        """Give the client of the type's service."""
        return self.account.client(self.service, self.region)

    def call(self, operation: str, **parameters: Any) -> Any:
        """Call the service with template values: numbers and booleans may come as text."""
        asked = references.answered(self.account, self.region, parameters)
        return getattr(self.aws, operation)(**fitted(self.aws, operation, asked))

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the resource; `name` is the one asked for or one that is free."""
        raise NotImplementedError

    def settle(self, resource: Resource) -> None:
        """Do what follows the making; if that fails, what was made is removed again."""

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change the resource in place."""
        raise NotImplementedError

    def delete(self, resource: Resource) -> None:
        """Remove the resource."""
        raise NotImplementedError

    def needs_replacement(self, resource: Resource, properties: dict[str, Any]) -> bool:
        """Tell whether the new properties ask for a new resource."""
        return any(
            resource.properties.get(name) != properties.get(name)
            for name in {*self.replaced_by, self.name_property} - {""}
        )


class Policy(Kind):
    """A type whose whole content is a policy that other resources carry."""

    holders = ""

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Set the policy on every resource that is named."""
        for holder in self._named(properties):
            self.set_policy(holder, properties["PolicyDocument"])
        return Made(name)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set the policy, and take it off what is no longer named."""
        for holder in set(self._named(resource.properties)) - set(self._named(properties)):
            self.set_policy(holder, None)
        self.create(resource.physical_resource_id, properties)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Take the policy off."""
        for holder in self._named(resource.properties):
            self.set_policy(holder, None)

    def set_policy(self, holder: str, document: dict[str, Any] | None) -> None:
        """Set or, with None, take off the policy of one resource."""
        raise NotImplementedError

    def _named(self, properties: dict[str, Any]) -> list[str]:
        named = properties[self.holders]
        return named if isinstance(named, list) else [named]


def tag_list(properties: dict[str, Any]) -> list[dict[str, str]]:
    """Give the tags as most APIs take them."""
    return [{"Key": tag["Key"], "Value": str(tag["Value"])} for tag in properties.get("Tags", [])]


def tag_map(properties: dict[str, Any]) -> dict[str, str]:
    """Give the tags as the other APIs take them."""
    return {tag["Key"]: tag["Value"] for tag in tag_list(properties)}


def without(properties: dict[str, Any], *names: str) -> dict[str, Any]:
    """Copy properties without some."""
    return {key: value for key, value in properties.items() if key not in names}
