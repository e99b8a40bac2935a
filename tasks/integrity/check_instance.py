"""Look whether the copies of instances boot from their images, and that they are isolated."""

from typing import Any

from tasks.drills import checks, standing
from tasks.fleets import isolations
from tasks.runtime import client, raising, task
from tasks.servers import instances, launches, looks, points
from tasks.servers.instances import Instance, state_of

PERMISSIONS = {
    **standing.PERMISSIONS,
    "ec2:DescribeInstances": "*",
    "ec2:DescribeInstanceStatus": "*",
    "ec2:DescribeSecurityGroups": "*",
}
TIMEOUT = 120


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    return check(
        request,
        client("ec2", drill["source"]["target"]),
        client("ec2", drill["target"]["target"]),
    )


def check(request: dict[str, Any], source_ec2: Any, ec2: Any) -> dict[str, Any]:
    """Look at the copies themselves; each check is about all of them and names those that fail."""
    component, told = request["component"], request["copy"]["instances"]
    found = instances.made(request["drill"]["id"], ec2)
    pairs = [(one, found.get(one["copy"], {})) for one in told]
    healthy = instances.checked([one["InstanceId"] for _, one in pairs if one], ec2)
    sources = instances.selected(component["config"]["tags"], source_ec2)
    shut = closed([one for _, one in pairs if one], ec2)
    good = {
        "status": lambda one, copy: state_of(copy) == "running",
        "status checks": lambda one, copy: healthy.get(copy["InstanceId"], False),
        "image": lambda one, copy: copy["ImageId"] == one["image"],
        "type": lambda one, copy: as_source(one, copy, sources),
        "security groups": lambda one, copy: copy["InstanceId"] in shut,
        "public address": lambda one, copy: not copy.get("PublicIpAddress"),
        "instance profile": lambda one, copy: not copy.get("IamInstanceProfile"),
    }
    return {
        "checks": [
            checks.holds("instances", bool(told), "one or more", len(told)),
            looks.covered(sources, [one["source"] for one in told], launches.MOST),
            *(
                looks.each(
                    name,
                    len(pairs),
                    [one["copy"] for one, copy in pairs if not copy or not is_good(one, copy)],
                )
                for name, is_good in good.items()
            ),
        ],
        "newest_record": points.oldest(told),
    }


def as_source(one: dict[str, str], copy: Instance, sources: dict[str, Instance]) -> bool:
    """Tell whether a copy is of its source's type; one that is gone sets no measure."""
    source = sources.get(one["source"])
    return source is None or bool(copy["InstanceType"] == source["InstanceType"])


def closed(found: list[Instance], ec2: Any) -> set[str]:
    """Give the copies whose every security group lets nothing through from or to anywhere."""
    groups = {
        one["InstanceId"]: {
            group["GroupId"]
            for interface in one.get("NetworkInterfaces", [])
            for group in interface["Groups"]
        }
        for one in found
    }
    ids = sorted(set().union(*groups.values()))
    if not ids:
        return set()
    with raising({}, "security groups"):
        reply = ec2.describe_security_groups(GroupIds=ids)
    shut = {one["GroupId"] for one in reply["SecurityGroups"] if not isolations.is_open(one)}
    return {one for one, names in groups.items() if names and names <= shut}
