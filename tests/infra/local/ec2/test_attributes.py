"""ModifyInstanceAttribute: what needs a stopped instance, and which types fit it."""

import pytest
from fleets import make_fleet

NOT_STOPPED = "IncorrectInstanceState"


def type_of(ec2, instance):
    found = ec2.describe_instance_attribute(InstanceId=instance, Attribute="instanceType")
    return found["InstanceType"]["Value"]


@pytest.mark.parametrize(
    "change",
    [
        {"InstanceType": {"Value": "t3.large"}},
        {"Attribute": "instanceType", "Value": "t3.large"},
        {"EbsOptimized": {"Value": True}},
    ],
)
def test_only_a_stopped_instance_takes_it(ec2, weather, clock, refused, change):
    (one,) = make_fleet(ec2, 1)
    weather.set(stopping=60)
    code, said = refused(ec2.modify_instance_attribute, InstanceId=one, **change)
    assert (code, said) == (NOT_STOPPED, f"The instance '{one}' is not in the 'stopped' state.")
    ec2.stop_instances(InstanceIds=[one])
    assert refused(ec2.modify_instance_attribute, InstanceId=one, **change)[0] == NOT_STOPPED
    clock.advance(60)
    ec2.modify_instance_attribute(InstanceId=one, **change)


def test_protection_can_be_changed_while_the_instance_runs(ec2):
    (one,) = make_fleet(ec2, 1)
    for attribute in ("DisableApiStop", "DisableApiTermination"):
        ec2.modify_instance_attribute(InstanceId=one, **{attribute: {"Value": True}})
        name = attribute[0].lower() + attribute[1:]
        found = ec2.describe_instance_attribute(InstanceId=one, Attribute=name)
        assert found[attribute]["Value"] is True


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("t3.enormous", "InvalidInstanceAttributeValue"),
        ("t4g.micro", "InvalidParameterCombination"),
    ],
)
def test_a_type_that_cannot_be_is_refused_and_the_old_one_stays(ec2, refused, new, code):
    (one,) = make_fleet(ec2, 1, state="stopped")
    change = {"InstanceId": one, "InstanceType": {"Value": new}}
    assert refused(ec2.modify_instance_attribute, **change)[0] == code
    assert type_of(ec2, one) == "t3.micro"


def test_a_change_of_type_can_be_refused_by_the_weather(ec2, weather, refused):
    (one,) = make_fleet(ec2, 1, state="stopped")
    change = {"InstanceId": one, "InstanceType": {"Value": "t3.large"}}
    weather.add("wrong_state", ids=one, actions="ModifyInstanceAttribute", times=1)
    assert refused(ec2.modify_instance_attribute, **change)[0] == NOT_STOPPED
    ec2.modify_instance_attribute(**change)
    assert type_of(ec2, one) == "t3.large"


def test_metadata_options_that_a_request_leaves_out_stay(ec2):
    (one,) = make_fleet(ec2, 1, MetadataOptions={"HttpPutResponseHopLimit": 3})
    ec2.modify_instance_metadata_options(InstanceId=one, HttpTokens="required")
    found = ec2.describe_instances(InstanceIds=[one])["Reservations"][0]["Instances"][0]
    options = found["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"], options["HttpEndpoint"]) == (
        "required",
        3,
        "enabled",
    )


def test_a_type_that_needs_enhanced_networking_needs_an_image_that_has_it(ec2, refused):
    images = {
        each["VirtualizationType"]: each
        for each in ec2.describe_images(Owners=["amazon"])["Images"]
    }
    assert [images[kind]["EnaSupport"] for kind in ("hvm", "paravirtual")] == [True, False]
    old = images["paravirtual"]["ImageId"]
    (one,) = make_fleet(ec2, 1, type="m3.medium", state="stopped", ImageId=old)
    change = {"InstanceId": one, "InstanceType": {"Value": "m5.large"}}
    code, said = refused(ec2.modify_instance_attribute, **change)
    assert (code, "(ENA) is required for the 'm5.large'" in said) == (
        "InvalidParameterCombination",
        True,
    )
