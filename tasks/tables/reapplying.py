"""How a setting that a restore has lost is brought back in a copy, and which never is."""

from collections.abc import Callable, Mapping
from typing import Any

from tasks.runtime import raising
from tasks.tables import alarms, places, scaling
from tasks.tables import settings as names
from tasks.tables.settings import Clients, Found

WRITES = places.merged(
    alarms.WRITES,
    scaling.WRITES,
    dict.fromkeys(
        (
            "dynamodb:TagResource",
            "dynamodb:UpdateContinuousBackups",
            "dynamodb:UpdateContributorInsights",
            "dynamodb:UpdateTable",
            "dynamodb:UpdateTimeToLive",
        ),
        places.COPIES,
    ),
)
# What must not be as it is in the source.
LEFT = {
    names.PROTECTION: "the drill deletes the copy",
    names.POLICY: "it would open the copy to whom the policy of the source names",
    names.REPLICAS: "the copy is not replicated: it would leave its Region",
}
ELSEWHERE = {names.ENCRYPTION: "the key of another Region cannot be used in this one"}
# What can only be had by another restore.
LOST = (names.KEYS, names.INDEX, names.ENCRYPTION)

Apply = Callable[[str, Any, Clients], None]


def reason_to_leave(setting: str, elsewhere: bool) -> str:
    """Say why a setting is not brought back, empty where it is."""
    return LEFT.get(setting) or (ELSEWHERE.get(setting, "") if elsewhere else "")


def is_lost(setting: str) -> bool:
    """Tell whether nothing but another restore brings a setting back."""
    return setting.startswith(LOST)


def apply(copy: str, setting: str, source: Found, clients: Clients, wanted: Any) -> None:
    """Ask AWS for one setting of the copy; raises Unavailable while another change is under way."""
    if setting.startswith(names.ALARM):
        alarm = source.alarms[setting.removeprefix(names.ALARM)]
        alarms.put(copy, setting.removeprefix(names.ALARM), alarm, clients.cloudwatch)
    elif setting.startswith(names.SCALING):
        part = source.scaling[setting.removeprefix(names.SCALING)]
        scaling.put(copy, source.table["TableName"], part, clients.autoscaling)
    else:
        with raising(places.ERRORS, f"{setting} of {copy}"):
            APPLY[setting](copy, wanted, clients)


def _time_to_live(copy: str, wanted: str, clients: Clients) -> None:
    clients.dynamodb.update_time_to_live(
        TableName=copy,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": wanted},
    )


def _stream(copy: str, wanted: str, clients: Clients) -> None:
    clients.dynamodb.update_table(
        TableName=copy,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": wanted},
    )


def _recovery(copy: str, wanted: str, clients: Clients) -> None:
    clients.dynamodb.update_continuous_backups(
        TableName=copy,
        PointInTimeRecoverySpecification={
            "PointInTimeRecoveryEnabled": True,
            "RecoveryPeriodInDays": int(wanted.split()[0]),
        },
    )


def _insights(copy: str, wanted: str, clients: Clients) -> None:
    clients.dynamodb.update_contributor_insights(TableName=copy, ContributorInsightsAction="ENABLE")


def tag(copy: str, wanted: Mapping[str, str], clients: Clients) -> None:
    """Put tags on a copy beside those that it has."""
    arn = clients.dynamodb.describe_table(TableName=copy)["Table"]["TableArn"]
    clients.dynamodb.tag_resource(
        ResourceArn=arn, Tags=[{"Key": key, "Value": value} for key, value in wanted.items()]
    )


def _billing(copy: str, wanted: str, clients: Clients) -> None:
    mode, *units = wanted.split()
    more: dict[str, Any] = {}
    if units:
        reads, writes = map(int, units)
        more["ProvisionedThroughput"] = {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}
    clients.dynamodb.update_table(TableName=copy, BillingMode=mode, **more)


def _class(copy: str, wanted: str, clients: Clients) -> None:
    clients.dynamodb.update_table(TableName=copy, TableClass=wanted)


APPLY: Mapping[str, Apply] = {
    names.TIME_TO_LIVE: _time_to_live,
    names.STREAM: _stream,
    names.RECOVERY: _recovery,
    names.INSIGHTS: _insights,
    names.TAGS: tag,
    names.BILLING: _billing,
    names.CLASS: _class,
}
