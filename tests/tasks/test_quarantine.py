"""Which entries a network ACL gets, and that they deny before anything is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks import quarantine
from tasks.quarantine import Found

ADDRESS = "10.0.1.5/32"


def entry(number, action="allow", egress=False, cidr="0.0.0.0/0", protocol="-1"):
    return {
        "RuleNumber": number,
        "RuleAction": action,
        "Egress": egress,
        "CidrBlock": cidr,
        "Protocol": protocol,
    }


def acl(*entries, name="acl-1"):
    last = [entry(32767, "deny", egress) for egress in (False, True)]
    return {"NetworkAclId": name, "Associations": [{}], "Entries": [*entries, *last]}


@pytest.mark.parametrize(
    ("entries", "denied"),
    [
        ([entry(100)], False),
        ([entry(1, "deny", cidr=ADDRESS), entry(100)], True),
        ([entry(1, "deny", cidr=ADDRESS)], True),
        ([entry(200, "deny", cidr=ADDRESS), entry(100)], False),
        ([entry(1, "deny", cidr=ADDRESS, egress=True), entry(100)], False),
        ([entry(1, "deny", cidr=ADDRESS, protocol="6"), entry(100)], False),
        ([entry(1, "deny", cidr="10.0.1.6/32"), entry(100)], False),
        ([entry(1, "allow", cidr=ADDRESS), entry(100)], False),
    ],
)
def test_an_address_is_denied_by_an_entry_before_the_first_that_allows(entries, denied):
    assert bool(quarantine.denials(acl(*entries), False, ADDRESS)) is denied


def test_an_ipv6_address_is_denied_by_its_own_kind_of_entry():
    found = acl({**entry(1, "deny"), "CidrBlock": None, "Ipv6CidrBlock": "2001:db8::5/128"})

    assert quarantine.denials(found, False, "2001:db8::5/128")
    step = quarantine.deny(found, False, "2001:db8::6/128", 2)
    assert step.arguments["Ipv6CidrBlock"] == "2001:db8::6/128"
    assert "CidrBlock" not in step.arguments


ENTRIES = st.lists(
    st.builds(
        entry,
        st.integers(1, 12),
        st.sampled_from(["allow", "deny"]),
        st.booleans(),
        st.sampled_from([ADDRESS, "0.0.0.0/0"]),
    ),
    max_size=8,
    unique_by=lambda one: (one["RuleNumber"], one["Egress"]),
)


@given(ENTRIES)
def test_what_is_left_denies_both_ways_or_says_that_there_is_no_place(entries):
    before = acl(*entries)

    steps = quarantine.left_to_deny(before, ADDRESS, Found({}))

    made = [step.arguments for step in steps if step.call]
    numbers = {(one["RuleNumber"], one["Egress"]) for one in before["Entries"]}
    assert not numbers & {(one["RuleNumber"], one["Egress"]) for one in made}
    after = acl(*entries, *made)
    denied = [bool(quarantine.denials(after, egress, ADDRESS)) for egress in (False, True)]
    assert all(denied) or [step.call for step in steps] == [""]


@given(ENTRIES)
def test_nothing_is_left_once_it_is_done(entries):
    steps = quarantine.left_to_deny(acl(*entries), ADDRESS, Found({}))
    made = [step.arguments for step in steps if step.call]

    left = quarantine.left_to_deny(acl(*entries, *made), ADDRESS, Found({}))

    assert left == [] or [step.call for step in left] == [""]


def test_two_instances_of_a_batch_get_two_rule_numbers():
    found = Found({})
    numbers = [
        step.arguments["RuleNumber"]
        for address in (ADDRESS, "10.0.1.6/32")
        for step in quarantine.left_to_deny(acl(entry(100)), address, found)
    ]

    assert numbers == [1, 1, 2, 2]
