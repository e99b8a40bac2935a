import pytest
from ec2_plans import request

from schemas.validation import load
from tasks.errors import InvalidInput
from tasks.fleets import guards, operation_options

BY_ID = {"instance_ids": ["i-0123456789abcdef0"]}
RIGHT = {
    "resize": {"instance_type": "t3.large"},
}


def asked(action, **options):
    return request(action, targets=BY_ID, options={**RIGHT.get(action, {}), **options})


@pytest.mark.parametrize("action", sorted(guards.BEGINS))
def test_the_defaults_fit_every_action(action):
    operation_options.refuse_wrong(asked(action))


@pytest.mark.parametrize("action", sorted(guards.BEGINS))
def test_every_action_has_its_options(action):
    known = set(load("ec2")["$defs"]["options"]["properties"])
    assert operation_options.USED[action] <= known


def test_every_option_is_for_some_action():
    known = set(load("ec2")["$defs"]["options"]["properties"])
    used = set().union(*operation_options.USED.values()) | operation_options.BY_EVERY_ACTION
    assert known == used


@pytest.mark.parametrize(
    ("action", "options", "told"),
    [
        ("start", {"force": True}, "start takes no options.force, which is for stop"),
        ("stop", {"instance_type": "t3.large"}, "options.instance_type, which is for resize"),
        ("stop", {"hop_limit": 3}, "which is for enforce_imdsv2"),
        ("terminate", {"standby": True}, "options.standby"),
        ("stop", {"force": True}, ""),
        ("stop", {"hop_limit": 2}, ""),
    ],
)
def test_an_option_that_an_action_does_not_use_is_refused(action, options, told):
    if not told:
        operation_options.refuse_wrong(asked(action, **options))
        return
    with pytest.raises(InvalidInput, match=told):
        operation_options.refuse_wrong(asked(action, **options))


def test_resizing_needs_a_type():
    with pytest.raises(InvalidInput, match=r"needs options\.instance_type"):
        operation_options.refuse_wrong(request("resize"))


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_emergency_needs_a_reason(reason):
    with pytest.raises(InvalidInput, match="needs a reason"):
        operation_options.refuse_wrong(request("stop", options={"emergency": True}, reason=reason))


@pytest.mark.parametrize(
    "targets", [{"tags": {"Environment": ["dev"]}}, {"auto_scaling_group": "web"}]
)
def test_termination_takes_ids_only(targets):
    with pytest.raises(InvalidInput, match="instance_ids only"):
        operation_options.refuse_wrong(request("terminate", targets=targets))
