"""What Route 53's operations need; AWS page "Actions, resources … for Amazon Route 53"."""

from infra.local.iam.arns import Place
from infra.local.iam.operations import Operation

# Operations that have no resource, though they name one.
WITHOUT_RESOURCE = ("TestDNSAnswer",)


def of_zones(operation: Operation, place: Place) -> list[tuple[str, str]]:
    """List the action with its health check, hosted zone or change, which have no Region."""
    kind, name = _named(operation)
    if operation.name in WITHOUT_RESOURCE or not name:
        return [(operation.name, "*")]
    return [(operation.name, f"arn:{place.partition}:route53:::{kind}/{name}")]


def _named(operation: Operation) -> tuple[str, str]:
    if operation.text("HealthCheckId"):
        return "healthcheck", operation.text("HealthCheckId")
    if operation.text("ResourceId"):
        return operation.text("ResourceType"), operation.text("ResourceId")
    kind = "change" if operation.name == "GetChange" else "hostedzone"
    return kind, operation.text("HostedZoneId", "Id")
