"""Guards that ask EC2 for more than DescribeInstances says, and only what an action needs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from tasks.errors import TaskError
from tasks.fleets import isolations, type_fit
from tasks.fleets.selection import Row
from tasks.runtime import raising

# What the looks take.
PERMISSIONS = dict.fromkeys(
    (
        "ec2:DescribeImages",
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSpotInstanceRequests",
    ),
    "*",
)
ERRORS: dict[str, type[TaskError]] = {}

# One call an instance, of a bucket of 50 that fills by 10 a second: as many as a plan may
# take. Where more are acted on, the error with which EC2 refuses names the protected ones.
MOST_ASKED = {"disableApiStop": 25, "disableApiTermination": 100}
VALUES_PER_FILTER = 200

DATA_IS_LOST = frozenset({"stop", "hibernate", "resize", "replace"})
PROTECTIONS = {
    **dict.fromkeys(("stop", "hibernate", "resize"), "disableApiStop"),
    **dict.fromkeys(("terminate", "replace"), "disableApiTermination"),
}

Options = Mapping[str, Any]
Objection = Callable[[Row], str]
# Looks at all rows at once, and gives what objects to each.
Look = Callable[[Sequence[Row], Any], Objection]
Types = Mapping[str, type_fit.Info]


def looks(action: str, options: Options, whole_group: bool) -> Iterator[Look]:
    """Give the looks that an action needs, in the order of their cost.

    `whole_group` says that an Auto Scaling group replaces its members by its own means and
    from its own template.
    """
    others = [*options["fallback_types"]]
    if action == "resize":
        others.insert(0, options["instance_type"])
    if others or (action in DATA_IS_LOST and not options["accept_data_loss"]):
        yield partial(_types, action, options, others)
    if action == "stop":
        yield _spot
    if action == "isolate":
        yield partial(_quarantine, options)
    if action == "replace" and not whole_group:
        yield partial(_source, options)
    if action in PROTECTIONS and not whole_group:
        yield partial(_protection, PROTECTIONS[action])


def _types(
    action: str, options: Options, others: Sequence[str], rows: Sequence[Row], ec2: Any
) -> Objection:
    """Object to lost data on instance stores, and to types that do not fit."""
    types = {
        one["InstanceType"]: one
        for one in _pages(
            "describe_instance_types",
            "InstanceTypes",
            {"instance-type": sorted({row.type for row in rows} | set(others))},
            ec2,
        )
    }
    offered = _zones(options["instance_type"], ec2) if action == "resize" else None
    watched = action in DATA_IS_LOST and not options["accept_data_loss"]

    def objection(row: Row) -> str:
        if watched and types.get(row.type, {}).get("InstanceStorageSupported"):
            return (
                f"a {row.type} has instance-store volumes, whose data would be lost; "
                "options.accept_data_loss (--accept-data-loss) allows it"
            )
        if offered is not None and options["instance_type"] in types and row.zone not in offered:
            return f"{options['instance_type']} is not offered in {row.zone}"
        return next(filter(None, (_misfit(action, row, other, types) for other in others)), "")

    return objection


def _misfit(action: str, row: Row, other: str, types: Types) -> str:
    if other not in types:
        return f"there is no instance type {other} in this Region"
    if action == "replace":
        return type_fit.foreign(row, types[other])
    return type_fit.misfit(row, types.get(row.type, {}), types[other])


def _zones(kind: str, ec2: Any) -> set[str]:
    """Give the zones in which a type is offered."""
    pages = _pages(
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        {"instance-type": [kind]},
        ec2,
        LocationType="availability-zone",
    )
    return {one["Location"] for one in pages}


def _spot(rows: Sequence[Row], ec2: Any) -> Objection:
    """Object to stopping spot instances that were asked for one time only."""
    requests = sorted({row.spot_request for row in rows if row.spot_request})
    once = {
        one["SpotInstanceRequestId"]
        for one in _pages(
            "describe_spot_instance_requests",
            "SpotInstanceRequests",
            {"spot-instance-request-id": requests},
            ec2,
        )
        if one.get("Type", "one-time") == "one-time"
    }
    return lambda row: (
        "it is a spot instance of a one-time request, which cannot be stopped"
        if row.spot_request in once
        else ""
    )


def _quarantine(options: Options, rows: Sequence[Row], ec2: Any) -> Objection:
    """Object where a VPC does not have just the one group that lets nothing through."""
    chosen = options.get("quarantine_security_group", "")
    vpcs = {row.vpc_id for row in rows}
    _, troubles = isolations.quarantine_groups(vpcs, chosen, ec2)
    return lambda row: troubles[row.vpc_id][1].rstrip(".") if row.vpc_id in troubles else ""


def _source(options: Options, rows: Sequence[Row], ec2: Any) -> Objection:
    """Object where it is not known what a new instance would be launched from."""
    image, template = options.get("image_id", ""), options.get("launch_template", "")
    wrong, architecture = _image(image, ec2) if image else ("", "")
    if template and not wrong and not _template_exists(template, ec2):
        wrong = f"there is no launch template {template}"

    def objection(row: Row) -> str:
        if wrong:
            return wrong
        if architecture and row.architecture and row.architecture != architecture:
            return f"it is {row.architecture}, and the AMI {image} is {architecture}"
        if not (image or template or row.template):
            return (
                "it was launched from no launch template; give options.launch_template "
                "(--launch-template) or options.image_id (--image-id)"
            )
        return ""

    return objection


def _image(image: str, ec2: Any) -> tuple[str, str]:
    """Say why an AMI cannot be launched, or nothing; and what architecture it is of."""
    with raising(ERRORS, image):
        images = ec2.describe_images(Filters=[{"Name": "image-id", "Values": [image]}])["Images"]
    if not images:
        return f"there is no AMI {image} in this Region that may be used", ""
    state = images[0].get("State", "available")
    wrong = "" if state == "available" else f"the AMI {image} is {state}"
    return wrong, images[0].get("Architecture", "")


def _template_exists(template: str, ec2: Any) -> bool:
    from botocore.exceptions import ClientError

    by_id = template.startswith("lt-")
    which = {"LaunchTemplateIds": [template]} if by_id else {"LaunchTemplateNames": [template]}
    with raising(ERRORS, template):
        try:
            return bool(ec2.describe_launch_templates(**which)["LaunchTemplates"])
        except ClientError as error:
            # InvalidLaunchTemplateId.NotFound, InvalidLaunchTemplateName.NotFoundException …
            if "NotFound" in error.response["Error"]["Code"]:
                return False
            raise


def _protection(attribute: str, rows: Sequence[Row], ec2: Any) -> Objection:
    """Object to what is protected against being stopped or terminated, of few enough rows."""
    if len(rows) > MOST_ASKED[attribute]:
        return lambda row: ""

    def objection(row: Row) -> str:
        with raising(ERRORS, row.instance_id):
            reply = ec2.describe_instance_attribute(InstanceId=row.instance_id, Attribute=attribute)
        field = attribute[0].upper() + attribute[1:]
        if not reply.get(field, {}).get("Value"):
            return ""
        kind = "stop" if attribute == "disableApiStop" else "termination"
        return f"it has {kind} protection; lift it ({attribute}) to go on"

    return objection


def _pages(
    operation: str, field: str, filters: Mapping[str, Sequence[str]], ec2: Any, **more: Any
) -> Iterator[dict[str, Any]]:
    """Give what an operation describes, with the values of its longest filter in parts."""
    longest = max(filters, key=lambda name: len(filters[name]))
    for some in _parts(filters[longest]):
        asked = {**filters, longest: some}
        pages = ec2.get_paginator(operation).paginate(
            Filters=[{"Name": name, "Values": list(values)} for name, values in asked.items()],
            **more,
        )
        with raising(ERRORS, ", ".join(asked)):
            for page in pages:
                yield from page[field]


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (
        values[start : start + VALUES_PER_FILTER]
        for start in range(0, len(values), VALUES_PER_FILTER)
    )
