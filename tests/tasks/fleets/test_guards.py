import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.validation import check
from tasks.fleets import guards, selection
from tasks.fleets.guards import ACT, ALREADY, REFUSED
from tasks.fleets.selection import Row

ID = "i-0123456789abcdef0"
ACTIONS = sorted(guards.BEGINS)
STATES = ("pending", "running", "stopping", "stopped", "shutting-down", "terminated")


def row(**fields):
    known = {"type": "t3.micro", "state": "running", "hibernates": True, **fields}
    return Row(ID, **known)


def options(**given):
    return check({"instance_type": "t3.large", **given}, "ec2", "options")


def judge(action, one=None, isolated=(), **kwargs):
    given = {name: kwargs.pop(name) for name in ("whole_group", "was") if name in kwargs}
    if action == "release_isolation" and not isolated:
        isolated = (ID,)
    return guards.judge(one or row(), action, options(**kwargs), isolated=isolated, **given)


@pytest.mark.parametrize(
    ("action", "verdicts"),
    [
        ("start", "already already act act refused refused"),
        ("stop", "act act already already refused refused"),
        ("hibernate", "refused act already already refused refused"),
        ("reboot", "refused act refused refused refused refused"),
        ("resize", "refused act refused act refused refused"),
        ("replace", "refused act refused refused refused refused"),
        ("snapshot", "refused act act act refused refused"),
        ("patch", "refused act refused refused refused refused"),
        ("terminate", "act act act act already already"),
        ("enforce_imdsv2", "act act act act refused refused"),
        ("isolate", "act act act act refused refused"),
        ("release_isolation", "act act act act refused refused"),
    ],
)
def test_the_state_says_who_is_acted_on_and_who_is_there_already(action, verdicts):
    found = [judge(action, row(state=state)).verdict for state in STATES]
    assert found == verdicts.split()


@pytest.mark.parametrize("action", ACTIONS)
def test_an_unknown_id_is_refused_by_every_action(action):
    verdict = guards.judge(Row(ID), action, options())
    assert verdict.verdict == REFUSED
    assert f"there is no instance {ID}" in verdict.reason


@pytest.mark.parametrize("action", ACTIONS)
def test_a_protected_instance_is_refused_but_for_its_snapshot(action):
    verdict = judge(
        action, row(protected=True, state="stopped" if action == "start" else "running")
    )
    assert verdict.verdict == (ACT if action == "snapshot" else REFUSED)
    assert ("daytwo:protected" in verdict.reason) is (action != "snapshot")


@pytest.mark.parametrize("action", ACTIONS)
def test_an_isolated_instance_is_left_to_its_investigators(action):
    one = row(state="stopped" if action == "start" else "running")
    verdict = judge(action, one, isolated=(ID,))
    allowed = action in ("snapshot", "isolate", "release_isolation")
    assert verdict.verdict == (ACT if allowed else REFUSED)


def test_only_an_isolated_instance_is_released():
    assert judge("release_isolation", isolated=("i-other",)).reason == "it is not isolated"


@pytest.mark.parametrize(
    ("action", "standby", "allowed"),
    [
        ("start", False, False),
        ("start", True, True),
        ("stop", False, False),
        ("stop", True, True),
        ("hibernate", True, True),
        ("reboot", False, False),
        ("reboot", True, True),
        ("resize", True, True),
        ("patch", False, False),
        ("patch", True, True),
        ("replace", True, False),
        ("terminate", True, False),
        ("snapshot", False, True),
        ("enforce_imdsv2", False, True),
        ("isolate", False, True),
        ("release_isolation", False, True),
    ],
)
def test_a_member_of_an_auto_scaling_group_goes_to_standby_or_stays(action, standby, allowed):
    one = row(group="web", state="stopped" if action == "start" else "running")
    verdict = judge(action, one, standby=standby)
    assert verdict.verdict == (ACT if allowed else REFUSED)
    assert ("Auto Scaling group web" in verdict.reason) is not allowed


def test_a_whole_group_is_replaced_by_its_own_refresh():
    assert judge("replace", row(group="web"), whole_group=True) == guards.GO


@pytest.mark.parametrize(
    ("action", "fields", "told"),
    [
        ("start", {"root_kind": "instance-store", "state": "stopped"}, "instance store"),
        ("stop", {"root_kind": "instance-store"}, "instance store"),
        ("resize", {"root_kind": "instance-store"}, "instance store"),
        ("snapshot", {"root_kind": "instance-store"}, "no snapshots"),
        ("patch", {"root_kind": "instance-store"}, "no snapshots"),
        ("reboot", {"root_kind": "instance-store"}, ""),
        ("terminate", {"root_kind": "instance-store"}, ""),
        ("hibernate", {"spot": True}, "spot instance"),
        ("resize", {"spot": True}, "spot instance"),
        ("replace", {"spot": True}, "spot instance"),
        ("reboot", {"spot": True}, ""),
        ("resize", {"tenancy": "host"}, "dedicated host"),
        ("replace", {"tenancy": "host"}, "dedicated host"),
        ("resize", {"tenancy": "dedicated"}, ""),
        ("stop", {"tenancy": "host"}, ""),
        ("hibernate", {"hibernates": False}, "without hibernation"),
        ("stop", {"hibernates": False}, ""),
    ],
)
def test_what_an_instance_is_made_of_may_stand_in_the_way(action, fields, told):
    verdict = judge(action, row(**fields))
    assert verdict.verdict == (REFUSED if told else ACT)
    assert told in verdict.reason


@pytest.mark.parametrize(
    ("fields", "was", "verdict"),
    [
        ({"type": "t3.large"}, "", ALREADY),
        ({"type": "t3.large", "state": "stopped"}, "", ALREADY),
        ({"type": "t3.large", "state": "stopped"}, "running", ACT),
        ({"type": "t3.large", "state": "running"}, "running", ALREADY),
        ({"type": "t3.micro", "state": "stopped"}, "running", ACT),
    ],
    ids=["there", "there-and-stopped", "cut-off-while-stopped", "all-done", "cut-off-before"],
)
def test_a_resizing_that_was_cut_off_ends_when_the_instance_runs_again(fields, was, verdict):
    assert judge("resize", row(**fields), was=was).verdict == verdict


@pytest.mark.parametrize(
    ("tokens", "hop_limit", "verdict"),
    [("optional", 2, ACT), ("required", 1, ACT), ("required", 2, ALREADY)],
)
def test_tokens_are_enforced_with_the_hop_limit(tokens, hop_limit, verdict):
    one = row(tokens=tokens, hop_limit=hop_limit)
    assert judge("enforce_imdsv2", one).verdict == verdict


@given(
    st.sampled_from(ACTIONS),
    st.builds(
        Row,
        st.just(ID),
        state=st.sampled_from(("", *STATES)),
        type=st.sampled_from(["t3.micro", "t3.large"]),
        group=st.sampled_from(["", "web"]),
        protected=st.booleans(),
        spot=st.booleans(),
        tenancy=st.sampled_from(["default", "dedicated", "host"]),
        root_kind=st.sampled_from(["ebs", "instance-store"]),
        hibernates=st.booleans(),
    ),
    st.booleans(),
)
def test_who_is_acted_on_is_alive_and_everybody_else_has_a_reason(action, one, standby):
    verdict = judge(action, one, standby=standby)
    assert bool(verdict.reason) is (verdict.verdict != ACT)
    if verdict.verdict == ACT:
        assert one.state in selection.ALIVE
        assert not one.protected or action == "snapshot"
