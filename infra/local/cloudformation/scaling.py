"""Resource types that size fleets: scaling policies."""

from typing import Any

from infra.local.cloudformation.kinds import Kind, Made, Resource


class ScalingPolicy(Kind):
    """AWS::AutoScaling::ScalingPolicy, whose name is always CloudFormation's."""

    service = "autoscaling"
    replaced_by = frozenset({"AutoScalingGroupName"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the policy, or set it anew as a whole."""
        made = self.call("put_scaling_policy", **{**properties, "PolicyName": name})
        arn = made["PolicyARN"]
        return Made(arn, {"Arn": arn, "PolicyName": name})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set the policy anew."""
        return self.create(resource.made.attributes["PolicyName"], properties)

    def delete(self, resource: Resource) -> None:
        """Delete the policy."""
        self.call(
            "delete_policy",
            PolicyName=resource.made.attributes["PolicyName"],
            AutoScalingGroupName=resource.properties["AutoScalingGroupName"],
        )


TYPES: dict[str, type[Kind]] = {"AWS::AutoScaling::ScalingPolicy": ScalingPolicy}
