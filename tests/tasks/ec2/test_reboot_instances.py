"""Rebooting: nobody is rebooted twice, whenever the function dies."""

import boto3
import pytest
from batches import by_error, operation, planned

from tasks import store
from tasks.ec2 import reboot_instances
from tasks.errors import Throttled, Unavailable
from tasks.fleets import fleet, operations


class Killed(BaseException):
    """The function's process ends here."""


@pytest.fixture
def dynamodb(account):
    return boto3.client("dynamodb")


@pytest.fixture
def rebooted(cloud):
    """Whom EC2 rebooted, each time it did."""
    done = []

    def note(params, **_):
        done.extend(params["InstanceIds"])

    def forget(parsed, **_):
        if "Error" in parsed:
            done.clear()

    cloud.meta.events.register("provide-client-params.ec2.RebootInstances", note)
    cloud.meta.events.register("after-call.ec2.RebootInstances", forget)
    return done


@pytest.fixture
def reboot(cloud, state_table, dynamodb):
    def run(work, retry_count=0, dynamodb=dynamodb):
        intent = reboot_instances.Intent(
            store.reboot_intent("op-1", "first"), state_table, dynamodb
        )
        return reboot_instances.reboot(work, retry_count, intent, cloud)

    return run


@pytest.fixture
def marked(state_table, dynamodb):
    def read():
        pk = store.reboot_intent("op-1", "")["pk"]
        return [
            one
            for item in operations.partition(pk, state_table, dynamodb)
            for one in item["instances"]
        ]

    return read


def test_all_are_marked_and_then_rebooted_by_one_call(reboot, running, rebooted, marked, cloud):
    assert reboot(fleet.begin(running))["acted"] == running
    assert rebooted == marked() == running
    assert cloud.calls["RebootInstances"] == 1


def test_who_was_marked_before_is_not_rebooted_again(reboot, running, rebooted):
    reboot(fleet.begin(running))
    rebooted.clear()
    work = reboot(fleet.begin(running), retry_count=1)
    assert work["acted"] == running
    assert rebooted == []


def test_killed_after_the_mark_it_leaves_nobody_to_be_rebooted_twice(
    reboot, running, rebooted, cloud
):
    def die(**_):
        raise Killed

    cloud.meta.events.register("after-call.ec2.RebootInstances", die)
    with pytest.raises(Killed):
        reboot(fleet.begin(running))
    cloud.meta.events.unregister("after-call.ec2.RebootInstances", die)
    assert reboot(fleet.begin(running), retry_count=1)["acted"] == running
    assert rebooted == running


def test_killed_before_the_mark_it_has_done_nothing(reboot, running, rebooted, dynamodb):
    class Dying:
        exceptions = dynamodb.exceptions

        def put_item(self, **_):
            raise Killed

    with pytest.raises(Killed):
        reboot(fleet.begin(running), dynamodb=Dying())
    assert rebooted == []
    assert reboot(fleet.begin(running), retry_count=1)["acted"] == running
    assert rebooted == running


def test_throttled_reboots_are_made_by_the_next_try(reboot, running, rebooted, skies, marked):
    skies.add("error", actions="RebootInstances", code="RequestLimitExceeded", times=1)
    with pytest.raises(Throttled):
        reboot(fleet.begin(running))
    assert marked() == []
    assert reboot(fleet.begin(running), retry_count=1)["acted"] == running
    assert rebooted == running


def test_after_a_fault_of_ec2_nobody_is_rebooted_a_second_time(reboot, running, skies, cloud):
    skies.add("error", actions="RebootInstances", code="InternalError", times=1)
    with pytest.raises(Unavailable):
        reboot(fleet.begin(running))
    assert reboot(fleet.begin(running), retry_count=1)["acted"] == running
    assert cloud.calls["RebootInstances"] == 1


def test_who_is_refused_is_not_marked_and_keeps_no_other_back(
    reboot, running, rebooted, skies, marked, cloud
):
    skies.add("wrong_state", ids=running[0], actions="RebootInstances")
    work = reboot(fleet.begin(running))
    assert by_error(work) == {running[0]: ("IncorrectInstanceState", False)}
    assert work["acted"] == rebooted == marked() == running[1:]


def test_a_stopped_one_is_refused(reboot, running, cloud):
    cloud.stop_instances(InstanceIds=running[:1])
    work = reboot(fleet.begin(running))
    assert by_error(work) == {running[0]: ("IncorrectInstanceState", False)}


def test_who_was_left_is_rebooted_in_a_later_round(
    reboot, running, rebooted, account, skies, cloud
):
    skies.set(pending=60)
    cloud.stop_instances(InstanceIds=running[:1])
    cloud.start_instances(InstanceIds=running[:1])
    skies.add("wrong_state", ids=running[0], actions="RebootInstances", times=1)
    work = reboot(fleet.begin(running))
    assert (work["pending"], work["acted"]) == (running[:1], running[1:])
    account.clock.advance(60)
    assert reboot(fleet.look(work))["pending"] == []
    assert sorted(rebooted) == sorted(running)


def test_a_mark_that_cannot_be_made_is_tried_again(reboot, running, dynamodb, refusing, rebooted):
    failing = refusing(dynamodb, "put_item", "ThrottlingException")
    with pytest.raises(Throttled):
        reboot(fleet.begin(running), dynamodb=failing)
    assert rebooted == []


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_who_was_not_rebooted_and_stays_marked_has_failed(
    code, reboot, running, dynamodb, refusing, skies
):
    skies.add("error", actions="RebootInstances", code="RequestLimitExceeded")
    failing = refusing(dynamodb, "put_item", code, nth=2)
    work = reboot(fleet.begin(running), dynamodb=failing)
    assert by_error(work) == dict.fromkeys(running, ("NotRebooted", False))


def test_who_was_refused_is_told_so_though_the_mark_stays(
    reboot, running, dynamodb, refusing, skies
):
    skies.add("wrong_state", ids=running[0], actions="RebootInstances", times=1)
    failing = refusing(dynamodb, "put_item", "ThrottlingException", nth=2)
    work = reboot(fleet.begin(running), dynamodb=failing)
    assert by_error(work) == {running[0]: ("IncorrectInstanceState", False)}
    assert work["acted"] == running[1:]


def test_two_tries_at_the_same_moment_reboot_each_once(
    reboot, running, rebooted, dynamodb, refusing, marked
):
    other = []

    class Interrupting:
        exceptions = dynamodb.exceptions

        def put_item(self, **put):
            if not other:
                other.append(1)
                other.append(reboot(fleet.begin(running[:3])))
            return dynamodb.put_item(**put)

    work = reboot(fleet.begin(running), dynamodb=Interrupting())
    assert sorted(rebooted) == sorted(marked()) == sorted(running)
    assert work["acted"] == running


def test_marks_of_another_try_are_never_taken_back(reboot, running, dynamodb, skies, marked):
    skies.add("wrong_state", ids=running[0], actions="RebootInstances")
    calls = []

    class Interrupting:
        exceptions = dynamodb.exceptions

        def put_item(self, **put):
            calls.append(put)
            if len(calls) == 2:
                more = store.to_item({"": [*running, "i-00000001"]})[""]
                dynamodb.put_item(
                    TableName=put["TableName"], Item={**put["Item"], "instances": more}
                )
            return dynamodb.put_item(**put)

    work = reboot(fleet.begin(running), dynamodb=Interrupting())
    assert by_error(work) == {running[0]: ("IncorrectInstanceState", False)}
    assert marked() == [*running, "i-00000001"]


def test_the_handler_answers_to_its_schema(running, state_table):
    request = {
        "instances": [planned(one) for one in running],
        "work": fleet.begin(running),
        "operation": operation("reboot"),
    }
    assert reboot_instances.handler(request, None)["work"]["acted"] == running
