"""Who somebody is: comparing AWS identities, and looking up whom a role of a manifest means."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

SESSION = re.compile(r"arn:([a-z-]+):sts::([0-9]{12}):assumed-role/(.+)/([^/]+)")
ROLE = re.compile(r"arn:([a-z-]+):iam::([0-9]{12}):role/(?:.*/)?([^/]+)")


def person(identity: str) -> str:
    """Name the person behind an identity: a user's name, or the name of a role's session.

    Federated people keep their session name whichever role they take, so that is who they
    are (IAM User Guide, "Monitor and control actions taken with assumed roles"). A name
    without an ARN stands for itself.
    """
    return re.split(r"[/:]", identity.strip())[-1].casefold()


def same_person(one: str, other: str) -> bool:
    """Tell whether two identities are, or may be, the same person: in doubt they are."""
    return person(one) == person(other)


def is_among(identity: str, members: Iterable[str]) -> bool:
    """Tell whether an identity is one of a role's members; `*` and `?` are wildcards.

    An IAM role as a member means every session of it; its path is not compared, since a
    session's ARN does not have it (IAM User Guide, "IAM identifiers").
    """
    return any(_is(identity, member) for member in members)


def _is(identity: str, member: str) -> bool:
    # Brackets, which fnmatch would read as sets, are not among the characters of an ARN.
    if fnmatchcase(identity, member):
        return True
    session, role = SESSION.fullmatch(identity), ROLE.fullmatch(member)
    if not session or not role:
        return False
    return session.group(1, 2) == role.group(1, 2) and fnmatchcase(session[3], role[3])
