"""Say whether a restored stack is what its export says, and nothing of its source."""

import hashlib
from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.drills import checks, standing, verdicts
from tasks.exports import copies as stack_copies
from tasks.exports import documents
from tasks.promotion import check_stack as progress
from tasks.runtime import client, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **documents.READS,
    **dict.fromkeys(
        (
            "cloudformation:DescribeStacks",
            "cloudformation:GetTemplate",
            "cloudformation:ListStackResources",
        ),
        stack_copies.ARN,
    ),
}
ERRORS = stacks.ERRORS
TIMEOUT = 60
MOST_NAMED = 10


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    export, body = documents.read(component, setting("EVIDENCE_BUCKET"), client("s3"))
    template = stack_copies.deletable(stack_copies.parse(export["stack"], body))
    given = component["target_config"]["drill_parameters"]
    cloudformation = client("cloudformation", drill["target"]["target"])
    return {"checks": check(component["copy"], export, template, given, cloudformation)}


def check(
    copy: str,
    export: documents.Export,
    template: Mapping[str, Any],
    given: Mapping[str, str],
    cloudformation: Any,
) -> list[dict[str, Any]]:
    """Compare the copy with the export; `given` are the parameters that the drill changes."""
    stack = stacks.find(copy, cloudformation)
    if stack is None:
        return [verdicts.check("stack status", verdicts.FAIL, "CREATE_COMPLETE", "no such stack")]
    resources = documents.resources_of(copy, cloudformation)
    found = documents.describe(stack, resources)
    body = stacks.original_template(copy, cloudformation)
    same = stack_copies.written(stack_copies.parse(copy, body))
    status = found["status"]
    return [
        verdicts.check(
            "stack status",
            verdicts.PASS if status in progress.DONE else verdicts.FAIL,
            "CREATE_COMPLETE",
            status,
        ),
        checks.equal("template", digest(stack_copies.written(template)), digest(same)),
        compare("resources", listed(export["resources"]), listed(resources)),
        compare("outputs", set(export["outputs"]), set(found["outputs"])),
        compare(
            "parameters as exported",
            kept(export["parameters"], given),
            kept(found["parameters"], given),
        ),
        apart(export["resources"], resources),
        unfinished(resources),
    ]


def digest(text: str) -> str:
    """Name a text in evidence."""
    return f"sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def listed(resources: list[dict[str, str]]) -> set[str]:
    """Name resources by what both stacks have in common."""
    return {f"{one['logical_id']} ({one['type']})" for one in resources}


def kept(parameters: Mapping[str, str], given: Mapping[str, str]) -> set[str]:
    """Name the parameters that the drill leaves as they are, with the digests of their values."""
    return {f"{name} ({digest(text)})" for name, text in parameters.items() if name not in given}


def compare(name: str, expected: set[str], observed: set[str]) -> dict[str, Any]:
    """Check that two sets of names are equal, and say which are in one only."""
    missing, extra = sorted(expected - observed), sorted(observed - expected)
    said = [
        *([f"missing {', '.join(missing[:MOST_NAMED])}"] if missing else []),
        *([f"extra {', '.join(extra[:MOST_NAMED])}"] if extra else []),
    ]
    verdict = verdicts.FAIL if said else verdicts.PASS
    return verdicts.check(name, verdict, str(len(expected)), str(len(observed)), "; ".join(said))


def apart(source: list[dict[str, str]], copy: list[dict[str, str]]) -> dict[str, Any]:
    """Check that no resource of the copy is one of the source."""
    taken = {name for one in source for name in stack_copies.names_of(one)}
    shared = [
        one["logical_id"] for one in copy if one["physical_id"] and one["physical_id"] in taken
    ]
    return checks.equal("resources shared with the source", 0, len(shared), ", ".join(shared))


def unfinished(resources: list[dict[str, str]]) -> dict[str, Any]:
    """Check that CloudFormation has made every resource."""
    left = [one["logical_id"] for one in resources if not one["status"].endswith("_COMPLETE")]
    return checks.equal("resources not complete", 0, len(left), ", ".join(left[:MOST_NAMED]))
