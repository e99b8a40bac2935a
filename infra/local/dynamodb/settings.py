"""Settings of tables: expiry, streams, tags, policies, class, encryption, contributor insights."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler

from infra.local.account import Account
from infra.local.clock import Clock
from infra.local.dynamodb import errors
from infra.local.dynamodb.gate import answering, table_name
from infra.local.dynamodb.tables import facts_of
from infra.local.dynamodb.weather import SETTING_LOST, UNDELETABLE
from infra.local.patching import replace
from infra.local.weather import Weather

# What UpdateTable may seem to have done, and the name under which the weather loses it.
LOSABLE = {
    "StreamSpecification": "stream",
    "DeletionProtectionEnabled": "deletion_protection",
    "GlobalSecondaryIndexUpdates": "new_index",
}
# How often expired items are looked for, in seconds of the account's clock.
SWEEP_EVERY = 60


class Settings:
    """Answers the calls that change settings, some of which the weather forgets."""

    def __init__(self, clock: Clock, weather: Weather) -> None:
        self._clock = clock
        self._weather = weather

    def install(self, account: Account) -> None:
        """Answer these calls until the account stops."""
        # moto takes any change of TTL at once, has a tag of a name twice, cannot switch a stream
        # on again, fails writes once one is off, and lacks classes and contributor insights.
        for name in (
            "update_time_to_live",
            "describe_time_to_live",
            "update_contributor_insights",
            "describe_contributor_insights",
        ):
            replace(account, DynamoHandler, name, answering(getattr(self, name)))
        replace(account, DynamoDBBackend, "update_table_streams", _stream)
        for name, wrapped in (
            ("create_table", self._create_table),
            ("update_table", self._update_table),
            ("delete_table", self._delete_table),
            ("tag_resource", self._tag_resource),
            ("put_resource_policy", self._put_resource_policy),
        ):
            plain = getattr(DynamoHandler, name)
            replace(account, DynamoHandler, name, _around(plain, wrapped))

    def update_time_to_live(self, handler: Any) -> ActionResult:
        """Let items expire by an attribute, or no more; again only once that has settled."""
        table = handler.dynamodb_backend.get_table(handler.body["TableName"])
        asked, facts, now = handler.body["TimeToLiveSpecification"], facts_of(table), self._now()
        _check_expiry(table.ttl, asked)
        if facts.ttl_settled_at is not None and now < facts.ttl_settled_at:
            raise errors.invalid(
                "Time to live has been modified multiple times within a fixed interval"
            )
        if not self._lost("ttl", table):
            facts.ttl_settled_at = now + timedelta(seconds=float(self._weather["ttl_seconds"]))
            table.ttl = (
                {"TimeToLiveStatus": "ENABLED", "AttributeName": asked["AttributeName"]}
                if asked["Enabled"]
                else {"TimeToLiveStatus": "DISABLED"}
            )
        return ActionResult({"TimeToLiveSpecification": asked})

    def describe_time_to_live(self, handler: Any) -> ActionResult:
        """Tell how items expire."""
        table = handler.dynamodb_backend.get_table(handler.body["TableName"])
        told, settled = dict(table.ttl), facts_of(table).ttl_settled_at
        if settled is not None and self._now() < settled:
            told["TimeToLiveStatus"] = told["TimeToLiveStatus"].replace("ED", "ING")
        return ActionResult({"TimeToLiveDescription": told})

    def update_contributor_insights(self, handler: Any) -> ActionResult:
        """Switch a table's contributor insights on or off."""
        table = handler.dynamodb_backend.get_table(handler.body["TableName"])
        facts_of(table).insights = handler.body["ContributorInsightsAction"] == "ENABLE"
        return self.describe_contributor_insights(handler)

    def describe_contributor_insights(self, handler: Any) -> ActionResult:
        """Tell whether contributor insights are on."""
        table = handler.dynamodb_backend.get_table(handler.body["TableName"])
        status = "ENABLED" if facts_of(table).insights else "DISABLED"
        return ActionResult({"TableName": table.name, "ContributorInsightsStatus": status})

    def expire(self, table: Any) -> None:
        """Delete the items whose time is over for long enough, as DynamoDB does in its own time."""
        facts, now = facts_of(table), self._now()
        late, attribute = float(self._weather["expiry_seconds"]), table.ttl.get("AttributeName")
        swept = facts.swept_at
        if not late or not attribute or (swept and (now - swept).total_seconds() < SWEEP_EVERY):
            return
        facts.swept_at = now
        over = now.timestamp() - late
        for (hash_key, range_key), item in list(table.items.scanned()):
            value = item.attrs.get(attribute)
            if value is not None and value.type == "N" and _number(value.value) <= over:
                table.delete_item(hash_key, range_key)

    def _create_table(self, plain: Callable[[Any], Any], handler: Any) -> Any:
        answer = plain(handler)
        table = handler.dynamodb_backend.tables[handler.body["TableName"]]
        facts_of(table).table_class = handler.body.get("TableClass", "STANDARD")
        return answer

    def _update_table(self, plain: Callable[[Any], Any], handler: Any) -> Any:
        table = handler.dynamodb_backend.get_table(handler.body["TableName"])
        asked = dict(handler.body)
        for name, kind in LOSABLE.items():
            if name in asked and self._lost(kind, table):
                del asked[name]
        facts_of(table).table_class = asked.get("TableClass", facts_of(table).table_class)
        if "SSESpecification" in asked:
            key = table.sse_specification or {}
            table.sse_specification = {**key, **asked["SSESpecification"]}
        handler.body = asked
        answer = plain(handler)
        done = self._now() + timedelta(seconds=float(self._weather["update_seconds"]))
        facts_of(table).updated_at = done
        for change in asked.get("GlobalSecondaryIndexUpdates", []):
            facts_of(table).indexed_at |= {
                made["IndexName"]: done for kind, made in change.items() if kind == "Create"
            }
        return answer

    def _delete_table(self, plain: Callable[[Any], Any], handler: Any) -> Any:
        name = table_name(handler.body["TableName"])
        fault = self._weather.fault(UNDELETABLE, id=name)
        if fault and name in handler.dynamodb_backend.tables:
            message = f"Attempt to change a resource which is still in use: Table is in use: {name}"
            raise errors.error(fault.code or "ResourceInUseException", fault.message or message)
        return plain(handler)

    def _tag_resource(self, plain: Callable[[Any], Any], handler: Any) -> Any:
        table = handler.dynamodb_backend.get_table(table_name(handler.body["ResourceArn"]))
        names = {tag["Key"] for tag in handler.body["Tags"]}
        if self._lost("tags", table):
            return ActionResult({})
        table.tags = [tag for tag in table.tags if tag["Key"] not in names]
        return plain(handler)

    def _put_resource_policy(self, plain: Callable[[Any], Any], handler: Any) -> Any:
        table = handler.dynamodb_backend.tables.get(table_name(handler.body["ResourceArn"]))
        if table is not None and self._lost("resource_policy", table):
            return ActionResult({"RevisionId": "1"})
        return plain(handler)

    def _lost(self, setting: str, table: Any) -> bool:
        return self._weather.fault(SETTING_LOST, type=setting, id=table.name) is not None

    def _now(self) -> Any:
        return self._clock.now()


def _stream(backend: Any, table: Any, asked: dict[str, Any]) -> None:
    """Switch a stream on, or off and with it what it holds."""
    on = asked.get("StreamEnabled") or asked.get("StreamViewType")
    if on and table.stream_specification["StreamEnabled"]:
        raise errors.error("ResourceInUseException", "Table already has an enabled stream")
    if not on:
        table.stream_shard = table.latest_stream_label = None
    table.set_stream_specification(asked)


def _check_expiry(now: dict[str, Any], asked: dict[str, Any]) -> None:
    """Raise what DynamoDB answers to a change of TTL that changes nothing, or too much."""
    enabled = now["TimeToLiveStatus"] == "ENABLED"
    if enabled and asked["AttributeName"] != now["AttributeName"]:
        raise errors.invalid(
            "TimeToLive is active on a different AttributeName: current AttributeName is "
            f"{now['AttributeName']}"
        )
    if enabled is asked["Enabled"]:
        raise errors.invalid(f"TimeToLive is already {'enabled' if enabled else 'disabled'}")


def _number(value: str) -> Decimal:
    try:
        return Decimal(value)
    except InvalidOperation:
        return Decimal("Infinity")


def _around(plain: Any, wrapped: Any) -> Any:
    return lambda handler: wrapped(plain, handler)
