"""What is asked of EC2 for a replacement: the template's word first, then the old instance's."""

import pytest

from tasks.fleets import launching

ENTRY = {
    "InstanceId": "i-0000000a",
    "InstanceType": "t3.micro",
    "SubnetId": "subnet-1",
    "SecurityGroups": [{"GroupId": "sg-1"}],
    "Tags": [{"Key": "aws:ec2launchtemplate:id", "Value": "lt-1"}],
}


@pytest.mark.parametrize(
    ("options", "template"),
    [({}, "lt-1"), ({"launch_template": "web"}, "web")],
)
def test_the_options_name_the_template_or_ec2s_own_tag_does(options, template):
    assert launching.template_of(ENTRY, options) == template


def test_what_a_template_leaves_open_is_as_the_old_one_has_it():
    assert launching.from_template(ENTRY, "lt-1", {}, {"image_id": "ami-1"}) == {
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "$Latest"},
        "ImageId": "ami-1",
        "InstanceType": "t3.micro",
        "SecurityGroupIds": ["sg-1"],
    }


def test_what_a_template_says_holds():
    data = {"InstanceType": "m5.large", "SecurityGroupIds": ["sg-2"]}
    assert launching.from_template(ENTRY, "web", data, {}) == {
        "LaunchTemplate": {"LaunchTemplateName": "web", "Version": "$Latest"}
    }


def test_a_subnet_goes_into_the_templates_network_interface():
    data = {"NetworkInterfaces": [{"DeviceIndex": 0, "Groups": ["sg-2"], "SubnetId": "old"}]}
    assert launching.placed({}, "subnet-1", data) == {
        "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-1", "Groups": ["sg-2"]}]
    }
    assert launching.placed({}, "subnet-1", {}) == {"SubnetId": "subnet-1"}


def test_the_token_is_of_what_is_asked_for_and_for_whom():
    def token(request, ids, name="op-1"):
        return launching.counted(request, ids, name)["ClientToken"]

    assert token({"a": 1}, ["x", "y"]) == token({"a": 1}, ["y", "x"])
    different = [
        token({"a": 1}, ["x", "y"]),
        token({"a": 2}, ["x", "y"]),
        token({"a": 1}, ["x"]),
        token({"a": 1}, ["x", "y"], "op-2"),
    ]
    assert len(set(different)) == 4
    assert {len(each) for each in different} == {64}


def test_aws_own_tags_are_not_copied():
    assert launching.copied(ENTRY) == {}
