"""What the tests of whole drills share."""

import pytest
from drill_house import drill_house

from workflows.recovery import digests, frame, settling


@pytest.fixture
def house(monkeypatch):
    """An account with daytwo's tables, and real tasks on the real interpreter.

    What never ends is waited for ten times less long, and tried again twice.
    """
    for module in (digests, frame):
        monkeypatch.setattr(module, "MANY_CALLS_ATTEMPTS", 2)
    for module in (frame, settling):
        monkeypatch.setattr(module, "MOST_SECONDS", module.MOST_SECONDS // 10)
    with drill_house() as made:
        yield made
