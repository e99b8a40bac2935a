"""DescribeEvents: what happened to instances and clusters, and when."""

from datetime import timedelta
from typing import Any

from moto.rds.models import RDSBackend

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.rds.service import Service, naive

# API Reference, DescribeEvents: of the last hour where no time is given.
MINUTES = 60


def install(account: Account, service: Service) -> None:
    """Let DescribeEvents keep to the times and categories that are asked for."""

    def describe(backend: Any, **asked: Any) -> list[Any]:
        until = _moment(asked.get("end_time")) or service.now()
        since = _moment(asked.get("start_time")) or until - timedelta(
            minutes=int(asked.get("duration") or MINUTES)
        )
        wanted = set(asked.get("event_categories") or ())
        return [
            each
            for each in plain(backend, **asked)
            if since <= each.date <= until and (not wanted or wanted & set(each.event_categories))
        ]

    # moto gives all events whenever they were.
    plain = replace(account, RDSBackend, "describe_events", describe)


def _moment(value: Any) -> Any:
    return naive(value) if value else None
