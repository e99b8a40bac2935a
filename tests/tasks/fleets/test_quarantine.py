"""Which entries a network ACL gets, and that they deny before anything is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fleets import quarantine
from tasks.fleets.quarantine import Found

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


ONE = "i-0000000000000001a"
GROUPS = st.lists(st.sampled_from(["sg-a", "sg-b", "sg-q"]), min_size=1, max_size=3, unique=True)


def instance(interfaces):
    """Describe an instance with these security groups on its network interfaces."""
    return {
        "VpcId": "vpc-1",
        "State": {"Name": "running"},
        "NetworkInterfaces": [
            {
                "NetworkInterfaceId": f"eni-{number}",
                "Groups": [{"GroupId": group} for group in groups],
                "PrivateIpAddresses": [{"PrivateIpAddress": f"10.0.1.{5 + number}"}],
            }
            for number, groups in enumerate(interfaces)
        ],
    }


def made(found, steps):
    """Give what is there after these calls."""
    interfaces = {name: list(groups) for name, groups in found.groups(ONE).items()}
    entries = {one["NetworkAclId"]: list(one["Entries"]) for one in found.acls["vpc-1"]}
    profile = found.profiles.get(ONE)
    for step in steps:
        told = step.arguments
        if step.call == "modify_network_interface_attribute":
            interfaces[told["NetworkInterfaceId"]] = told["Groups"]
        elif step.call == "create_network_acl_entry":
            entries[told["NetworkAclId"]].append(told)
        elif step.call == "delete_network_acl_entry":
            entries[told["NetworkAclId"]] = [
                entry
                for entry in entries[told["NetworkAclId"]]
                if (entry["RuleNumber"], entry["Egress"]) != (told["RuleNumber"], told["Egress"])
            ]
        elif step.call == "disassociate_iam_instance_profile":
            profile = None
        elif step.call:
            profile = ("assoc-2", told["IamInstanceProfile"]["Arn"])
    acls = [{**one, "Entries": entries[one["NetworkAclId"]]} for one in found.acls["vpc-1"]]
    return Found(
        {ONE: instance(interfaces.values())},
        {ONE: profile} if profile else {},
        {"vpc-1": acls},
    )


@given(
    st.lists(GROUPS, min_size=1, max_size=3),
    st.lists(ENTRIES, min_size=1, max_size=3),
    st.sampled_from(["", "arn:aws:iam::123456789012:instance-profile/application"]),
    st.integers(0, 99),
)
def test_release_takes_back_what_isolation_did_however_far_it_came(
    interfaces, entries, profile, far
):
    acls = [acl(*some, name=f"acl-{number}") for number, some in enumerate(entries)]
    profiles = {ONE: ("assoc-1", profile)} if profile else {}
    before = Found({ONE: instance(interfaces)}, profiles, {"vpc-1": acls})
    was = {**quarantine.had(ONE, before), "quarantine_group": "sg-q"}

    isolated = made(before, quarantine.left_to_isolate(ONE, was, before)[:far])
    after = made(isolated, quarantine.left_to_release(ONE, was, isolated))

    assert after.groups(ONE) == before.groups(ONE)
    assert after.profiles.get(ONE, ("", ""))[1] == profile
    assert after.acls == before.acls
    assert quarantine.left_to_release(ONE, was, after) == []
