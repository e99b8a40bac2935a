"""The statuses of instances, clusters and snapshots: which it is, and which come when.

A status that ends lies in a list with its moment; whoever calls RDS after that moment finds
it ended, and what goes with it done. So no thread is needed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.local.clock import Clock

FOREVER = math.inf


@dataclass(frozen=True)
class Step:
    """A status, how many seconds it lasts, and what happens as it begins."""

    status: str
    seconds: float = 0.0
    then: Callable[[], None] | None = None


@dataclass
class Course:
    """The status that has begun, and those to come with their moments."""

    status: str
    began: datetime
    ahead: list[tuple[datetime, Step]] = field(default_factory=list)

    def progress(self, now: datetime) -> int:
        """Tell how much of the way to the next status is done, in percent."""
        if not self.ahead:
            return 100
        whole = (self.ahead[0][0] - self.began).total_seconds()
        done = (now - self.began).total_seconds()
        return min(99, int(100 * done / whole)) if whole else 0


class Courses:
    """Moves everything that has a status, on the account's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moving: list[Any] = []

    def of(self, thing: Any) -> Course:
        """Give the course of a thing."""
        course: Course = vars(thing)["_course"]
        return course

    def put(self, thing: Any, status: str) -> None:
        """Give a thing a status that stays."""
        vars(thing)["_course"] = Course(status, self._clock.now())

    def go(self, thing: Any, *steps: Step) -> None:
        """Begin the first of these statuses now, and each next one when that is over.

        What was to happen before does not happen any more. A next one begins at the earliest
        when somebody looks again, however short the first is.
        """
        first, *rest = steps
        moment = self._clock.now()
        course = Course(first.status, moment)
        lasts = first.seconds
        for step in rest:
            if lasts == FOREVER:
                break
            moment += timedelta(seconds=lasts)
            course.ahead.append((moment, step))
            lasts = step.seconds
        vars(thing)["_course"] = course
        if first.then:
            first.then()
        self._moving = [each for each in self._moving if each is not thing]
        if course.ahead:
            self._moving.append(thing)

    def settle(self) -> None:
        """Let everything happen that was to happen until now, the earliest first."""
        now = self._clock.now()
        while due := [each for each in self._moving if self.of(each).ahead[0][0] <= now]:
            self._move(min(due, key=lambda each: self.of(each).ahead[0][0]))

    def _move(self, thing: Any) -> None:
        course = self.of(thing)
        began, step = course.ahead.pop(0)
        course.status, course.began = step.status, began
        if not course.ahead:
            self._moving = [each for each in self._moving if each is not thing]
        if step.then:
            step.then()
