"""Resource types of AWS Lambda, but the function itself, which infra/local/functions mends."""

from typing import Any

from infra.local.cloudformation.kinds import Kind, Made, Resource


class Version(Kind):
    """AWS::Lambda::Version."""

    service = "lambda"
    replaced_by = frozenset({"FunctionName", "CodeSha256", "Description"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Publish $LATEST as a version."""
        version = self.call("publish_version", **properties)
        arn = version["FunctionArn"]
        return Made(arn, {"Version": version["Version"], "FunctionArn": arn})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Leave the version as it is: what remains are provisioned settings."""
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the version."""
        self.call("delete_function", FunctionName=resource.physical_resource_id)


class Alias(Kind):
    """AWS::Lambda::Alias; a weight moved by somebody else is kept until the template changes."""

    service = "lambda"
    replaced_by = frozenset({"FunctionName", "Name"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the alias."""
        alias = self.call("create_alias", **_routed(properties))
        return Made(alias["AliasArn"], {"AliasArn": alias["AliasArn"]})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Point the alias where the template says."""
        self.call("update_alias", **_routed(properties))
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the alias."""
        properties = resource.properties
        self.call("delete_alias", FunctionName=properties["FunctionName"], Name=properties["Name"])


def _routed(properties: dict[str, Any]) -> dict[str, Any]:
    weights = properties.get("RoutingConfig", {}).get("AdditionalVersionWeights", [])
    routing = {item["FunctionVersion"]: item["FunctionWeight"] for item in weights}
    return {**properties, "RoutingConfig": {"AdditionalVersionWeights": routing}}


class Url(Kind):
    """AWS::Lambda::Url."""

    service = "lambda"
    replaced_by = frozenset({"TargetFunctionArn", "Qualifier"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Give the function, or its alias, a URL."""
        config = self.call("create_function_url_config", **_target(properties), **properties)
        made = {"FunctionUrl": config["FunctionUrl"], "FunctionArn": config["FunctionArn"]}
        return Made(config["FunctionArn"], made)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change who may call the URL, and how."""
        self.call("update_function_url_config", **_target(properties), **properties)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Take the URL away."""
        properties = resource.properties
        self.call("delete_function_url_config", **_target(properties), **properties)


def _target(properties: dict[str, Any]) -> dict[str, Any]:
    return {"FunctionName": properties["TargetFunctionArn"]}


class Permission(Kind):
    """AWS::Lambda::Permission, every change of which makes a new one."""

    service = "lambda"
    replaced_by = frozenset(
        {
            "Action",
            "EventSourceToken",
            "FunctionName",
            "FunctionUrlAuthType",
            "Principal",
            "PrincipalOrgID",
            "SourceAccount",
            "SourceArn",
        }
    )

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Let the principal invoke the function."""
        self.call("add_permission", StatementId=name, **properties)
        return Made(name, {"Id": name})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Keep the permission: nothing in it changes in place."""
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Take the permission back."""
        self.call(
            "remove_permission",
            FunctionName=resource.properties["FunctionName"],
            StatementId=resource.physical_resource_id,
        )


class LayerVersion(Kind):
    """AWS::Lambda::LayerVersion, which never changes: each change publishes the next one."""

    service = "lambda"
    replaced_by = frozenset(
        {"Content", "LayerName", "Description", "CompatibleRuntimes", "CompatibleArchitectures"}
    )

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Publish a version of the layer."""
        layer = self.call("publish_layer_version", **{"LayerName": name, **properties})
        arn = layer["LayerVersionArn"]
        return Made(arn, {"LayerVersionArn": arn})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Keep the version: nothing in it changes in place."""
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the version."""
        layer, _, number = resource.physical_resource_id.rpartition(":")
        self.call("delete_layer_version", LayerName=layer.split(":")[-1], VersionNumber=number)


class EventInvokeConfig(Kind):
    """AWS::Lambda::EventInvokeConfig."""

    service = "lambda"
    replaced_by = frozenset({"FunctionName", "Qualifier"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Set how asynchronous invocations are retried and where they end."""
        self.call("put_function_event_invoke_config", **properties)
        return Made(name)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set it anew, as a whole."""
        return self.create(resource.physical_resource_id, properties)

    def delete(self, resource: Resource) -> None:
        """Go back to Lambda's defaults."""
        self.call("delete_function_event_invoke_config", **resource.properties)


TYPES: dict[str, type[Kind]] = {
    "AWS::Lambda::Version": Version,
    "AWS::Lambda::Alias": Alias,
    "AWS::Lambda::Url": Url,
    "AWS::Lambda::Permission": Permission,
    "AWS::Lambda::LayerVersion": LayerVersion,
    "AWS::Lambda::EventInvokeConfig": EventInvokeConfig,
}
