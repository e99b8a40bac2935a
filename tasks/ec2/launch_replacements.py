"""Launch a new instance for each of a batch, from its launch template's latest version."""

import json
from collections import defaultdict
from typing import Any

from tasks import stacks
from tasks.errors import AccessRefused, AwsCallFailed, TaskError, Throttled
from tasks.fleets import fleet, instances, launching, replacements, sightings, transitions
from tasks.fleets.each import act_on_each
from tasks.fleets.fleet import Failure
from tasks.fleets.instances import INSTANCE_ARN, SHORTAGES, told
from tasks.runtime import client, raising, task

PERMISSIONS = {
    "ec2:CreateTags": INSTANCE_ARN,
    "ec2:DescribeInstanceAttribute": "*",
    "ec2:DescribeInstances": "*",
    "ec2:DescribeLaunchTemplateVersions": "*",
    "ec2:RunInstances": launching.LAUNCH_ARNS,
    "iam:PassRole": stacks.SERVICE_ROLES,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 300
ERRORS: dict[str, type[TaskError]] = {}

NO_TEMPLATE: Failure = (
    "NoLaunchTemplate",
    "It was not launched from a launch template: name one in options.launch_template, or an "
    "image in options.image_id.",
)


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    launch = Launch(operation, client("ec2", operation["target"], attempts=1))
    again = transitions.again(request["work"], request["retry_count"])
    work = launch.run(request["work"], replacements.by_old(request["replacements"]), again)
    return {"work": work, "replacements": replacements.as_pairs(launch.stands_for)}


class Launch:
    """One attempt to launch replacements; `stands_for` has the new ones by the old."""

    def __init__(self, operation: dict[str, Any], ec2: Any) -> None:
        self.operation, self.options = operation, operation["options"]
        self.ec2 = ec2
        self.stands_for: dict[str, str] = {}
        self.data: dict[str, dict[str, Any]] = {}

    def run(self, work: dict[str, Any], known: dict[str, str], again: bool) -> dict[str, Any]:
        """Launch for all who are pending, alike ones together; the old ones stay as they are.

        A second delivery finds what the first has launched: by the tags, and by client tokens
        that are made of what is asked for. Raises Throttled or Unavailable.
        """
        self.stands_for = dict(known)
        pending = work["pending"]
        if again:
            self.stands_for |= replacements.tagged(self.operation["id"], pending, self.ec2)
        found = instances.describe(pending, self.ec2)
        failures: dict[str, Failure] = {}
        alike: dict[str, list[str]] = defaultdict(list)
        for one in transitions.without(pending, self.stands_for):
            entry = found.get(one)
            if entry is None or transitions.state_of(entry) in transitions.GONE:
                failures[one] = sightings.gone("")
            elif asked := self.request(entry):
                place = [entry["SubnetId"], launching.template_of(entry, self.options)]
                alike[json.dumps([asked, *place], sort_keys=True)].append(one)
            else:
                failures[one] = NO_TEMPLATE
        for key, ids in alike.items():
            asked, subnet, template = json.loads(key)
            failures |= self.launch(asked, subnet, template, {one: found[one] for one in ids})
        work = fleet.fail(work, failures, changed=False)
        return fleet.accept(work, self.stands_for)

    def request(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Say what is asked for an instance; nothing where it is not known of what."""
        image = self.options.get("image_id", "")
        template = launching.template_of(entry, self.options)
        if template:
            data = self.template(template)
            return launching.from_template(entry, template, data, self.options)
        return launching.like(entry, image, self.user_data(entry)) if image else {}

    def template(self, template: str) -> dict[str, Any]:
        """Give what a launch template's latest version sets."""
        if template and template not in self.data:
            with raising(ERRORS, f"launch template {template}"):
                reply = self.ec2.describe_launch_template_versions(
                    **launching.named(template), Versions=["$Latest"]
                )
            self.data[template] = reply["LaunchTemplateVersions"][0]["LaunchTemplateData"]
        return self.data.get(template, {})

    def user_data(self, entry: dict[str, Any]) -> str:
        """Give an instance's user data, in base64."""
        with raising(ERRORS, entry["InstanceId"]):
            reply = self.ec2.describe_instance_attribute(
                InstanceId=entry["InstanceId"], Attribute="userData"
            )
        return str(reply.get("UserData", {}).get("Value", ""))

    def launch(
        self, asked: dict[str, Any], subnet: str, template: str, old: dict[str, dict[str, Any]]
    ) -> dict[str, Failure]:
        """Launch for alike instances, where there is capacity; gives who has none and why.

        In the instances' own subnet first, with each type, then in the other subnets.
        """
        waiting, refusal = sorted(old), ("", "")
        for where in (subnet, *self.options["fallback_subnets"]):
            for kind in ("", *self.options["fallback_types"]):
                request = launching.placed(asked, where, self.template(template))
                request |= {"InstanceType": kind} if kind else {}
                try:
                    waiting = self.call(request, {one: old[one] for one in waiting})
                except (AccessRefused, AwsCallFailed) as error:
                    refusal = told(error) or ("", "")
                    if not refusal[0]:
                        raise
                    if refusal[0] not in SHORTAGES:
                        return dict.fromkeys(waiting, refusal)
                if not waiting:
                    return {}
        if not refusal[0]:
            refusal = ("InsufficientInstanceCapacity", "EC2 launched fewer than it was asked for.")
        return dict.fromkeys(waiting, refusal)

    def call(self, request: dict[str, Any], old: dict[str, dict[str, Any]]) -> list[str]:
        """Launch as many as there is room for, and pair them; gives the old ones left over."""
        shared = launching.common(launching.copied(entry) for entry in old.values())
        shared[launching.OPERATION_TAG] = self.operation["id"]
        tags = [{"ResourceType": "instance", "Tags": launching.as_tags(shared)}]
        asked = launching.counted(request, old, self.operation["id"])
        with raising(ERRORS, f"{len(old)} replacements"):
            reply = self.ec2.run_instances(**asked, TagSpecifications=tags)
        new = sorted(entry["InstanceId"] for entry in reply["Instances"])
        ids = sorted(old)
        pairs = dict(zip(ids, new, strict=False))
        tagged = act_on_each(pairs, lambda one: self.tag(pairs[one], old[one], one, shared))
        if tagged.left:
            raise Throttled(f"{len(tagged.left)} replacements are still to be tagged.")
        self.stands_for |= pairs
        return ids[len(new) :]

    def tag(self, new: str, entry: dict[str, Any], old: str, shared: dict[str, str]) -> None:
        """Give a new instance the old one's own tags, and say what it replaces."""
        own = {
            key: value for key, value in launching.copied(entry).items() if shared.get(key) != value
        }
        own[launching.REPLACES_TAG] = old
        self.ec2.create_tags(Resources=[new], Tags=launching.as_tags(own))
