"""Instances behind a load balancer and in a group, and the tasks that let them leave and enter."""

import boto3
import pytest
from batches import operation, planned
from fleets import make_fleet
from services import make_group, make_target_group, register

from tasks.fleets import fleet


@pytest.fixture
def elbv2(account):
    """A client of the load balancers."""
    return boto3.client("elbv2")


@pytest.fixture
def autoscaling(account):
    """A client of Auto Scaling."""
    return boto3.client("autoscaling")


@pytest.fixture
def group(elbv2, ec2):
    """A target group in use whose targets take a minute to drain, where they do drain."""
    return make_target_group(elbv2, ec2, delay=60)


@pytest.fixture
def run(account, state_table):
    """Run a task by its handler, as Lambda would, on the batch of these planned instances."""

    def run(module, batch, work, action="stop", others=None, **options):
        request = {
            "instances": batch,
            "work": work,
            "operation": operation(action, **options),
            **(others or {}),
        }
        return module.handler(request, None)["work"]

    return run


@pytest.fixture
def serving(ec2, elbv2, group):
    """Launch instances behind the load balancer; gives the batch as it is planned."""

    def serving(count=2, **launch):
        ids = make_fleet(ec2, count, **launch)
        return [planned(one, target_groups=register(elbv2, group, ids)) for one in ids]

    return serving


@pytest.fixture
def grouped(autoscaling, ec2):
    """Make an Auto Scaling group; gives the batch of its members."""

    def grouped(size, **settings):
        ids = make_group(autoscaling, ec2, size, **settings)
        return [planned(one, auto_scaling_group="web") for one in ids]

    return grouped


MOST = {"most_rounds": 9}


def ids_of(batch):
    """Give the ids of a batch."""
    return [one["instance_id"] for one in batch]


def begun(batch):
    """Give the work of a step with which nothing was done yet."""
    return fleet.begin(ids_of(batch))


def desired(autoscaling, name="web"):
    """Give the capacity that a group is to have."""
    reply = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return reply["AutoScalingGroups"][0]["DesiredCapacity"]
