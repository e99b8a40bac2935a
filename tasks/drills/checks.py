"""Checks that compare two values, as a drill's record has them."""

from tasks.drills import verdicts


def equal(name: str, expected: object, observed: object, detail: str = "") -> verdicts.Check:
    """Write down that two values have to be equal: PASS or FAIL."""
    verdict = verdicts.PASS if expected == observed else verdicts.FAIL
    return verdicts.check(name, verdict, str(expected), str(observed), detail.strip())
