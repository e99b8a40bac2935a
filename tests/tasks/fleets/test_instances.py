"""Acting on many instances: who is refused is found with as few calls as can be."""

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from fleets import AMI
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import AwsCallFailed, Throttled, Unavailable
from tasks.fleets import instances
from tasks.fleets.instances import Outcome, act_on

IDS = [f"i-{number:017x}" for number in range(99)]


def aws_error(code, message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "StartInstances")


class Fleet:
    """Takes calls for instances, and refuses as it is told."""

    def __init__(self, bad=(), named="", fits=None, code="Unsupported", requests=None):
        self.bad, self.named, self.code = set(bad), named, code
        self.fits, self.requests = fits, requests
        self.calls, self.started = 0, []

    def __call__(self, ids):
        self.calls += 1
        if self.requests is not None and self.calls > self.requests:
            raise aws_error("RequestLimitExceeded")
        refused = [one for one in ids if one in self.bad]
        if refused and self.named:
            told = refused if self.named == "all" else refused[:1]
            raise aws_error(self.code, f"The instances '{', '.join(told)}' cannot be started")
        if refused:
            raise aws_error(self.code, "The configuration is not supported")
        if self.fits is not None and len(self.started) + len(ids) > self.fits:
            raise aws_error("InsufficientInstanceCapacity", "There is not enough capacity.")
        self.started += ids


def test_all_that_are_fine_take_one_call():
    fleet = Fleet()
    assert act_on(IDS, fleet) == Outcome(accepted=IDS)
    assert fleet.calls == 1


def test_nobody_takes_no_call():
    fleet = Fleet()
    assert act_on([], fleet) == Outcome()
    assert fleet.calls == 0


@pytest.mark.parametrize("named", ["all", "one"])
@pytest.mark.parametrize("bad", [1, 10, 50])
def test_ids_that_errors_name_cost_at_most_a_call_each_and_stop_nobody_else(bad, named):
    fleet = Fleet(IDS[:bad], named)
    outcome = act_on(IDS, fleet)
    assert outcome.accepted == IDS[bad:]
    assert list(outcome.refused) == IDS[:bad]
    assert outcome.refused[IDS[0]][0] == "Unsupported"
    assert not outcome.left
    assert fleet.calls == (2 if named == "all" else bad + 1)


def test_when_all_are_named_no_empty_call_follows():
    fleet = Fleet(IDS, "all")
    assert act_on(IDS, fleet).accepted == []
    assert fleet.calls == 1


def test_an_id_that_was_not_in_the_call_is_no_help():
    def call(ids):
        raise aws_error("Unsupported", f"See {IDS[50]}")

    assert list(act_on(IDS[:1], call).refused) == IDS[:1]


def test_an_error_that_names_none_is_narrowed_down_in_five_calls_and_the_rest_is_left():
    fleet = Fleet(bad=IDS[:1])
    outcome = act_on(IDS, fleet)
    assert list(outcome.refused) == IDS[:1]
    assert fleet.calls == 5
    assert outcome.left == IDS[1:]
    assert act_on(outcome.left, fleet).accepted == IDS[1:]


@pytest.mark.parametrize("fits", [0, 1, 7, 40, 98])
def test_as_many_start_as_there_is_capacity_for(fits):
    fleet, left, refused, invocations = Fleet(fits=fits), IDS, {}, 0
    while left:
        outcome = act_on(left, fleet)
        left, invocations = outcome.left, invocations + 1
        refused.update(outcome.refused)
    assert len(fleet.started) == fits
    assert len(refused) == 99 - fits
    assert {code for code, _ in refused.values()} == {"InsufficientInstanceCapacity"}
    assert invocations <= 7


def test_no_capacity_at_all_is_known_after_five_calls():
    fleet = Fleet(fits=0)
    assert list(act_on(IDS, fleet).refused) == IDS
    assert fleet.calls == 5


def test_throttling_is_raised_and_splits_nothing():
    fleet = Fleet(requests=0)
    with pytest.raises(Throttled):
        act_on(IDS, fleet)
    assert fleet.calls == 1


def test_throttling_does_not_lose_what_was_found_out():
    fleet = Fleet(IDS[:50], "one", requests=5)
    outcome = act_on(IDS, fleet)
    assert list(outcome.refused) == IDS[:5]
    assert outcome.left == IDS[5:]


def test_a_refusal_by_iam_is_of_all():
    fleet = Fleet(bad=IDS, code="UnauthorizedOperation")
    outcome = act_on(IDS, fleet)
    assert list(outcome.refused) == IDS
    assert fleet.calls == 1


def test_a_hopeless_error_is_of_all_but_for_those_that_one_names():
    fleet = Fleet(bad=IDS)
    assert list(act_on(IDS, fleet, hopeless={"Unsupported"}).refused) == IDS
    assert fleet.calls == 1
    fleet = Fleet(IDS[:1], named="one")
    assert act_on(IDS, fleet, hopeless={"Unsupported"}).accepted == IDS[1:]


@pytest.mark.parametrize("failure", [aws_error("InternalError"), ReadTimeoutError(endpoint_url="")])
def test_when_it_is_not_known_who_was_acted_on_it_is_raised(failure):
    def call(ids):
        raise failure

    with pytest.raises(Unavailable):
        act_on(IDS, call)


def test_a_call_that_cannot_be_made_is_raised():
    def call(ids):
        boto3.client("ec2", "us-east-1").start_instances(InstanceIds=7)

    with pytest.raises(AwsCallFailed):
        act_on(IDS, call)


def test_one_look_sorts_out_all_that_are_in_the_wrong_state():
    fleet = Fleet(IDS[:50], "one", code="IncorrectInstanceState")
    looks = []

    def sort(ids):
        looks.append(ids)
        return Outcome(IDS[1:20], {IDS[20]: ("Terminated", "It is gone.")}, IDS[21:50])

    outcome = act_on(IDS, fleet, sort)
    assert looks == [IDS]
    assert fleet.calls == 2
    assert outcome.accepted == [*IDS[1:20], *IDS[50:]]
    assert outcome.refused[IDS[20]] == ("Terminated", "It is gone.")
    assert outcome.left == IDS[21:50]
    assert outcome.refused[IDS[0]][0] == "IncorrectInstanceState", "it looked ready, AWS refused"


@given(
    st.sets(st.integers(0, 98)),
    st.sampled_from(["all", "one", ""]),
    st.none() | st.integers(0, 99),
    st.integers(1, 20),
)
def test_everybody_is_accepted_refused_or_left_once_and_each_attempt_gets_on(
    bad, named, fits, requests
):
    fleet = Fleet({IDS[number] for number in bad}, named, fits, requests=requests)
    left, refused = IDS, []
    while left:
        try:
            outcome = act_on(left, fleet)
        except Throttled:
            assert fleet.calls > requests
            break
        assert sorted([*outcome.accepted, *outcome.refused, *outcome.left]) == sorted(left)
        refused += outcome.refused
        if fleet.calls <= requests:
            assert len(outcome.left) < len(left)
        fleet.calls = 0
        left = outcome.left if len(outcome.left) < len(left) else []
    assert not set(fleet.started) & fleet.bad
    assert len(set(fleet.started)) == len(fleet.started)
    assert not set(fleet.started) & set(refused)


def test_who_is_named_is_read_once_each_in_both_lengths():
    message = "IDs 'i-0123456789abcdef0, i-01234567' do not exist; i-01234567 neither; i-0123"
    assert instances.named_ids(message) == ["i-0123456789abcdef0", "i-01234567"]


def test_a_look_gives_who_is_known_and_asks_for_two_hundred_at_once(aws):
    ec2 = boto3.client("ec2")
    image = AMI
    launched = ec2.run_instances(ImageId=image, MinCount=201, MaxCount=201)["Instances"]
    ids = [one["InstanceId"] for one in launched]
    calls = []
    ec2.meta.events.register("before-call.ec2.DescribeInstances", lambda **_: calls.append(1))
    found = instances.describe([*ids, IDS[0]], ec2)
    assert sorted(found) == sorted(ids)
    assert found[ids[0]]["State"]["Name"] == "running"
    assert len(calls) == 2


def test_a_throttled_look_may_be_tried_again(aws):
    ec2 = boto3.client("ec2")

    def refuse(**_):
        raise aws_error("RequestLimitExceeded")

    ec2.meta.events.register("before-call.ec2.DescribeInstances", refuse)
    with pytest.raises(Throttled):
        instances.describe(IDS[:1], ec2)
