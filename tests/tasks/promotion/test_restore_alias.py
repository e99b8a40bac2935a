"""Restoring sends all traffic back, from wherever the promotion had got to."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.errors import AliasMoved, FunctionMissing, Throttled
from tasks.promotion import restore_alias, shift_alias


def captured(function, version="1"):
    return {
        "function": function.name,
        "alias": function.alias,
        "version": version,
        "weights": {},
        "revision_id": "a",
    }


def released(function, digest):
    return [{"function": function.name, "sha256": digest}]


def restore(function, digest, version="1", lambda_=None):
    before = captured(function, version)
    return restore_alias.restore(before, released(function, digest), lambda_ or function.lambda_)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_split_alias_goes_back(function, share):
    version, digest = function.release("bad")
    function.point("1", {version: share})

    reply = restore(function, digest)

    assert reply == {
        "function": function.name,
        "version": "1",
        "weights": {},
        "restored": True,
    }
    assert function.routing() == ("1", {})


def test_an_alias_on_the_release_goes_back(function):
    version, digest = function.release("bad")
    function.point(version)

    restore(function, digest)

    assert function.routing() == ("1", {})


def test_a_second_delivery_changes_nothing(function, refusing):
    version, digest = function.release("bad")
    function.point(version)
    restore(function, digest)

    untouchable = refusing(function.lambda_, "update_alias", "PreconditionFailedException")

    assert restore(function, digest, lambda_=untouchable)["restored"] is False
    assert untouchable.calls == 0


def test_an_alias_that_was_never_moved_is_left(function):
    assert restore(function, "ab" * 32)["restored"] is False


@pytest.mark.parametrize("weights", [{}, {"1": 0.5}])
def test_somebody_elses_version_is_left_for_a_person(function, weights):
    _, digest = function.release("bad")
    stranger, _ = function.release("hotfix")
    function.point(stranger, weights)

    with pytest.raises(AliasMoved, match=f"is at version {stranger}"):
        restore(function, digest)

    assert function.routing() == (stranger, weights)


def test_somebody_elses_share_is_left_for_a_person(function):
    _, digest = function.release("bad")
    stranger, _ = function.release("hotfix")
    function.point("1", {stranger: 0.1})

    with pytest.raises(AliasMoved):
        restore(function, digest)


def test_a_new_function_goes_back_to_the_version_it_was_made_with(function):
    version, digest = function.release("bad")
    function.point(version)

    assert restore(function, digest, version="")["version"] == "1"


def test_a_new_function_that_was_never_made_needs_nothing(function, lambda_):
    gone = {**captured(function, ""), "function": "feedback-dev-never"}

    assert restore_alias.restore(gone, [], lambda_)["restored"] is False


def test_a_function_that_somebody_deleted_is_told(function):
    function.lambda_.delete_function(FunctionName=function.name)

    with pytest.raises(FunctionMissing, match=function.name):
        restore(function, "ab" * 32)


@pytest.mark.parametrize(
    "operation",
    ["GetAlias", "UpdateAlias", "GetFunctionConfiguration", "ListVersionsByFunction"],
)
def test_throttling_of_each_call_is_tried_again(function, refused, operation):
    version, digest = function.release("bad")
    function.point("1", {version: 0.5})
    refused(function.lambda_, operation, "TooManyRequestsException")

    with pytest.raises(Throttled):
        restore(function, digest, version="" if operation.startswith("List") else "1")


def test_the_function_answers_by_its_schema(function):
    version, digest = function.release("bad")
    function.point(version)
    entry = {
        "component": "create-feedback",
        "function": function.name,
        "alias": function.alias,
        "key": "releases/f.zip",
        "sha256": digest,
    }

    request = {"captured": captured(function), "released": [entry], "target": {}}

    assert restore_alias.handler(request, None)["restored"] is True


STEPS = st.lists(st.integers(1, 99), max_size=4, unique=True).map(lambda way: [*sorted(way), 100])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, data=st.data())
def test_from_any_step_the_alias_comes_back_to_what_was_captured(function, steps, data):
    done = data.draw(st.integers(0, len(steps)))
    deliveries = data.draw(st.integers(1, 2))
    function.point("1")
    version, digest = function.release("new")
    for percents in zip([0, *steps][:done], steps[:done], strict=True):
        for _ in range(deliveries):
            shift_alias.shift(
                function.name, function.alias, ("1", version), percents, function.lambda_
            )

    for _ in range(deliveries):
        restore(function, digest)

    assert function.routing() == ("1", {})
