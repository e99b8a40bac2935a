"""Resource names of the place that a request was signed for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """The Region and the account of a request."""

    region: str
    account: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """Name a regional resource."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def arn_or(self, service: str, kind: str, name: str) -> str:
        """Name a resource by its own ARN, or by its name in `kind`, such as `rule/{}`."""
        return name if name.startswith("arn:") else self.arn(service, kind.format(name))
