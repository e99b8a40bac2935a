"""The copies of instances pass where each boots from its image, and nobody can reach it."""

import pytest
from drill_documents import NOW, drill
from fleets import make_fleet
from hosts import PART, hosted
from volumes import TAGS

from infra.local.ec2.weather import IMPAIRED
from tasks.integrity import check_instance
from tasks.servers import launches, looks


@pytest.fixture
def hosts(s3, dynamodb, state_table, evidence_bucket):
    with hosted(s3, dynamodb) as made:
        made.isolate()
        yield made


@pytest.fixture
def answer(hosts):
    """What the step answers that has launched the copies."""
    return hosts.restore()


def test_true_copies_pass(hosts, answer):
    assert hosts.check(answer) == set()


def test_a_copy_whose_status_checks_fail_fails(hosts):
    hosts.account.ec2_weather.add(IMPAIRED)

    answer = hosts.restore()

    assert answer["done"]
    assert hosts.check(answer) == {"status checks"}


def test_a_copy_with_an_open_group_fails(hosts, answer):
    copy = hosts.copies()[0]
    group = hosts.ec2.create_security_group(GroupName="open", Description="-", VpcId=copy["VpcId"])
    hosts.ec2.modify_network_interface_attribute(
        NetworkInterfaceId=copy["NetworkInterfaces"][0]["NetworkInterfaceId"],
        Groups=[group["GroupId"]],
    )

    assert hosts.check(answer) == {"security groups"}


def test_a_copy_that_is_gone_fails_every_check_of_it(hosts, answer):
    answer["copy"]["instances"][0]["copy"] += "-other"

    assert hosts.check(answer) >= {"status", "status checks", "image", "security groups"}


def test_an_instance_without_a_copy_fails_the_coverage(hosts, answer):
    make_fleet(hosts.ec2, 1, TAGS)

    assert hosts.check(answer) == {"coverage"}


@pytest.mark.parametrize(
    ("copied", "verdict"), [(launches.MOST, "PASS"), (launches.MOST - 1, "FAIL")]
)
def test_where_a_drill_launches_its_most_the_others_have_their_turn_later(copied, verdict):
    sources = [f"i-{number}" for number in range(launches.MOST + 5)]

    assert looks.covered(sources, sources[:copied], launches.MOST)["verdict"] == verdict


def test_the_function_answers_by_its_schema(hosts, answer):
    request = {"component": PART, "drill": drill(), "now": NOW, "copy": answer["copy"]}

    assert check_instance.handler(request, None)["newest_record"] == answer["newest_record"]
