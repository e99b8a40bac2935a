"""The financial system's instances, through command line, console and schedule."""

import json
import time

import pytest
from example_fleets import ALWAYS, far_day, ids, never
from people import until

SYSTEM = "financial"
GROUP = "financial-dev-application"
# A period of the alarms has a few of these.
LOOK_SECONDS = 0.5
DEV_LEDGER = ("--tag", "System=financial", "--tag", "Environment=dev", "--tag", "Tier=ledger")


def ledger(fleets, state="running", environment="dev"):
    return fleets.instances(SYSTEM, environment, "ledger", state)


def application(fleets):
    return fleets.instances(SYSTEM, "dev", "application")


def test_the_group_is_as_the_system_asks_for(fleets):
    group = fleets.group(GROUP)
    assert (group["MinSize"], group["DesiredCapacity"], group["MaxSize"]) == (2, 3, 6)
    # With ELB, Auto Scaling looks at EC2's own status checks as well.
    assert group["HealthCheckType"] == "ELB"
    members = application(fleets)
    assert len({one["Placement"]["AvailabilityZone"] for one in members}) == 2
    until(lambda: fleets.healthy(GROUP) == set(ids(members)), "healthy targets")
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    latest = fleets.account.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    assert {one["ImageId"] for one in members} == {latest}
    assert {one["MetadataOptions"]["HttpTokens"] for one in members} == {"required"}


def test_the_ledger_stops_starts_and_reboots_verified_and_recorded(fleets):
    both = ids(ledger(fleets))
    begun = len(fleets.trail(both[0]))
    for action, state in (("stop", "stopped"), ("start", "running"), ("reboot", "running")):
        said = fleets.operate(action, *DEV_LEDGER)
        assert f"Succeeded: {action} of 2 instances: 2 succeeded." in said
        assert ids(ledger(fleets, state)) == both
    done = [("stop", "succeeded"), ("start", "succeeded"), ("reboot", "succeeded")]
    assert [fleets.trail(one)[begun:] for one in both] == [done, done]


def test_metadata_asks_for_tokens_everywhere_and_who_does_already_is_left_alone(fleets):
    before = {one["MetadataOptions"]["HttpTokens"] for one in ledger(fleets)}
    place = ("--tag", "System=financial", "--tag", "Environment=dev")
    said = fleets.operate("enforce-imdsv2", *place)
    assert before == {"optional"}
    assert "Succeeded: enforce_imdsv2 of 2 instances: 2 succeeded." in said
    everybody = [*ledger(fleets), *application(fleets)]
    assert {one["MetadataOptions"]["HttpTokens"] for one in everybody} == {"required"}
    assert "0 to act on" in fleets.daytwo("ec2", "plan", "enforce-imdsv2", *place).output


def test_members_reboot_on_standby_one_after_the_other(fleets):
    members = ids(application(fleets))
    said = fleets.operate("reboot", "--asg", GROUP, "--standby")
    assert "Succeeded: reboot of 3 instances: 3 succeeded." in said
    group = fleets.group(GROUP)
    assert {one["LifecycleState"] for one in group["Instances"]} == {"InService"}
    assert group["DesiredCapacity"] == 3
    assert fleets.healthy(GROUP) == set(members)


def test_the_group_is_replaced_by_an_instance_refresh_with_another_image(fleets):
    before = set(ids(application(fleets)))
    ssm = fleets.account.client("ssm")
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64"
    image = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    said = fleets.operate("replace", "--asg", GROUP, "--image-id", image)
    assert "Succeeded: replace of 3 instances: 3 succeeded." in said
    members = application(fleets)
    assert {one["ImageId"] for one in members} == {image}
    assert not before & set(ids(members))
    assert {one["MetadataOptions"]["HttpTokens"] for one in members} == {"required"}
    assert fleets.healthy(GROUP) == set(ids(members))


def test_the_ledger_is_replaced_from_its_launch_template(fleets):
    before = ledger(fleets)
    template = ("--launch-template", "financial-dev-ledger")
    said = fleets.operate("replace", *DEV_LEDGER, *template)
    assert "Succeeded: replace of 2 instances: 2 succeeded." in said
    after = ledger(fleets)
    assert not set(ids(before)) & set(ids(after))
    assert [places(one) for one in after] == [places(one) for one in before]
    assert {fleets.trail(one)[-1] for one in ids(before)} == {("replace", "succeeded")}


def places(instance):
    """Give what a replacement must have as the one before it."""
    groups = [one["GroupId"] for one in instance["SecurityGroups"]]
    return instance["SubnetId"], groups, instance["IamInstanceProfile"]["Arn"]


def test_an_instance_is_isolated_in_the_quarantine_group_and_released_as_it_was(fleets):
    (one, _) = ledger(fleets)
    here = ("--id", one["InstanceId"])
    fleets.operate("isolate", *here)
    (isolated, _) = ledger(fleets)
    (group,) = isolated["SecurityGroups"]
    assert group["GroupName"] == "financial-dev-quarantine"
    assert "IamInstanceProfile" not in isolated
    fleets.operate("release-isolation", *here)
    (released, _) = ledger(fleets)
    assert places(released) == places(one)


def test_the_group_grows_when_it_is_busy_and_shrinks_when_it_is_idle(fleets):
    until(lambda: used(fleets, 85) and desired(fleets) == 4, "one more")
    until(lambda: used(fleets, 10) and desired(fleets) == 3, "one less")


def desired(fleets):
    return fleets.group(GROUP)["DesiredCapacity"]


def used(fleets, percent):
    """Report the use of the group's processors, as EC2 does."""
    time.sleep(LOOK_SECONDS)
    metric = {
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "AutoScalingGroupName", "Value": GROUP}],
        "Value": percent,
    }
    fleets.account.client("cloudwatch").put_metric_data(Namespace="AWS/EC2", MetricData=[metric])
    return True


@pytest.fixture(scope="module")
def closed(fleets):
    """Let the windows of production be closed for the rest of the week."""
    manifest = fleets.manifests[SYSTEM]
    (prod,) = [one for one in manifest["environments"] if one["name"] == "prod"]
    window = {"days": [far_day()], "from": "02:00", "to": "03:00"}
    prod["instances"]["maintenance_windows"] = [window]
    fleets.put(manifest)


def test_production_is_left_alone_outside_of_its_windows(fleets, closed):
    place = ("--tag", "System=financial", "--tag", "Environment=prod", "--tag", "Tier=ledger")
    said = fleets.operate("reboot", *place, code=1)
    assert "financial/prod may be disturbed only in its windows" in said
    assert len(ledger(fleets, environment="prod")) == 2


def test_an_emergency_in_production_asks_somebody_who_may_approve(fleets, closed):
    one = ids(ledger(fleets, environment="prod"))[0]
    arguments = ("--id", one, "--emergency", "--reason", "it hangs")
    asked = fleets.said("ec2", "reboot", *arguments)
    own = fleets.decide(asked["execution"], "approve", "alice")
    approved = fleets.decide(asked["execution"], "approve", "bob")
    assert own.exit_code == 2
    assert approved.exit_code == 0, approved.output
    assert fleets.end(asked["execution"])["status"] == "SUCCEEDED"
    assert fleets.trail(one)[-1] == ("reboot", "succeeded")


def test_an_operation_from_the_console_does_the_same(fleets):
    both = ids(ledger(fleets))
    execution = fleets.ask("reboot", {"instance_ids": both}, limits={"max_unavailable": "50%"})
    ended = fleets.end(execution)
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["report"]["succeeded"] == 2


def test_a_wrong_input_from_the_console_is_answered_with_the_field(fleets):
    ended = fleets.end(fleets.ask("reboot", {"tags": {}}))
    assert (ended["status"], ended["error"]) == ("FAILED", "FailedClean")
    assert "targets.tags" in ended["cause"]


def test_business_and_off_hours_move_the_ledger_and_the_capacity(fleets):
    group = {
        "group": "financial-{environment}-application",
        "business": {"min": 2, "desired": 3, "max": 6},
        "off": {"min": 0, "desired": 0, "max": 6},
    }
    tiers = [{"name": "ledger", "tags": {"Tier": ["ledger"]}}]
    follow = {"auto_scaling": [group], "tiers": tiers}
    fleets.put_schedule(SYSTEM, "dev", ALWAYS, **follow)
    until(
        lambda: capacity(fleets) == (2, 3, 6) and fleets.on_schedule(SYSTEM, "dev", "on"),
        "business hours",
    )
    fleets.put_schedule(SYSTEM, "dev", never(), **follow)
    until(
        lambda: capacity(fleets) == (0, 0, 6) and fleets.on_schedule(SYSTEM, "dev", "off"),
        "off hours",
    )
    assert len(ledger(fleets, "stopped")) == 2
    assert not application(fleets)
    fleets.put_schedule(SYSTEM, "dev", ALWAYS, **follow)
    until(
        lambda: capacity(fleets) == (2, 3, 6) and fleets.on_schedule(SYSTEM, "dev", "on"),
        "business hours",
    )
    assert len(ledger(fleets)) == 2
    assert len(application(fleets)) == 3
    entries = fleets.said("audit", "--resource", ids(ledger(fleets))[0])
    assert (entries[0]["what"], entries[0]["who"]) == ("start", "schedule financial/tested")


def capacity(fleets):
    group = fleets.group(GROUP)
    return group["MinSize"], group["DesiredCapacity"], group["MaxSize"]
