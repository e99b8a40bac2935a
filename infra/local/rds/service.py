"""What the parts of RDS share: clock, weather, statuses, events, and its own refusals."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.rds.exceptions import RDSClientError

from infra.local.account import Account
from infra.local.clock import Clock
from infra.local.rds.courses import FOREVER, Courses, Step
from infra.local.rds.weather import UNDELETABLE
from infra.local.weather import Weather

AVAILABLE = "available"


@dataclass(frozen=True)
class Notice:
    """An event of RDS, as DescribeEvents tells it."""

    source_identifier: str
    source_type: str
    source_arn: str
    message: str
    event_categories: list[str]
    date: datetime


@dataclass
class Service:
    """RDS of one account."""

    clock: Clock
    weather: Weather
    courses: Courses
    lock: Any = field(default_factory=threading.RLock)

    def now(self) -> datetime:
        """Tell the account's time as moto keeps times: UTC without a zone."""
        return naive(self.clock.now())

    def seconds(self, setting: str) -> float:
        """Tell how long a status lasts."""
        return float(self.weather[setting])

    def status(self, thing: Any) -> str:
        """Tell the status of an instance, a cluster or a snapshot."""
        return self.courses.of(thing).status

    def tell(self, thing: Any, category: str, message: str) -> None:
        """Write an event of an instance or a cluster."""
        kind = {"db": "db-instance", "cluster": "db-cluster"}[thing.resource_type]
        notice = Notice(thing.resource_id, kind, thing.arn, message, [category], self.now())
        thing.backend.events.append(notice)

    def create(self, thing: Any, fault: str = "") -> None:
        """Begin the life of an instance or cluster; `fault` is how its restore goes wrong."""
        lasts = FOREVER if fault == "never" else self.seconds("creating")
        steps = [Step("creating", lasts)]
        if fault == "failed":
            self.courses.go(thing, *steps, Step("restore-error"))
            return
        if thing.resource_type == "db":
            steps.append(Step("backing-up", self.seconds("backing_up")))
        self.courses.go(thing, *steps, Step(AVAILABLE))

    def check_deletable(self, thing: Any) -> None:
        """Raise InvalidDB…StateFault where the weather lets nobody delete it."""
        if self.weather.fault(UNDELETABLE, id=[thing.resource_id, thing.arn]):
            raise refusal(STATE_FAULTS[thing.resource_type], f"{thing.resource_id} is in use.")


STATE_FAULTS = {
    "db": "InvalidDBInstanceStateFault",
    "cluster": "InvalidDBClusterStateFault",
    "snapshot": "InvalidDBSnapshotStateFault",
    "cluster-snapshot": "InvalidDBClusterSnapshotStateFault",
}


def make_service(account: Account, weather: Weather) -> Service:
    """Make what the parts share."""
    return Service(account.clock, weather, Courses(account.clock))


def refusal(code: str, message: str) -> RDSClientError:
    """Give an error that a request is answered with; `code` is the name of its shape."""
    return RDSClientError(code, message)


def check_final_snapshot(name: str | None, skipped: bool) -> None:
    """Raise where a deletion does not say whether there is a last snapshot, or says both."""
    if skipped and name:
        raise refusal(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is enabled.",
        )
    if not skipped and not name:
        raise refusal(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
        )


def naive(moment: datetime) -> datetime:
    """Give a moment as moto keeps them."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
