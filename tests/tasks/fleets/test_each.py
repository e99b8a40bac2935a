"""One call for each instance: a refusal of one keeps no other back, and nothing is lost."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tasks.errors import AwsCallFailed, Throttled, Unavailable
from tasks.fleets.each import act_on_each

IDS = ["i-1", "i-2", "i-3"]


def calling(**answers):
    """Make a call that is refused with these codes, by id."""

    def call(one):
        made.append(one)
        if code := answers.get(one.replace("-", "_")):
            raise ClientError({"Error": {"Code": code, "Message": f"no, {one}"}}, "CreateSnapshots")

    made = call.made = []
    return call


def test_everybody_is_called_for_once():
    call = calling()

    outcome = act_on_each(IDS, call)

    assert (outcome.accepted, outcome.refused, outcome.left) == (IDS, {}, [])
    assert call.made == IDS


@pytest.mark.parametrize("code", ["InvalidInstanceID.NotFound", "UnauthorizedOperation"])
def test_one_that_is_refused_keeps_no_other_back(code):
    outcome = act_on_each(IDS, calling(i_2=code))

    assert outcome.accepted == ["i-1", "i-3"]
    assert outcome.refused == {"i-2": (code, "no, i-2")}


def test_what_may_pass_later_is_left_and_the_others_go_on():
    outcome = act_on_each(IDS, calling(i_1="IncorrectState"), later={"IncorrectState"})

    assert (outcome.accepted, outcome.left) == (["i-2", "i-3"], ["i-1"])


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "InternalError"])
def test_once_aws_has_enough_the_rest_is_left(code):
    call = calling(i_2=code)

    outcome = act_on_each(IDS, call)

    assert (outcome.accepted, outcome.left) == (["i-1"], ["i-2", "i-3"])
    assert call.made == ["i-1", "i-2"]


@pytest.mark.parametrize(
    ("code", "error"), [("RequestLimitExceeded", Throttled), ("InternalError", Unavailable)]
)
def test_aws_that_takes_no_call_at_all_is_asked_again_by_the_workflow(code, error):
    with pytest.raises(error):
        act_on_each(IDS, calling(i_1=code))


def test_a_call_that_does_not_arrive_leaves_the_rest():
    def call(one):
        if one == "i-2":
            raise EndpointConnectionError(endpoint_url="https://ec2")

    assert act_on_each(IDS, call).left == ["i-2", "i-3"]


def test_a_call_that_could_not_be_made_is_a_defect_and_no_refusal():
    from botocore.exceptions import ParamValidationError

    def call(one):
        raise ParamValidationError(report="no such parameter")

    with pytest.raises(AwsCallFailed, match="no such parameter"):
        act_on_each(IDS, call)
