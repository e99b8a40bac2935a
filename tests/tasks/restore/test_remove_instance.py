"""The copy of an instance is gone when it is terminated and none of its volumes is left."""

import pytest
from drill_documents import ID, NOW
from hosts import hosted
from volumes import COPY, TAGS, make_volume

from tasks.drills import copies
from tasks.errors import AccessRefused, NotACopy
from tasks.restore import remove_instance
from tasks.servers import instances, volumes

EARLY = "2026-11-02T03:01:00Z"


@pytest.fixture
def hosts(s3, dynamodb, state_table, evidence_bucket):
    """Instances whose copies are launched."""
    with hosted(s3, dynamodb) as made:
        made.isolate()
        made.restore()
        yield made


def test_it_is_terminated_and_then_seen_to_be_gone(hosts):
    hosts.account.ec2_weather.set(shutting_down=60)
    first, *others = hosts.ids

    asked, waited = hosts.remove(first), hosts.remove(first)
    hosts.account.clock.advance(300)
    gone = hosts.remove(first)

    assert (asked["done"], waited["state"]) == (False, "shutting-down")
    assert gone["done"]
    assert "that it is terminated" in gone["proof"]
    assert set(others) <= {name.removeprefix(f"{COPY}-") for name in instances.made(ID, hosts.ec2)}


def test_volumes_that_outlive_it_go_too(hosts):
    name = f"{COPY}-{hosts.ids[0]}"
    make_volume(hosts.ec2, tags=copies.values(copies.tags(ID, name)))

    answers = [hosts.remove(hosts.ids[0]) for _ in range(4)]

    assert answers[-1]["done"]
    assert name not in volumes.made(ID, hosts.ec2)


def test_what_was_never_launched_is_gone_when_it_cannot_be_late(hosts):
    early = hosts.remove("i-1", now=EARLY)

    assert (early["done"], early["state"]) == (False, "not seen yet")
    assert hosts.remove("i-1")["done"]


def test_nobody_but_the_drills_copies_is_terminated(hosts):
    with pytest.raises(NotACopy):
        hosts.remove(hosts.ids[0], name=hosts.ids[0])
    hosts.remove(hosts.ids[0], drill="monthly-2", now=EARLY)

    assert len(instances.selected(TAGS, hosts.ec2)) == len(hosts.copies()) == 2
    assert {instances.state_of(one) for one in hosts.copies()} == {"running"}


def test_a_termination_that_is_refused_is_told(hosts, refusing):
    denied = refusing(hosts.ec2, "terminate_instances", "UnauthorizedOperation")

    with pytest.raises(AccessRefused):
        hosts.remove(hosts.ids[0], denied)


def test_the_function_answers_by_its_schema(hosts):
    request = {"row": hosts.row(hosts.ids[0]), "now": NOW}

    assert remove_instance.handler(request, None)["done"] is False
