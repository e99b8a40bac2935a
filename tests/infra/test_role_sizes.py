"""Each role's policies fit into what IAM takes, however many systems daytwo operates."""

import json
import re

import pytest

from infra import settings
from infra.build import render

# IAM User Guide, "IAM and AWS STS quotas": all inline policies of a role, blanks not counted.
LARGEST_CHARACTERS = 10_240
FIVE_SYSTEMS = ["ec2-manager", "feedback", "financial", "pratikoai", "scaling-strategy"]
# The longest of each; no partition has both.
PSEUDO = {
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": "ap-southeast-2",
    "AWS::AccountId": "123456789012",
}
# About as long as the longest: what stands before the name in an ARN.
ARN = "arn:aws-us-gov:cloudwatch:ap-southeast-2:123456789012:function:"


@pytest.fixture(scope="module")
def resources():
    config = {**settings.load("prod"), "systems": FIVE_SYSTEMS}
    return render(config)[0]["Resources"]


@pytest.fixture(scope="module")
def named(resources):
    """Fill in `${…}` as CloudFormation would."""

    def named(reference):
        if reference in PSEUDO:
            return PSEUDO[reference]
        logical_id, _, attribute = reference.partition(".")
        properties = resources[logical_id]["Properties"]
        given = [value for key, value in properties.items() if key.endswith("Name")]
        name = filled(given[0] if given else f"daytwo-{logical_id}-0123456789AB")
        return f"{ARN}{name}" if attribute else name

    def filled(value):
        if isinstance(value, list):
            return [filled(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "Fn::Sub" in value:
            return re.sub(r"\$\{([^}]*)\}", lambda found: named(found[1]), value["Fn::Sub"])
        if "Fn::GetAtt" in value:
            return named(".".join(value["Fn::GetAtt"]))
        return named(value["Ref"]) if "Ref" in value else {key: filled(value[key]) for key in value}

    return filled


def test_the_policies_of_each_role_fit_with_five_systems(resources, named):
    sizes = {
        logical_id: sum(
            len(re.sub(r"\s", "", json.dumps(named(policy["PolicyDocument"]))))
            for policy in resource["Properties"]["Policies"]
        )
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::IAM::Role"
    }
    assert len(sizes) > 100
    too_large = {role: size for role, size in sizes.items() if size > LARGEST_CHARACTERS}
    assert not too_large, "let workflows share less, or name resources by wildcards of the prefix"


def test_a_role_grows_with_the_systems_that_it_reaches(resources):
    policy = json.dumps(resources["RestoreRestoreDatabaseRole"])
    assert all(f":{name}-*" in policy for name in FIVE_SYSTEMS)
