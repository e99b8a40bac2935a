"""Only a drill's own copies are ever changed or deleted."""

import pytest
from drill_documents import ID, PREFIX

from tasks.drills import copies
from tasks.errors import NotACopy

COPY = f"{PREFIX}-db"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "financial-prod-db",
        "drill-",
        "drill-1f0c2a9b",
        f"x-{COPY}",
        "drill-1F0C2A9B-db",
        "drill",
    ],
)
def test_a_name_that_is_no_copys_is_refused(name):
    with pytest.raises(NotACopy):
        copies.check_name(name)


@pytest.mark.parametrize("marks", [{}, {"daytwo:drill": "monthly-0"}, {"daytwo:drill-copy": COPY}])
def test_what_another_has_made_is_refused_whatever_its_name(marks):
    with pytest.raises(NotACopy, match=f"was not made by the drill {ID}"):
        copies.check(COPY, marks, ID)


def test_a_copys_own_tags_let_it_be_removed():
    copies.check(COPY, copies.values(copies.tags(ID, COPY)), ID)
