"""Each instance of a component gets one image for each backup."""

import boto3
import pytest
from backups import NOW, backup, component
from fleets import make_fleet
from weather import ec2_client, weathered

from infra.local.ec2.weather import IMAGE_FAILS
from tasks.backup import back_up_instances
from tasks.errors import AccessRefused, BackupFailed

TAGS = {"Name": "shop-prod-host"}
HOSTS = component("hosts", "instances", config={"tags": TAGS})


@pytest.fixture
def account(aws):
    with weathered() as account:
        yield account


@pytest.fixture
def ec2(account):
    return ec2_client()


@pytest.fixture
def back_up(ec2):
    def call(client=ec2):
        return back_up_instances.back_up(backup(), HOSTS, NOW, client)

    return call


def images(ec2):
    return ec2.describe_images(Owners=["self"])["Images"]


def test_each_instance_gets_an_image_that_names_it_and_its_type(ec2, back_up):
    ids = sorted(make_fleet(ec2, 2, TAGS, type="t3.small"))
    make_fleet(ec2, 1, {"Name": "other"})

    back_up()
    answer = back_up()

    assert [one["resource"] for one in answer["points"]] == ids
    assert {one["at"] for one in answer["points"]} == {NOW}
    for image in images(ec2):
        tags = {tag["Key"]: tag["Value"] for tag in image["Tags"]}
        assert tags["daytwo:instance-type"] == "t3.small"


def test_it_is_done_when_all_are_available(ec2, back_up):
    make_fleet(ec2, 2, TAGS)

    first, second = back_up(), back_up()

    assert (first["done"], first["state"]) == (False, "0 of 2 done")
    assert (second["done"], second["state"]) == (True, "2 of 2 done")


def test_instances_are_not_restarted(account, back_up):
    ec2 = boto3.client("ec2")
    make_fleet(ec2, 1, TAGS)
    asked = []
    ec2.meta.events.register(
        "provide-client-params.ec2.CreateImage", lambda params, **_: asked.append(params)
    )

    back_up(ec2)

    assert [one["NoReboot"] for one in asked] == [True]
    kinds = [one["ResourceType"] for one in asked[0]["TagSpecifications"]]
    assert kinds == ["image", "snapshot"]


def test_a_second_delivery_makes_no_second_image(ec2, back_up):
    make_fleet(ec2, 1, TAGS)
    for _ in range(3):
        back_up()

    assert len(images(ec2)) == 1


def test_an_image_that_is_there_by_its_name_is_as_good(ec2, back_up, refusing):
    make_fleet(ec2, 1, TAGS)

    assert back_up(refusing(ec2, "create_image", "InvalidAMIName.Duplicate"))["done"] is False


def test_an_image_that_takes_its_time_is_waited_for(account, ec2, back_up):
    account.ec2_weather.set(image=300)
    make_fleet(ec2, 1, TAGS)
    back_up()

    assert back_up()["done"] is False
    account.clock.advance(300)
    assert back_up()["done"] is True


def test_an_image_that_failed_fails_the_backup(account, ec2, back_up):
    (instance,) = make_fleet(ec2, 1, TAGS)
    account.ec2_weather.add(IMAGE_FAILS, ids=instance)
    back_up()

    with pytest.raises(BackupFailed, match=f"of {instance} is in state failed"):
        back_up()


def test_no_instance_is_no_backup(back_up):
    with pytest.raises(BackupFailed, match="No instance has the tags of the component hosts"):
        back_up()


def test_a_refusal_is_told(ec2, back_up, refusing):
    make_fleet(ec2, 1, TAGS)

    with pytest.raises(AccessRefused):
        back_up(refusing(ec2, "create_image", "UnauthorizedOperation"))


def test_the_function_answers_by_its_schema(ec2):
    make_fleet(ec2, 1, TAGS)
    request = {"backup": backup(), "component": HOSTS, "now": NOW}

    answers = [back_up_instances.handler(request, None) for _ in range(2)]

    assert [one["done"] for one in answers] == [False, True]
