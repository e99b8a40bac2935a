"""DynamoDB as it is on AWS: whole requests, histories and backups, restores in their time."""

from typing import Any

from infra.local.account import Account
from infra.local.dynamodb import gate, reading, requests, scaling, wire, writing
from infra.local.dynamodb.backups import Backups
from infra.local.dynamodb.recovery import Recovery
from infra.local.dynamodb.replicas import Replicas
from infra.local.dynamodb.restores import Restores
from infra.local.dynamodb.settings import Settings
from infra.local.dynamodb.tables import Tables
from infra.local.dynamodb.weather import make_weather


def install(account: Account) -> None:
    """Let the tables of this account be recovered, until it stops."""
    clock, weather = account.clock, make_weather()
    account.weather["dynamodb"] = weather
    tables = Tables(clock, weather)
    restores = Restores(clock, weather, tables)
    writing.install(account)
    reading.install(account)
    wire.install(account)
    tables.install(account)
    Recovery(clock, weather, restores).install(account)
    Backups(clock, weather, restores).install(account)
    settings = Settings(clock, weather)
    settings.install(account)
    replicas = Replicas(clock, weather)
    replicas.install(account)
    scaling.install(account, weather)
    gate.install(account, tables, weather)

    def settle(backend: Any) -> None:
        tables.settle(backend)
        for table in list(backend.tables.values()):
            replicas.arrive(table)
            settings.expire(table)

    requests.install(account, settle)
