"""Who somebody is, and whether a role of a manifest means them."""

import pytest

from tasks.identities import is_among, same_person

USER = "arn:aws:iam::123456789012:user/team/alice"
SESSION = "arn:aws:sts::123456789012:assumed-role/ReleaseManagers/alice"


@pytest.mark.parametrize(
    "other",
    [USER, SESSION, "alice", " Alice ", "arn:aws:sts::999999999999:assumed-role/Admin/ALICE"],
)
def test_the_same_name_is_the_same_person_in_every_guise(other):
    assert same_person(USER, other)
    assert same_person(other, SESSION)


@pytest.mark.parametrize(
    "other",
    ["arn:aws:iam::123456789012:user/bob", "alicia", "arn:aws:sts::1:assumed-role/alice/bob", ""],
)
def test_another_name_is_another_person(other):
    assert not same_person(USER, other)


@pytest.mark.parametrize(
    "member",
    [
        "arn:aws:sts::123456789012:assumed-role/ReleaseManagers/alice",
        "arn:aws:sts::123456789012:assumed-role/ReleaseManagers/*",
        "arn:aws:sts::123456789012:assumed-role/Release*/alic?",
        "arn:aws:iam::123456789012:role/ReleaseManagers",
        "arn:aws:iam::123456789012:role/staff/eu/ReleaseManagers",
        "arn:aws:iam::123456789012:role/Release*",
    ],
)
def test_a_session_is_among_the_members_that_mean_it(member):
    assert is_among(SESSION, ["arn:aws:iam::123456789012:user/bob", member])


@pytest.mark.parametrize(
    "member",
    [
        "arn:aws:iam::999999999999:role/ReleaseManagers",
        "arn:aws-cn:iam::123456789012:role/ReleaseManagers",
        "arn:aws:iam::123456789012:role/Release",
        "arn:aws:iam::123456789012:user/alice",
        "arn:aws:sts::123456789012:assumed-role/ReleaseManagers",
        "arn:aws:sts::123456789012:assumed-role/releasemanagers/alice",
    ],
)
def test_a_session_is_not_among_others(member):
    assert not is_among(SESSION, [member])


def test_nobody_is_among_no_members():
    assert not is_among(SESSION, [])
