"""RDS and Aurora as on AWS: statuses that take time, restores to a moment, failovers."""

from typing import Any

from moto.rds import models
from moto.rds.responses import RDSResponse

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.rds import clusters, events, instances, restores, settings, snapshots, statements
from infra.local.rds.service import make_service
from infra.local.rds.weather import make_weather

PARTS = (instances, clusters, snapshots, restores, settings, events, statements)


def install(account: Account) -> None:
    """Let RDS of this account take its time and have weather, until it stops."""
    weather = account.weather["rds"] = make_weather()
    service = make_service(account, weather)
    plain: Any = RDSResponse.call_action

    def answer(response: Any) -> Any:
        with service.lock:
            service.courses.settle()
            return plain(response)

    replace(account, RDSResponse, "call_action", answer)
    # moto's times are the wall's.
    replace(account, models, "utcnow", service.now)
    for part in PARTS:
        part.install(account, service)
