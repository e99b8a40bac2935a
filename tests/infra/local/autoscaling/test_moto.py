"""What moto still lacks of Auto Scaling: a test that fails here names a change to take back."""

import pytest
from moto.autoscaling import models
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto_source import still_says

LACKS = {
    "a group that shrinks ends members on standby": (
        FakeAutoScalingGroup.set_desired_capacity,
        "for state in self.instance_states if not state.protected_from_scale_in",
    ),
    "members on standby stay registered": (
        AutoScalingBackend.update_attached_target_groups,
        "for state in group.instance_states",
    ),
}


@pytest.mark.parametrize("lack", LACKS)
def test_moto_still_lacks_it(lack):
    thing, text = LACKS[lack]
    assert still_says(thing, text)


def test_moto_still_refuses_no_standby():
    assert not still_says(AutoScalingBackend.enter_standby_instances, "ValidationError")


def test_moto_still_refreshes_nothing():
    assert not hasattr(AutoScalingResponse, "start_instance_refresh")


def test_moto_still_carries_out_no_scheduled_action():
    assert not still_says(models, "Timer")
    assert not hasattr(models.FakeScheduledAction, "execute")


def test_moto_still_launches_members_in_one_subnet():
    assert still_says(
        FakeAutoScalingGroup.replace_autoscaling_group_instances, "in a single subnet"
    )


def test_moto_still_misnames_a_policy_and_knows_no_steps():
    assert still_says(AutoScalingResponse.put_scaling_policy, '{"PolicyArn": policy.arn}')
    assert not still_says(models.FakeScalingPolicy.execute, "step_adjustments")
