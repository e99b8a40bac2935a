"""What an instance's metadata options say of IMDSv2."""

from collections.abc import Mapping
from typing import Any


def required(entry: Mapping[str, Any], hop_limit: int) -> bool:
    """Tell whether every request for metadata needs a token, or none is answered at all.

    `entry` is what DescribeInstances says. Amazon EC2 API Reference,
    "InstanceMetadataOptionsResponse": `State` is pending while a change is not yet in force.
    """
    options = entry.get("MetadataOptions", {})
    if options.get("HttpEndpoint") == "disabled":
        return True
    return (
        options.get("HttpTokens") == "required"
        and options.get("HttpPutResponseHopLimit") == hop_limit
    )


def in_force(entry: Mapping[str, Any]) -> bool:
    """Tell whether the options are those that the instance goes by."""
    return bool(entry.get("MetadataOptions", {}).get("State", "applied") == "applied")
