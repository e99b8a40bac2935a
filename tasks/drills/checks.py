"""Checks that compare two values, as a drill's record has them."""

from tasks.drills import verdicts


def equal(name: str, expected: object, observed: object, detail: str = "") -> verdicts.Check:
    """Write down that two values have to be equal: PASS or FAIL."""
    verdict = verdicts.PASS if expected == observed else verdicts.FAIL
    return verdicts.check(name, verdict, str(expected), str(observed), detail.strip())


def holds(
    name: str, good: bool, expected: object, observed: object, detail: str = ""
) -> verdicts.Check:
    """Write down whether something is as it has to be: PASS or FAIL."""
    verdict = verdicts.PASS if good else verdicts.FAIL
    return verdicts.check(name, verdict, str(expected), str(observed), detail.strip())
