"""A launch template's new version stands on the version that it names."""

import boto3
from moto import mock_aws

METADATA = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
FIRST = {"ImageId": "ami-1", "InstanceType": "t3.micro", "MetadataOptions": METADATA}


def versions(ec2, **source):
    """Make a template, and a version of it with another image; give what both set."""
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=FIRST)
    ec2.create_launch_template_version(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": "ami-2"}, **source
    )
    reply = ec2.describe_launch_template_versions(LaunchTemplateName="web")
    told = sorted(reply["LaunchTemplateVersions"], key=lambda one: one["VersionNumber"])
    return [one["LaunchTemplateData"] for one in told]


def test_a_version_has_what_its_source_has_and_what_is_said_anew(ec2):
    first, second = versions(ec2, SourceVersion="1")
    assert first["ImageId"] == "ami-1"
    assert (second["ImageId"], second["InstanceType"]) == ("ami-2", "t3.micro")
    assert second["MetadataOptions"]["HttpTokens"] == "required"


def test_a_version_without_a_source_has_what_is_said_alone(ec2):
    assert versions(ec2)[1] == {"ImageId": "ami-2"}


@mock_aws
def test_moto_still_forgets_the_source():
    ec2 = boto3.client("ec2", region_name="us-east-1")
    assert versions(ec2, SourceVersion="1")[1] == {"ImageId": "ami-2"}
