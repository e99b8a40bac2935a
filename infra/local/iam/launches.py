"""What RunInstances takes from a launch template, which needs the same rights as if it said so.

Amazon EC2 User Guide, "Control access to launching instances with Amazon EC2 launch templates".
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from infra.local.iam.operations import Operation


def filled_in(operation: Operation) -> Operation:
    """Give the operation with what its launch template says, where it says nothing itself."""
    template = _template(operation)
    if operation.name != "RunInstances" or template is None:
        return operation
    said = dict(_flat(_version(template, operation.text("LaunchTemplate.Version")).data))
    own = {"LaunchTemplate.LaunchTemplateId": template.id, **operation.parameters}
    return replace(operation, parameters={**said, **own})


def _template(operation: Operation) -> Any:
    from moto.ec2.models import ec2_backends

    by_id = operation.text("LaunchTemplate.LaunchTemplateId")
    by_name = operation.text("LaunchTemplate.LaunchTemplateName")
    for regions in list(ec2_backends.values()):
        for backend in list(regions.values()):
            found: Any = backend.launch_templates.get(by_id) or backend.launch_templates.get(
                backend.launch_template_name_to_ids.get(by_name, "")
            )
            if found:
                return found
    return None


def _version(template: Any, asked: str) -> Any:
    if asked.isdigit() and 0 < int(asked) <= len(template.versions):
        return template.versions[int(asked) - 1]
    return template.latest_version() if asked == "$Latest" else template.default_version()


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Write nested data as the query protocol does: `NetworkInterface.1.SubnetId`."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _flat(entry, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for number, entry in enumerate(value, 1):
            yield from _flat(entry, f"{name}.{number}")
    else:
        yield name, str(value)
