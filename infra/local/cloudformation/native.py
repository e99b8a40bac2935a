"""Resource types that moto makes itself, in the form in which this package makes its own."""

import copy
from typing import Any

from infra.local.account import ACCOUNT_ID, Account
from infra.local.cloudformation.kinds import Kind, Made, Resource

# Where CloudFormation's resource reference says "Update requires: Replacement".
REPLACED_BY = {
    "AWS::CloudWatch::Dashboard": {"DashboardName"},
    "AWS::Lambda::EventSourceMapping": {
        "EventSourceArn",
        "StartingPosition",
        "StartingPositionTimestamp",
    },
    "AWS::Lambda::Function": {"FunctionName", "PackageType"},
    "AWS::StepFunctions::StateMachine": {"StateMachineName", "StateMachineType"},
}


class Native(Kind):
    """Any type that moto has a CloudFormation model of."""

    def __init__(self, account: Account, region: str, type_name: str, model: Any) -> None:
        super().__init__(account, region)
        self.name_property = model.cloudformation_name_type() or ""
        self.type_name = type_name
        self.model = model
        self.replaced_by = frozenset(REPLACED_BY.get(type_name, ()))

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Let moto make the resource, of a copy: it writes into the properties of functions."""
        written = {"Type": self.type_name, "Properties": copy.deepcopy(properties)}
        model = self.model.create_from_cloudformation_json(name, written, ACCOUNT_ID, self.region)
        return self._made(model)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Let moto change the resource; what moto cannot change is made anew."""
        if hasattr(self.model.update_from_cloudformation_json, "__isabstractmethod__"):
            self.delete(resource)
            return self.create(resource.physical_resource_id, properties)
        model = self.model.update_from_cloudformation_json(
            original_resource=resource.made.model,
            new_resource_name=resource.physical_resource_id,
            cloudformation_json={"Type": self.type_name, "Properties": properties},
            account_id=ACCOUNT_ID,
            region_name=self.region,
        )
        return self._made(model)

    def delete(self, resource: Resource) -> None:
        """Let moto remove the resource, in whichever of its two ways the model has."""
        model = resource.made.model
        if not hasattr(self.model.delete_from_cloudformation_json, "__isabstractmethod__"):
            written = {"Type": self.type_name, "Properties": resource.properties}
            self.model.delete_from_cloudformation_json(
                resource.physical_resource_id, written, ACCOUNT_ID, self.region
            )
        elif hasattr(model, "delete"):
            model.delete(ACCOUNT_ID, self.region)

    def _made(self, model: Any) -> Made:
        return Made(str(model.physical_resource_id), model=model)
